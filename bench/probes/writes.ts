/** The writes of the hot path alone, as the functions wire them. */
import { NO_TOKENS } from '../../lambdas/ledger/domain/usage.ts';
import { wireKeyBooks } from '../../lambdas/ledger/wire.ts';
import { newHoldId, requestIdOf } from '../../lambdas/shared/ids.ts';
import { parseSecret } from '../../lambdas/shared/secret.ts';
import { newThreadId } from '../../lambdas/threads/domain/thread-ids.ts';
import { wireRuns } from '../../lambdas/threads/wire/runs.ts';
import { answer, measureWrites, planOf, writesPlan } from './loops.ts';

const HELD_NANO_USD = 3_000_000;
const COST_NANO_USD = 13_350;
const PROJECT_ID = 'project_bench';

const plan = planOf(writesPlan);
const { ledger } = wireKeyBooks();
const { chunks } = wireRuns();
const run = { projectId: PROJECT_ID, endUserId: null, threadId: newThreadId(), seq: 2 };
const event = {
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: 'the cost of an answer is what its words take '.repeat(2) },
} as const;

const hold = async (secret: string) => {
  const credential = parseSecret(secret);
  if (credential.kind !== 'ok') throw new Error('a minted secret is malformed');
  const { keyId, secretHash } = credential;
  const nowMs = Date.now();
  const outcome = await ledger.hold({
    keyId,
    secretHash,
    holdId: newHoldId(nowMs),
    amountNanoUsd: HELD_NANO_USD,
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
        projectId: PROJECT_ID,
        model: 'gpt-4o-mini',
        provider: 'openai',
        tokens: { ...NO_TOKENS, input: 9, output: 20 },
        costNanoUsd: COST_NANO_USD,
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
