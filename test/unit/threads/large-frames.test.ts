import { expect, test } from 'vitest';
import type { CallAnswer } from '../../../lambdas/threads/jobs/ports/job-calls.ts';
import { framesOf } from '../../../lambdas/threads/jobs/domain/frames.ts';
import { bytesOf } from '../../../lambdas/threads/jobs/routes/job-output-routes.ts';
import { readJobStream } from '../../../lambdas/threads/jobs/usecases/read-job-stream.ts';
import { runJob } from '../../../lambdas/threads/jobs/usecases/run-job.ts';
import { chatCall, jobRoom } from '../../support/job-room.ts';
import { JOB_PLACE } from '../../support/job-rows.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const ITEM_BYTES_MAX = 400 * 1_024;
const frame = (chars: number, letter: string) => `data: ${letter.repeat(chars)}\n\n`;
const STREAM = [
  frame(9, 'a'),
  frame(1_200_000, 'b'),
  frame(150_000, 'ü'),
  frame(60_001, '👩'),
  frame(99_993, 'd'),
  frame(9, 'c'),
].join('');

const streamOf = async (text: string): Promise<CallAnswer> =>
  await Promise.resolve({
    status: 200,
    headers: { 'content-type': 'text/event-stream' },
    body: Buffer.from(text),
    error: null,
    costNanoUsd: async () => await Promise.resolve(0),
    isOpen: async () => await Promise.resolve(false),
  });

test('frames of pictures are in items that a table takes, and are read whole with one id each', async () => {
  const { deps, make, store, room, timers } = await jobRoom('http://nobody.invalid');
  await make([chatCall('a', 'hi')], { isStream: true, kind: 'call', url: '/v1/chat/completions' });
  const caller = { ask: async () => await streamOf(STREAM) };
  const deadlineMs = timers.nowMs() + 900_000;
  await runJob({ ...deps, caller }, { place: JOB_PLACE, nonce: 'n', deadlineMs });
  expect(await store.get(JOB_PLACE)).toMatchObject({ status: 'completed' });
  for (const item of room.tables.items.chunks.values())
    expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThan(ITEM_BYTES_MAX);
  const read = async (afterIndex: number): Promise<string> => {
    const parts: Uint8Array[] = [];
    const place = { afterIndex, untilMs: deadlineMs };
    for await (const bytes of bytesOf(readJobStream({ ...deps, store }, JOB_PLACE, place)))
      parts.push(bytes);
    return Buffer.concat(parts).toString();
  };
  const shown = framesOf(await read(-1));
  expect(shown).toHaveLength(6);
  for (const one of shown) expect(one.match(/^id: /gm)).toHaveLength(1);
  expect(shown.join('').replaceAll(/^id: .*\n/gm, '')).toBe(STREAM);
  const second = /^id: .*?(\d+)$/m.exec(shown[1] ?? '')?.[1];
  expect(framesOf(await read(Number(second)))).toEqual(shown.slice(2));
});
