import { createRoot } from 'react-dom/client';
import { Conversation } from './conversation.tsx';
import { connect } from './sluice.ts';

const start = async (): Promise<void> => {
  const root = createRoot(document.querySelector('#root') ?? document.body);
  try {
    const sluice = await connect();
    const url = new URL(location.href);
    const threadId = url.searchParams.get('thread') ?? (await sluice.openThread());
    url.searchParams.set('thread', threadId);
    history.replaceState(null, '', url);
    root.render(
      <>
        <header>
          <h1>Chat on Sluice</h1>
          <a href="/">New chat</a>
        </header>
        <Conversation sluice={sluice} threadId={threadId} />
      </>,
    );
  } catch (error) {
    root.render(
      <p className="notice" role="alert">
        {error instanceof Error ? error.message : String(error)}
      </p>,
    );
  }
};

void start();
