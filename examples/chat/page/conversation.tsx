import { Chat, useChat } from '@ai-sdk/react';
import { APICallError, type ChatStatus } from 'ai';
import { useCallback, useMemo, useRef, useState } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import { Composer } from './composer.tsx';
import { EmptyChat } from './empty-chat.tsx';
import { MessageView } from './message-view.tsx';
import { ModelPicker, useModel } from './model-picker.tsx';
import { isUnfinished, shownMessages, type Message } from './rows.ts';
import { wordsOf, type Row, type Spend } from './sluice.ts';
import { SpendLeft } from './spend.tsx';
import { transportOf, type Place } from './transport.ts';
import { settledRows, useHistory } from './use-history.ts';
import { useEvery, useNews } from './use-news.ts';

/** The list counts from here down when older messages come before its first one. */
const FIRST_INDEX = 1_000_000_000;
const DRAW_MS = 50;

interface Props extends Place {
  /** Something happened to the thread. */
  readonly onNews: () => void;
}

export const Conversation = ({ sluice, threadId, onNews }: Props) => {
  const { history, problem, sync, loadOlder } = useHistory(sluice, threadId);
  const [runId, setRunId] = useState<string | null>(null);
  const [model, chooseModel] = useModel(sluice);
  const chat = useMemo(() => {
    const made: Chat<Message> = new Chat({
      id: threadId,
      transport: transportOf({ sluice, threadId }, setRunId),
      onFinish: () => void catchUp(made, sync),
    });
    return made;
  }, [sluice, threadId, sync]);
  const { messages: live, status, error, setMessages } = useChat({ chat, throttle: DRAW_MS });
  const [spend, setSpend] = useState<Spend | null>(null);
  const look = useCallback(async (): Promise<void> => {
    await catchUp(chat, sync);
    sluice.spend().then(setSpend, () => undefined);
    onNews();
  }, [chat, sync, sluice, onNews]);
  const seq = history === null ? null : (settledRows(history.rows).at(-1)?.seq ?? 0);
  const refusal = useNews({ sluice, threadId, seq }, look);
  const isWaiting = history?.rows.some(isUnfinished) === true && !isAtWork(status);
  useEvery(look, history === null || problem !== null || error !== undefined || isWaiting);

  const shown = useMemo(() => shownMessages(history?.rows ?? [], live), [history, live]);
  const list = useRef<VirtuosoHandle>(null);
  const older = useCallback(() => void loadOlder(), [loadOlder]);
  const decide = useCallback(
    async (toolUseId: string, approve: boolean): Promise<void> => {
      await sluice.decide(threadId, toolUseId, approve);
      await look();
    },
    [sluice, threadId, look],
  );
  if (history === null)
    return (
      <p className="notice" role="status">
        {problem ?? 'Loading...'}
      </p>
    );

  const isBusy = isAtWork(status) || history.rows.some(isUnfinished);
  const said = live.findLast(({ role }) => role === 'user');
  const settings = { body: { model } };
  const send = (text: string): void => void chat.sendMessage({ text }, settings);
  const again = (message: Message): void => {
    setMessages(live.filter(({ id }) => id !== message.id));
    // With the same id it is the same turn, whether or not the first try arrived.
    void chat.sendMessage(message, settings);
  };
  return (
    <>
      {shown.length === 0 ? (
        <EmptyChat onPick={send} />
      ) : (
        <Virtuoso
          ref={list}
          className="messages"
          data={shown}
          computeItemKey={(_index, message) => message.id}
          itemContent={(_index, message) => <MessageView message={message} onDecide={decide} />}
          firstItemIndex={FIRST_INDEX - history.olderCount}
          initialTopMostItemIndex={Math.max(0, shown.length - 1)}
          startReached={older}
          followOutput="auto"
          totalListHeightChanged={() => list.current?.autoscrollToBottom()}
          alignToBottom
          increaseViewportBy={400}
        />
      )}
      <div className="working" role="status">
        {isBusy && <span>Working</span>}
      </div>
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
        onSend={send}
        onStop={() => {
          if (runId !== null) void sluice.stop(runId);
        }}
      >
        <ModelPicker sluice={sluice} model={model} onChoose={chooseModel} />
        <SpendLeft spend={spend} />
      </Composer>
    </>
  );
};

/**
 * Reads whatever was stored meanwhile, by this tab or another. An answer that is being made is read from its first word
 * and continues as it comes, also after a reload.
 */
const catchUp = async (chat: Chat<Message>, sync: () => Promise<readonly Row[]>): Promise<void> => {
  if (isAtWork(chat.status)) return;
  const rows = await sync();
  if (isAtWork(chat.status)) return;
  const said = chat.messages.findLast(({ role }) => role === 'user');
  // From here on the stored answer says what went wrong.
  if (rows.some(({ request_id }) => request_id === said?.id)) chat.clearError();
  if (rows.some(isUnfinished)) await chat.resumeStream();
};

const isAtWork = (status: ChatStatus): boolean => status === 'submitted' || status === 'streaming';
