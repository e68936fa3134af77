/** The writes of the hot path alone, through the adapters that the functions use. */
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { parseSecret } from '../../lambdas/shared/secret.ts';
import { NO_TOKENS } from '../../lambdas/ledger/domain/usage.ts';
import { dynamoCalls } from '../../lambdas/platform/dynamo.ts';
import { newHoldId, requestIdOf } from '../../lambdas/shared/ids.ts';
import { dynamoTables } from '../../lambdas/platform/tables/dynamo-tables.ts';
import { tableChunkLog } from '../../lambdas/threads/adapters/table-chunk-log.ts';
import { newThreadId } from '../../lambdas/threads/domain/thread-ids.ts';
import { answer, measureWrites, planOf, writesPlan } from './loops.ts';

const HELD_NANO_USD = 3_000_000;
const COST_NANO_USD = 13_350;
const PROJECT_ID = 'project_bench';

const plan = planOf(writesPlan);
const tables = dynamoTables({
  call: dynamoCalls(),
  tableNames: { keys: plan.keysTable, threads: plan.threadsTable, chunks: plan.chunksTable },
});
const ledger = dynamoSpendLedger({ tables });
const log = tableChunkLog({ tables, timers: { nowMs: () => Date.now() } });
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
      await log.append(run, { epoch: 1, nonce: 'bench' }, { firstIndex: index, events: [event] }),
  }),
);
