import { useCallback, useEffect, useState } from 'react';
import { addressOf, threadOfAddress } from './address.ts';
import { ChatList } from './chat-list.tsx';
import { Conversation } from './conversation.tsx';
import type { Sluice, Thread } from './sluice.ts';

interface Props {
  readonly sluice: Sluice;
  /** As they were when the page opened. */
  readonly threads: readonly Thread[];
  readonly threadId: string;
}

/** The list of chats beside the one that the address names. */
export const App = ({ sluice, threads: first, threadId: opened }: Props) => {
  const [threads, setThreads] = useState(first);
  const [threadId, setThreadId] = useState(opened);
  const [isListOpen, setListOpen] = useState(false);

  const refresh = useCallback(() => {
    // A list that is a moment old does no harm.
    sluice.threads().then(
      ({ data }) => setThreads(data),
      () => undefined,
    );
  }, [sluice]);

  const go = (id: string): void => {
    history.pushState(null, '', addressOf(id));
    setThreadId(id);
    setListOpen(false);
  };
  useEffect(() => {
    const follow = (): void => setThreadId((id) => threadOfAddress() ?? id);
    addEventListener('popstate', follow);
    return () => removeEventListener('popstate', follow);
  }, []);

  const title = threads.find(({ id }) => id === threadId)?.title ?? 'New chat';
  return (
    <>
      <header>
        <button
          type="button"
          className="menu"
          aria-expanded={isListOpen}
          aria-controls="chats"
          onClick={() => setListOpen(!isListOpen)}
        >
          Chats
        </button>
        <h1>Chat on Sluice</h1>
      </header>
      <ChatList
        threads={threads.filter(({ last_seq }) => last_seq > 0)}
        current={threadId}
        isOpen={isListOpen}
        onOpen={go}
        onNew={() => void emptyThread(sluice, threads).then(go)}
      />
      <main>
        <h2>{title}</h2>
        <Conversation key={threadId} sluice={sluice} threadId={threadId} onNews={refresh} />
      </main>
    </>
  );
};

/** The thread that nothing was said in yet, else one more. */
export const emptyThread = async (sluice: Sluice, threads: readonly Thread[]): Promise<string> =>
  threads.find(({ last_seq }) => last_seq === 0)?.id ?? (await sluice.openThread());
