import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listenHere } from '../http/listen-here.ts';
import { createServer } from '../http/node-http.ts';

/**
 * Stands in for providers without a key: it speaks their wires, streams at a model's pace and reports usage. What it
 * answers with is loaded by the first call, for whoever has keys needs none of it.
 */
export const startSimulatedProviders = async (): Promise<{
  url: string;
  stop: () => Promise<void>;
}> => {
  const server = createServer((request, response) => void answer(request, response));
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
};

const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
  try {
    response.setHeader('x-request-id', `req_${randomUUID().replaceAll('-', '')}`);
    const { answerCall } = await import('./simulated-call.ts');
    await answerCall(request, response);
  } catch (error) {
    if (!request.destroyed) console.error('simulated providers:', error);
    response.destroy();
  }
};
