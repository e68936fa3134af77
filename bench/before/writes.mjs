// probes/writes.ts for the build that bench/kit/builds.ts pins.
import { answer, measureWrites, planOf, writesPlan } from '../probes/loops.ts';

const plan = planOf(writesPlan);
const of = async (path) => await import(new URL(path, plan.root));
const { wireSettling } = await of('lambdas/inference/wire.ts');
const { parseSecret } = await of('lambdas/inference/domain/secret.ts');
const { NO_TOKENS } = await of('lambdas/inference/domain/usage.ts');
const { newHoldId, requestIdOf } = await of('lambdas/shared/ids.ts');
const { newThreadId } = await of('lambdas/threads/domain/thread-ids.ts');
const { wireRuns } = await of('lambdas/threads/wire/runs.ts');

const { ledger } = wireSettling();
const { chunks } = wireRuns();
const projectId = 'project_bench';
const run = { projectId, endUserId: null, threadId: newThreadId(), seq: 2 };
const event = {
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: 'the cost of an answer is what its words take '.repeat(2) },
};

const hold = async (secret) => {
  const { keyId, secretHash } = parseSecret(secret);
  const nowMs = Date.now();
  const outcome = await ledger.hold({
    keyId,
    secretHash,
    holdId: newHoldId(nowMs),
    amountNanoUsd: 3_000_000,
    model: 'gpt-4o-mini',
    provider: 'openai',
    feature: null,
    nowMs,
    expiresAtMs: nowMs + 60_000,
  });
  if (outcome.kind !== 'held') throw new Error(`refused: ${outcome.reason}`);
  return { keyId, nowMs, hold: outcome.hold };
};

answer(
  await measureWrites(plan, {
    hold,
    settle: async ({ keyId, nowMs, hold: held }) =>
      await ledger.settle(held, {
        holdId: held.holdId,
        requestId: requestIdOf(keyId, held.holdId),
        keyId,
        projectId,
        model: 'gpt-4o-mini',
        provider: 'openai',
        tokens: { ...NO_TOKENS, input: 9, output: 20 },
        costNanoUsd: 13_350,
        estimated: false,
        status: 'completed',
        startedAtMs: nowMs,
        settledAtMs: nowMs + 5,
        firstTokenMs: null,
        totalMs: 5,
        feature: null,
        threadId: null,
        endUserId: null,
      }),
    put: async (index) =>
      await chunks.append(
        run,
        { epoch: 1, nonce: 'bench' },
        { firstIndex: index, events: [event] },
      ),
  }),
);
