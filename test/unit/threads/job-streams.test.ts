import { setTimeout as wait } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LEASE_MS } from '../../../lambdas/threads/domain/limits.ts';
import { runOfJob } from '../../../lambdas/threads/jobs/domain/job-ids.ts';
import type { CallAnswer } from '../../../lambdas/threads/jobs/ports/job-calls.ts';
import { readJobStream } from '../../../lambdas/threads/jobs/usecases/read-job-stream.ts';
import { withEnd } from '../../../lambdas/threads/jobs/routes/response-end.ts';
import { runJob } from '../../../lambdas/threads/jobs/usecases/run-job.ts';
import { jobRoom } from '../../support/job-room.ts';
import { JOB_PLACE } from '../../support/job-rows.ts';

const frame = (type: string, words = '') =>
  `event: ${type}\ndata: ${JSON.stringify({ type, words, response: { id: 'resp_1' } })}\n\n`;
const FRAMES = [
  frame('response.created'),
  frame('response.output_text.delta', 'a'.repeat(250_000)),
  frame('response.output_text.delta', 'b'),
  frame('response.completed'),
];

const streamOf = (body: CallAnswer['body']): CallAnswer => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream' },
  body,
  error: null,
  costNanoUsd: async () => await Promise.resolve(7),
  isOpen: async () => await Promise.resolve(false),
});

const streamRoom = async () => {
  const room = await jobRoom('http://nobody.invalid');
  const { deps, make, store, timers } = room;
  await make(
    [{ customId: null, url: '/v1/responses', body: { model: 'gpt-4o-mini', stream: true } }],
    { isStream: true, kind: 'call', url: '/v1/responses' },
  );
  const deadlineMs = timers.nowMs() + 900_000;
  return {
    ...room,
    work: async (nonce: string, answer: CallAnswer) =>
      await runJob(
        { ...deps, caller: { ask: async () => await Promise.resolve(answer) } },
        { place: JOB_PLACE, nonce, deadlineMs: timers.nowMs() + 900_000 },
      ),
    /** Resolves once so many events are stored. */
    storedEvents: async (count: number) => {
      while ((await deps.chunks.read(runOfJob(JOB_PLACE), -1, true)).length < count) await wait(1);
    },
    read: async () => {
      const shown: string[] = [];
      const span = { afterIndex: -1, untilMs: deadlineMs + 3_600_000 };
      for await (const page of readJobStream({ ...deps, store }, JOB_PLACE, span))
        shown.push(...page.map(({ text }) => text));
      return shown.join('');
    },
  };
};

test('a response whose worker died is shown to its end by the next one, and no frame twice', async () => {
  const { work, storedEvents, read, store, timers } = await streamRoom();
  const dies = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(FRAMES.slice(0, 2).join(''));
    await storedEvents(4);
    throw new TypeError('the function dies');
  };
  await expect(work('first', streamOf(dies()))).rejects.toThrow('dies');
  await timers.sleep(LEASE_MS + 1);
  await work('second', streamOf(Buffer.from(FRAMES.join(''))));
  expect(await store.get(JOB_PLACE)).toMatchObject({ status: 'completed', costNanoUsd: 7 });
  expect(await read()).toBe(FRAMES.join(''));
});

test('a response that goes on behind the deadline of a function is shown to its end by the next one', async () => {
  const { work, read, store, timers } = await streamRoom();
  const cut = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(FRAMES.slice(0, 3).join(''));
    await timers.sleep(899_000);
  };
  const first = withEnd(cut());
  const isOpen = async () => await Promise.resolve(first.end() === null);
  await work('first', { ...streamOf(first.body), isOpen });
  expect(await store.get(JOB_PLACE)).toMatchObject({ status: 'running', writer: null });
  await work('second', streamOf(Buffer.from(FRAMES.join(''))));
  expect(await store.get(JOB_PLACE)).toMatchObject({ status: 'completed', costNanoUsd: 7 });
  expect(await read()).toBe(FRAMES.join(''));
});

test.each(['completed', 'incomplete', 'failed'])(
  'a response has ended when its stream ends with response.%s, however it is cut',
  async (end) => {
    const text = [FRAMES[0], FRAMES[2], frame(`response.${end}`), 'data: [DONE]\n\n'].join('');
    for (const [whole, isEnded] of [
      [text, true],
      [FRAMES.slice(0, 3).join(''), false],
      ['', false],
    ] as const) {
      const came = withEnd(inSmallPieces(whole));
      const pieces: Uint8Array[] = [];
      for await (const piece of came.body) pieces.push(piece);
      expect(Buffer.concat(pieces).toString()).toBe(whole);
      expect(came.end() !== null).toBe(isEnded);
    }
  },
);

async function* inSmallPieces(text: string): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  for (let from = 0; from < bytes.length; from += 997)
    yield await Promise.resolve(bytes.subarray(from, from + 997));
}
