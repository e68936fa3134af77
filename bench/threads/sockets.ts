import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { BEFORE, ofBuilds, type Figures, type Group } from '../kit/compare.ts';
import { turnBody } from '../kit/events.ts';
import type { Side } from '../kit/side.ts';
import { delaysIn, quantile } from '../probes/stamps.mjs';
import { openThreads } from './open-threads.ts';

const VIEWERS = 10;
const TOKENS = 200;
const EVERY_MS = 50;
/** For what is on its way to the sockets when the answer has ended. */
const LAST_MS = 1_000;

/** From the model to ten sockets that watch a thread, and to the one who asked, over the whole local stack. */
export const sockets: Group = {
  name: 'sockets',
  about: `${VIEWERS} sockets that watch a thread, over the whole local stack`,
  mode: 'stack',
  rounds: 3,
  rows: [
    {
      key: 'socketP50',
      what: `${VIEWERS} sockets, from the model p50, ms`,
      digits: 1,
      goals: [{ max: 0.7, of: BEFORE }],
    },
    { key: 'socketP99', what: `${VIEWERS} sockets, from the model p99, ms`, digits: 1 },
    { key: 'readerP50', what: 'to the one who asked, over HTTP, p50, ms', digits: 1 },
    { key: 'lost', what: 'tokens that a socket did not get', digits: 0, goals: [{ max: 0 }] },
  ],
  contenders: ofBuilds(
    async (side, { isQuick }) => await measure(side, isQuick ? TOKENS / 5 : TOKENS),
  ),
};

const measure = async (side: Side, tokens: number): Promise<Figures> => {
  const [thread = ''] = await openThreads(side, 1);
  const ofViewers: number[] = [];
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, async () => await watch(side, thread, ofViewers)),
  );
  const ofReader: number[] = [];
  const body = turnBody(tokens, EVERY_MS, ' stamped');
  const answer = await side.api('POST', `/v1/threads/${thread}/messages`, body);
  const decoder = new TextDecoder();
  for await (const bytes of answer.body ?? [])
    ofReader.push(...delaysIn(decoder.decode(bytes, { stream: true })));
  await sleep(LAST_MS);
  for (const socket of viewers) socket.close();
  return {
    socketP50: quantile(ofViewers, 0.5) ?? Number.NaN,
    socketP99: quantile(ofViewers, 0.99) ?? Number.NaN,
    readerP50: quantile(ofReader, 0.5) ?? Number.NaN,
    lost: VIEWERS * tokens - ofViewers.length,
  };
};

const watch = async (side: Side, thread: string, found: number[]): Promise<WebSocket> => {
  const [key = ''] = side.keys;
  const socket = new WebSocket(side.running().websocket_url, ['sluice.v1', `bearer.${key}`]);
  await once(socket, 'open');
  socket.on('message', (data: Buffer) => found.push(...delaysIn(data.toString())));
  socket.send(JSON.stringify({ type: 'subscribe', thread_id: thread }));
  await once(socket, 'message');
  return socket;
};
