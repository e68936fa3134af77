import { WebSocket } from 'ws';
import * as z from 'zod';
import { isEnd } from '../../clients/browser/fold.ts';
import type { RunEvent } from '../../clients/browser/types.ts';
import type { Visit } from './resume-clients.ts';

const BEFORE_ALL = '0000000000.00000000';
/** While a run is at work, then it is asked after; behind a `subscribe`, then another socket is opened. */
const SILENCE_MS = 15_000;

const ticketSchema = z.looseObject({ url: z.string() });
const frameSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('events'),
    events: z.array(z.object({ cursor: z.string(), event: z.custom<RunEvent>() })),
  }),
  z.looseObject({ type: z.literal('subscribed'), cursor: z.string() }),
  z.looseObject({
    type: z.literal(['message.created', 'run.started', 'run.ended', 'thread.updated']),
  }),
]);

/** What a watcher has of the only run of its thread. */
interface Watch {
  readonly thread: string;
  readonly events: RunEvent[];
  cursor: string;
}

/**
 * Hears a thread's run to its end by the rules of docs/protocol-threads.md ("What a client keeps"), over as many sockets
 * as it takes, then comes back once more with a ticket and finds nothing left.
 */
export const watchBySocket = async (visit: Visit): Promise<readonly RunEvent[]> => {
  const watch: Watch = { thread: visit.thread, events: [], cursor: BEFORE_ALL };
  const url = await ticketUrl(visit, fetch);
  url.search = '';
  const hasEnded = (): boolean => watch.events.some(isEnd);
  while (!hasEnded()) {
    const socket = new WebSocket(url, ['sluice.v1', `bearer.${visit.secret}`]);
    await sit(socket, watch, hasEnded);
  }
  const { length } = watch.events;
  const through: string[] = [];
  while (through.length === 0) {
    const back = new WebSocket(await ticketUrl(visit, visit.fetch));
    await sit(back, watch, ({ type }) => type === 'subscribed' && through.push(type) > 0);
  }
  if (watch.events.length > length) throw new Error('something came behind the end');
  return watch.events;
};

/** A fresh ticket's address, on the wire that breaks. */
const ticketUrl = async (
  { baseUrl, wireUrl, secret }: Visit,
  through: typeof fetch,
): Promise<URL> => {
  const answer = await through(`${baseUrl}/v1/realtime/tickets`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
  });
  const url = new URL(ticketSchema.parse(await answer.json()).url);
  url.host = new URL(wireUrl).host;
  return url;
};

/** Subscribes behind the cursor and listens until it has what it came for, or the socket is gone. */
const sit = async (
  socket: WebSocket,
  watch: Watch,
  isEnough: (frame: z.infer<typeof frameSchema>) => boolean,
): Promise<void> => {
  const over = Promise.withResolvers<undefined>();
  let silence: NodeJS.Timeout | undefined;
  const subscribe = (): void => {
    silence = setTimeout(() => socket.terminate(), SILENCE_MS);
    socket.send(
      JSON.stringify({ type: 'subscribe', thread_id: watch.thread, after: watch.cursor }),
    );
  };
  socket.on('open', subscribe);
  socket.on('message', (data: Buffer) => {
    clearTimeout(silence);
    silence = setTimeout(subscribe, SILENCE_MS);
    try {
      const frame = frameSchema.parse(JSON.parse(data.toString('utf8')));
      if (frame.type === 'events') take(watch, frame.events);
      if (isEnough(frame)) socket.terminate();
    } catch (error) {
      over.reject(error);
    }
  });
  socket.on('unexpected-response', (_, { statusCode }) =>
    over.reject(new Error(`the handshake was answered with ${statusCode}`)),
  );
  socket.on('error', () => undefined);
  socket.on('close', () => over.resolve(undefined));
  await over.promise.finally(() => {
    clearTimeout(silence);
    socket.terminate();
  });
};

const take = (
  watch: Watch,
  events: readonly { readonly cursor: string; readonly event: RunEvent }[],
): void => {
  for (const { cursor, event } of events) {
    if (cursor <= watch.cursor) continue;
    watch.cursor = cursor;
    watch.events.push(event);
  }
};
