import { createRoot } from 'react-dom/client';
import { addressOf, threadOfAddress } from './address.ts';
import { App, emptyThread } from './app.tsx';
import { connect } from './sluice.ts';

const start = async (): Promise<void> => {
  const element = document.querySelector('#root') ?? document.body;
  try {
    const sluice = await connect();
    const { data: threads } = await sluice.threads();
    const threadId = threadOfAddress() ?? (await emptyThread(sluice, threads));
    history.replaceState(null, '', addressOf(threadId));
    createRoot(element).render(<App sluice={sluice} threads={threads} threadId={threadId} />);
  } catch (error) {
    createRoot(element).render(
      <main>
        <h1>Chat on Sluice</h1>
        <p className="notice" role="alert">
          {error instanceof Error ? error.message : String(error)}
        </p>
      </main>,
    );
  }
};

void start();
