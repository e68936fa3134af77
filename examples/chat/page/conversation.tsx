import { Chat, useChat } from '@ai-sdk/react';
import { APICallError, DefaultChatTransport, type ChatStatus, type UIMessage } from 'ai';
import { useCallback, useMemo, useRef, useState } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import { Composer } from './composer.tsx';
import { MessageView } from './message-view.tsx';
import { isUnfinished, shownMessages } from './rows.ts';
import { wordsOf, type Row, type Sluice } from './sluice.ts';
import { settledRows, useHistory } from './use-history.ts';
import { useEvery, useNews } from './use-news.ts';

/** The list counts from here down when older messages come before its first one. */
const FIRST_INDEX = 1_000_000_000;
const DRAW_MS = 50;

interface Place {
  readonly sluice: Sluice;
  readonly threadId: string;
}

export const Conversation = ({ sluice, threadId }: Place) => {
  const { history, problem, sync, loadOlder } = useHistory(sluice, threadId);
  const [runId, setRunId] = useState<string | null>(null);
  const chat = useMemo(() => {
    const made: Chat<UIMessage> = new Chat({
      id: threadId,
      transport: transportOf({ sluice, threadId }, setRunId),
      onFinish: () => void catchUp(made, sync),
    });
    return made;
  }, [sluice, threadId, sync]);
  const { messages: live, status, error, setMessages } = useChat({ chat, throttle: DRAW_MS });
  const look = async (): Promise<void> => await catchUp(chat, sync);
  const seq = history === null ? null : (settledRows(history.rows).at(-1)?.seq ?? 0);
  const refusal = useNews({ sluice, threadId, seq }, look);
  const isWaiting = history?.rows.some(isUnfinished) === true && !isAtWork(status);
  useEvery(look, history === null || problem !== null || error !== undefined || isWaiting);

  const shown = useMemo(() => shownMessages(history?.rows ?? [], live), [history, live]);
  const list = useRef<VirtuosoHandle>(null);
  const older = useCallback(() => void loadOlder(), [loadOlder]);
  if (history === null) return <p className="notice">{problem ?? 'Loading...'}</p>;

  const isBusy = isAtWork(status) || history.rows.some(isUnfinished);
  const said = live.findLast(({ role }) => role === 'user');
  const again = (message: UIMessage): void => {
    setMessages(live.filter(({ id }) => id !== message.id));
    // With the same id it is the same turn, whether or not the first try arrived.
    void chat.sendMessage(message);
  };
  return (
    <main>
      <Virtuoso
        ref={list}
        className="messages"
        data={shown}
        computeItemKey={(_index, message) => message.id}
        itemContent={(_index, message) => <MessageView message={message} />}
        firstItemIndex={FIRST_INDEX - history.olderCount}
        initialTopMostItemIndex={Math.max(0, shown.length - 1)}
        startReached={older}
        followOutput="auto"
        totalListHeightChanged={() => list.current?.autoscrollToBottom()}
        alignToBottom
        increaseViewportBy={400}
      />
      {error !== undefined && (
        <p className="notice" role="alert">
          {APICallError.isInstance(error) ? wordsOf(error.message) : 'The connection broke.'}{' '}
          {said !== undefined && (
            <button type="button" onClick={() => again(said)}>
              Send again
            </button>
          )}
        </p>
      )}
      {(problem ?? refusal) !== null && <p className="notice">{problem ?? refusal}</p>}
      <Composer
        isBusy={isBusy}
        canStop={runId !== null}
        onSend={(text) => void chat.sendMessage({ text })}
        onStop={() => {
          if (runId !== null) void sluice.stop(runId);
        }}
      />
    </main>
  );
};

/**
 * Reads whatever was stored meanwhile, by this tab or another. An answer that is being made is read from its first word
 * and goes on as it comes, also after a reload.
 */
const catchUp = async (
  chat: Chat<UIMessage>,
  sync: () => Promise<readonly Row[]>,
): Promise<void> => {
  if (isAtWork(chat.status)) return;
  const rows = await sync();
  if (isAtWork(chat.status)) return;
  const said = chat.messages.findLast(({ role }) => role === 'user');
  // What went wrong is told by the stored answer from here on.
  if (rows.some(({ request_id }) => request_id === said?.id)) chat.clearError();
  if (rows.some(isUnfinished)) await chat.resumeStream();
};

const isAtWork = (status: ChatStatus): boolean => status === 'submitted' || status === 'streaming';

/** The AI SDK's own transport, with the user's key. Only the new message is sent: Sluice knows the others. */
const transportOf = ({ sluice, threadId }: Place, onRun: (runId: string | null) => void) =>
  new DefaultChatTransport({
    api: `${sluice.baseUrl}/v1/ai/chat`,
    fetch: async (input, init) => {
      onRun(null);
      const answer = await sluice.fetch(input, init);
      onRun(answer.headers.get('x-sluice-run-id'));
      return answer;
    },
    prepareSendMessagesRequest: ({ messages }) => ({
      body: { id: threadId, model: sluice.model, messages: messages.slice(-1) },
    }),
    prepareReconnectToStreamRequest: () => ({
      api: `${sluice.baseUrl}/v1/ai/chat/${threadId}/stream`,
    }),
  });
