import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableThreadForks } from '../../../lambdas/threads/adapters/threads/table-thread-forks.ts';
import { routeCaller } from '../../../lambdas/threads/jobs/routes/route-caller.ts';
import { runJob } from '../../../lambdas/threads/jobs/usecases/run-job.ts';
import { chatRoom, handlerContext } from '../../support/chat-room.ts';
import { engineRoom } from '../../support/engine-room.ts';
import { jobRoom } from '../../support/job-room.ts';
import { JOB_PLACE } from '../../support/job-rows.ts';
import { chatAnswer, FAILURES } from '../../support/route-room.ts';
import {
  startScriptedUpstream,
  type Script,
  type ScriptedUpstream,
} from '../../support/scripted-upstream.ts';

let upstream: ScriptedUpstream;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
afterAll(() => upstream.stop());

const URL = '/v1/responses';
const FIRST_WORD =
  'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}\n\n';

/** A job that makes one response, as its worker does, at its end. */
const jobOn = async (script: Script, stream: boolean) => {
  const room = engineRoom(upstream.url);
  await room.mint();
  const chat = await chatRoom(upstream.url, { room });
  const { make, store, deps, timers } = await jobRoom(upstream.url, undefined, room);
  upstream.script = script;
  const body = { model: 'gpt-4o-mini', input: 'hi', max_output_tokens: 50, stream };
  await make([{ customId: null, url: URL, body }], { isStream: stream, kind: 'call', url: URL });
  const caller = routeCaller({
    inference: room.deps,
    responses: { ...chat.deps, forks: tableThreadForks(room.tables) },
    context: handlerContext(),
  });
  const deadlineMs = timers.nowMs() + 900_000;
  // Its runs are of whoever its key is of.
  const ofKey: typeof caller = {
    ask: async (asked) => await caller.ask({ ...asked, job: { ...asked.job, endUserId: null } }),
  };
  await runJob({ ...deps, caller: ofKey }, { place: JOB_PLACE, nonce: 'worker', deadlineMs });
  const { results } = await store.results(JOB_PLACE, 0, 9);
  return { job: await store.get(JOB_PLACE), result: results[0], state: await room.state() };
};

describe.each([false, true])('a job whose response, asked with stream: %s,', (stream) => {
  test.each([
    ['that failed before a word came', FAILURES['500'], 0],
    ['that broke off', { chunks: [FIRST_WORD] }, 1],
  ])(
    'is one %s has failed by its error, keeps it, and pays for what came',
    async (_, script, paid) => {
      const { job, result, state } = await jobOn(script, stream);
      expect(job).toMatchObject({ status: 'failed', completed: 0, failed: 1 });
      expect(job?.error).toEqual({ code: 'server_error', message: expect.stringMatching(/\w{3}/) });
      expect(result).toMatchObject({ statusCode: 200, error: job?.error });
      expect(result?.content).toContain('"status":"failed"');
      expect(job?.costNanoUsd).toBe(state.spentNanoUsd);
      expect([Math.sign(state.spentNanoUsd), state.holdCount]).toEqual([paid, 0]);
    },
  );

  test('is whole is completed', async () => {
    const { job, result, state } = await jobOn(chatAnswer(true), stream);
    expect(job?.costNanoUsd).toBe(state.spentNanoUsd);
    expect(job).toMatchObject({ status: 'completed', completed: 1, error: null });
    expect(result?.content).toContain('"status":"completed"');
  });
});
