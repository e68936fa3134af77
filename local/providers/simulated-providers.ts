import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';

/**
 * Stands in for providers without a key: it speaks their wires, streams at a model's pace and reports usage. It is
 * loaded by the first connection, for whoever has keys needs none of it.
 */
export const startSimulatedProviders = async (): Promise<{
  url: string;
  stop: () => Promise<void>;
}> => {
  const sockets = new Set<Socket>();
  let simulated: Promise<Server> | null = null;
  const server = createServer({ pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    simulated ??= loadSimulated();
    void handOver(socket, simulated);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
};

const handOver = async (socket: Socket, simulated: Promise<Server>): Promise<void> => {
  try {
    (await simulated).emit('connection', socket);
    socket.resume();
  } catch (error) {
    console.error('simulated providers:', error);
    socket.destroy();
  }
};

/** Its own address is not used. */
const loadSimulated = async (): Promise<Server> => {
  const [{ createServer: createMock, LLMock }, { simulatedAnswer }] = await Promise.all([
    import('@copilotkit/aimock'),
    import('./simulated-answer.ts'),
  ]);
  const asked = new AsyncLocalStorage<Buffer[]>();
  const answer = () => simulatedAnswer(parsed(asked.getStore() ?? []));
  const mock = new LLMock().onMessage(/[\s\S]*/, answer);
  const options = { port: 0, latency: 10, chunkSize: 12, logLevel: 'silent' } as const;
  const { server } = await createMock([...mock.getFixtures()], options);
  // It keeps of a body what both wires have in common; the shape that a caller wishes is not of that.
  server.prependListener('request', (request: IncomingMessage) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    asked.enterWith(pieces);
  });
  server.unref();
  return server;
};

const parsed = (pieces: readonly Buffer[]): unknown => {
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return null;
  }
};
