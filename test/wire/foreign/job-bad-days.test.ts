import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runOfJob } from '../../../lambdas/threads/jobs/domain/job-ids.ts';
import { PROVIDER_TRIES_MAX } from '../../../lambdas/threads/jobs/domain/limits.ts';
import { DAYS, type Day } from '../../support/foreign/days-told.ts';
import { FAMILIES, wireOf } from '../../support/foreign/families.ts';
import { jobRoom } from '../../support/job-room.ts';
import { JOB_PLACE } from '../../support/job-rows.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

/** What a job of one call comes to on the bad days of each family, as a stream and in one body, and what it costs. */
let upstream: ScriptedUpstream;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
afterAll(() => upstream.stop());

const URL = '/v1/chat/completions';

/** A job at its end, on such a day. */
const jobOn = async (model: string, day: Day, stream: boolean) => {
  const { room, make, work, store, deps } = await jobRoom(upstream.url);
  await room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: null }, Date.now());
  upstream.script = day.script(wireOf(model), model);
  const asked = upstream.requests.length;
  const messages = [{ role: 'user', content: 'hi' }];
  const body = { model, max_tokens: 100, messages, stream };
  await make([{ customId: null, url: URL, body }], { isStream: stream, kind: 'call', url: URL });
  const job = await work();
  const { results } = await store.results(JOB_PLACE, 0, 9);
  const log = await deps.chunks.read(runOfJob(JOB_PLACE), -1, true);
  const { spentNanoUsd, heldNanoUsd, holdCount } = await room.state();
  return {
    job,
    result: results[0],
    requests: upstream.requests.length - asked,
    spentNanoUsd,
    held: [heldNanoUsd, holdCount],
    end: log.at(-1)?.event.type,
    last: await room.last(),
  };
};

describe.each(FAMILIES)('a job of %s', (model) => {
  const isNative = wireOf(model) === 'openai-chat';

  test.each(DAYS)(
    '$name: fails by its reason, is paid for what came, and keeps it',
    async (day) => {
      const told = day.told({ name: 'chat', wire: wireOf(model), isNative });
      // Its provider answers one body of JSON to who asks for one.
      for (const stream of day.isStreamed === true && isNative ? [true] : [true, false]) {
        const { job, result, requests, spentNanoUsd, held, end, last } = await jobOn(
          model,
          day,
          stream,
        );
        const isFailed = told !== null;
        const [status, code] = isFailed
          ? ['failed', told.code ?? 'provider_error']
          : ['completed', undefined];
        expect([stream, job.status, job.error?.code]).toEqual([stream, status, code]);
        expect([job.completed, job.failed]).toEqual(isFailed ? [0, 1] : [1, 0]);
        expect(JSON.stringify([job, result])).not.toContain('sk-secret');
        if (isFailed) expect(job.error?.message).toMatch(told.says ?? /\w{3}/);
        // A stream that has begun has its status, and is not asked for again.
        const hasBegun = stream && (day.money !== 'free' || (isNative && day.isStreamed === true));
        expect([stream, result?.statusCode]).toEqual([
          stream,
          hasBegun ? 200 : (told?.status ?? 200),
        ]);
        expect(result?.error !== null).toBe(isFailed && hasBegun);
        if (stream) expect(end).toBe(isFailed ? 'run.failed' : 'run.completed');
        if (day.money === 'words' && stream) expect(result?.content).toMatch(/"Hel".*"lo"/s);
        const isAskedAgain = told?.isAskedAgain === true && !hasBegun;
        expect([stream, requests]).toEqual([stream, isAskedAgain ? PROVIDER_TRIES_MAX : 1]);
        expect([stream, held]).toEqual([stream, [0, 0]]);
        const cost = day.money === 'free' ? 0 : last?.costNanoUsd;
        expect([stream, spentNanoUsd, job.costNanoUsd]).toEqual([stream, cost, cost]);
      }
    },
  );
});
