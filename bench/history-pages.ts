import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { PROJECT_ID } from '../lambdas/gateway/usecases/create-admin-key.ts';
import { itemOfStep } from '../lambdas/threads/adapters/threads/thread-items.ts';
import { storageClient } from '../local/dynamo/storage.ts';
import { step } from '../test/support/thread-rows.ts';
import { cells, tableOf } from './delta-delays.ts';
import { shown, table } from './figures.ts';
import type { Call, ThreadRig } from './thread-rig.ts';

const MESSAGES = 6_000;
const BATCH = 25;
const PAGE = 50;
const CALLS = 200;

/** A page of 50 near the head and at the end of a thread of 6,000 messages. */
export const measureHistory = async (rig: ThreadRig): Promise<string> => {
  const thread = await rig.openThread();
  await fill(rig, thread);
  const rows: (readonly string[])[] = [];
  for (const [name, query] of [
    ['a page of 50 at depth 10', 'order=asc&after_seq=10'],
    ['a page of 50 at depth 6,000', `order=asc&after_seq=${MESSAGES - PAGE - 1}`],
    ['the newest 50', 'order=desc'],
  ] as const) {
    const call = pageCall(thread, query);
    const plan = { entry: 'threads', kind: 'whole' as const, warmUps: [call], concurrency: 1 };
    rig.meter.take();
    await rig.probe({ ...plan, warmUps: [], calls: [call], isMetered: true });
    const reads = rig.meter.take().filter(({ isRead }) => isRead);
    const warmUps = Array.from({ length: 50 }, () => call);
    const { total, bytes } = await rig.probe({
      ...plan,
      warmUps,
      calls: Array.from({ length: CALLS }, () => call),
    });
    rows.push([
      name,
      ...cells(total),
      String(reads.length),
      shown(
        reads.reduce((sum, { units }) => sum + units, 0),
        1,
      ),
      shown(bytes / CALLS / 1_000, 1),
    ]);
  }
  return table(['history, ms', 'p50', 'p99', 'samples', 'reads', 'read units', 'page, KB'], rows);
};

const pageCall = (thread: string, query: string): Call => ({
  method: 'GET',
  resource: '/v1/threads/{thread_id}/messages',
  path: `/v1/threads/${thread}/messages?limit=${PAGE}&${query}`,
  params: { thread_id: thread },
});

const fill = async (rig: ThreadRig, threadId: string): Promise<void> => {
  const client = storageClient(rig.engine);
  const name = tableOf(rig, 'THREADS_TABLE');
  const place = { projectId: PROJECT_ID, endUserId: 'reader', threadId };
  const content = [{ type: 'text' as const, text: 'word '.repeat(100) }];
  for (let first = 1; first <= MESSAGES; first += BATCH) {
    const puts = Array.from({ length: BATCH }, (_, index) => ({
      PutRequest: {
        Item: marshall(
          itemOfStep(place, { ...step(Date.now()), content, seq: first + index, step: 0 }),
          { removeUndefinedValues: true },
        ),
      },
    }));
    await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: puts } }));
  }
};
