/** The ledger's two writes alone, through the adapter that the functions use: mints keys, then holds and settles on them. */
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { createKeyBody } from '../lambdas/gateway/formats/key-format.ts';
import { createKey } from '../lambdas/gateway/usecases/manage-keys.ts';
import { dynamoKeyRegister } from '../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoKeysTable } from '../lambdas/ledger/adapters/dynamo-keys-table.ts';
import { dynamoSpendLedger } from '../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import { parseSecret } from '../lambdas/shared/secret.ts';
import { NO_TOKENS } from '../lambdas/ledger/domain/usage.ts';
import { dynamoClient } from '../lambdas/platform/dynamo.ts';
import { newHoldId, requestIdOf } from '../lambdas/shared/ids.ts';
import { ledgerPlan, type LedgerResult } from './ledger-plan.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html */
const ITEMS_A_WRITE_MAX = 25;
const HELD_NANO_USD = 3_000_000;
const COST_NANO_USD = 13_350;
const PROJECT_ID = 'project_bench';

const plan = ledgerPlan.parse(JSON.parse(readFileSync(0, 'utf8')));
const bare = dynamoClient();
const result: LedgerResult = { keys: [], holdMs: [], settleMs: [], units: [] };

/** A write of one item tells one figure, a transaction one for each table. */
const answered = z.object({
  output: z.object({
    ConsumedCapacity: z.object({ CapacityUnits: z.number() }).optional().catch(undefined),
  }),
});
if (plan.isCapacityAsked)
  bare.middlewareStack.add(
    (next) => async (args) => {
      const answer = await next({
        ...args,
        input: { ...args.input, ReturnConsumedCapacity: 'TOTAL' },
      });
      const { output } = answered.parse(answer);
      if (output.ConsumedCapacity !== undefined)
        result.units.push(output.ConsumedCapacity.CapacityUnits);
      return answer;
    },
    { step: 'initialize', name: 'askCapacity' },
  );
const client = DynamoDBDocumentClient.from(bare, {
  marshallOptions: { removeUndefinedValues: true },
});
const table = dynamoKeysTable({ client, keysTable: plan.keysTable });
const minted: Readonly<Record<string, unknown>>[] = [];
/** The register makes the items; they go to the table many at a time, or 10,000 keys would take minutes. */
const keys = dynamoKeyRegister({
  table: {
    ...table,
    insert: async (items) => {
      minted.push(...items);
      return await Promise.resolve(true);
    },
  },
});
const ledger = dynamoSpendLedger({ table });

const mint = async (): Promise<string> => {
  const body = createKeyBody.parse({
    name: 'bench',
    max_spend_usd: 1_000,
    rpm: 100_000,
    max_concurrency: 1_000,
  });
  return (await createKey({ keys, nowMs: Date.now(), mode: 'test' }, PROJECT_ID, body)).secret;
};

const measure = async (secret: string, isCounted: boolean): Promise<void> => {
  const credential = parseSecret(secret);
  if (credential.kind !== 'ok') throw new Error('a minted secret is malformed');
  const nowMs = Date.now();
  const holdId = newHoldId(nowMs);
  const beganMs = performance.now();
  const outcome = await ledger.hold({
    keyId: credential.keyId,
    secretHash: credential.secretHash,
    holdId,
    amountNanoUsd: HELD_NANO_USD,
    model: 'gpt-4o-mini',
    provider: 'openai',
    feature: null,
    nowMs,
    expiresAtMs: nowMs + 60_000,
  });
  if (outcome.kind !== 'held') throw new Error(`refused: ${outcome.reason}`);
  const heldMs = performance.now();
  await ledger.settle(outcome.hold, {
    holdId,
    requestId: requestIdOf(credential.keyId, holdId),
    keyId: credential.keyId,
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
  });
  if (!isCounted) return;
  result.holdMs.push(heldMs - beganMs);
  result.settleMs.push(performance.now() - heldMs);
};

for (let index = 0; index < plan.mint; index++) result.keys.push(await mint());
while (minted.length > 0) {
  const puts = minted.splice(0, ITEMS_A_WRITE_MAX).map((Item) => ({ PutRequest: { Item } }));
  const { UnprocessedItems } = await client.send(
    new BatchWriteCommand({ RequestItems: { [plan.keysTable]: puts } }),
  );
  if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('keys were not written');
}
const known = [...plan.keys, ...result.keys];
for (let call = 0; call < plan.warmUps + plan.calls; call++) {
  if (call === plan.warmUps) result.units.length = 0;
  // A stride that is a prime visits the keys without order.
  await measure(known[(call * 7_919) % known.length] ?? '', call >= plan.warmUps);
}
// To end before everything is taken would cut the answer.
process.stdout.write(JSON.stringify(result), () => process.exit(0));
