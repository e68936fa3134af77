/** One put of a chunk, alone and one after the other, through the adapter that the functions use. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { dynamoClient } from '../lambdas/platform/dynamo.ts';
import { dynamoTables } from '../lambdas/threads/adapters/tables/dynamo-tables.ts';
import { tableChunkLog } from '../lambdas/threads/adapters/table-chunk-log.ts';
import { newThreadId } from '../lambdas/threads/domain/thread-ids.ts';
import { median, quantile } from './figures.ts';

const WARM_UPS = 100;
const plan = z
  .object({ threads: z.string(), chunks: z.string(), puts: z.int() })
  .parse(JSON.parse(readFileSync(0, 'utf8')));
const log = tableChunkLog({
  tables: dynamoTables({
    client: dynamoClient(),
    tableNames: { threads: plan.threads, chunks: plan.chunks, connections: '' },
  }),
  timers: { nowMs: () => Date.now() },
});
const run = { projectId: 'bench', endUserId: null, threadId: newThreadId(), seq: 2 };
const event = {
  type: 'content_block_delta',
  index: 0,
  delta: { type: 'text_delta', text: 'the cost of an answer is what its words take '.repeat(2) },
} as const;
const tookMs: number[] = [];
for (let index = 0; index < WARM_UPS + plan.puts; index++) {
  const beganMs = performance.now();
  await log.append(run, { epoch: 1, nonce: 'bench' }, { firstIndex: index, events: [event] });
  if (index >= WARM_UPS) tookMs.push(performance.now() - beganMs);
}
const result = { p50: median(tookMs), p99: quantile(tookMs, 0.99) };
process.stdout.write(JSON.stringify(result), () => process.exit(0));
