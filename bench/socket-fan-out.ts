import { once } from 'node:events';
import { WebSocket } from 'ws';
import { cells } from './delta-delays.ts';
import { table } from './figures.ts';
import { delaysIn, quantile } from './stamps.mjs';
import { turnBody, type ThreadRig } from './thread-rig.ts';

const VIEWERS = 10;
const TOKENS = 200;
const EVERY_MS = 50;

/** From the model to ten sockets that watch the thread, and to the one who asked, over the whole local stack. */
export const measureSockets = async (rig: ThreadRig): Promise<string> => {
  const thread = await rig.openThread();
  const ofViewers: number[] = [];
  const counts: number[] = [];
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, async (_, index) => {
      const socket = new WebSocket(rig.websocketUrl, ['sluice.v1', `bearer.${rig.secret}`]);
      await once(socket, 'open');
      counts[index] = 0;
      socket.on('message', (data: Buffer) => {
        const delays = delaysIn(data.toString());
        ofViewers.push(...delays);
        counts[index] = (counts[index] ?? 0) + delays.length;
      });
      socket.send(JSON.stringify({ type: 'subscribe', thread_id: thread }));
      await once(socket, 'message');
      return socket;
    }),
  );
  const ofReader: number[] = [];
  const answer = await rig.api(
    'POST',
    `/v1/threads/${thread}/messages`,
    turnBody(TOKENS, EVERY_MS, ' stamped'),
  );
  const decoder = new TextDecoder();
  for await (const bytes of answer.body ?? [])
    ofReader.push(...delaysIn(decoder.decode(bytes, { stream: true })));
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  for (const socket of viewers) socket.close();
  const spread = (samples: readonly number[]) =>
    cells({ p50: quantile(samples, 0.5), p99: quantile(samples, 0.99), count: samples.length });
  return `${table(
    [
      `${VIEWERS} sockets, a token every ${EVERY_MS} ms, ms from the model`,
      'p50',
      'p99',
      'samples',
    ],
    [
      ['to the one who asked, over HTTP', ...spread(ofReader)],
      [`to ${VIEWERS} sockets`, ...spread(ofViewers)],
    ],
  )}\n\nTokens that each socket got: ${counts.join(', ')} of ${TOKENS}.`;
};
