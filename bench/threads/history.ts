import { BatchWriteItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { FIRST_PROJECT_ID } from '../../lambdas/ledger/domain/key.ts';
import { itemOfStep } from '../../lambdas/threads/adapters/threads/thread-items.ts';
import { storageClient } from '../../local/dynamo/storage-client.ts';
import { step } from '../../test/support/thread-rows.ts';
import { ofBuilds, type Group } from '../kit/compare.ts';
import { repeat, type Call } from '../kit/events.ts';
import { functionNamed, type Side } from '../kit/side.ts';
import { openThreads } from './open-threads.ts';

const MESSAGES = 6_000;
const BATCH = 25;
const PAGE = 50;
const CALLS = 200;
const GOAL = [{ max: 20 }];
const PLACES = [
  { what: 'a page of 50 at depth 10', query: 'order=asc&after_seq=10' },
  { what: 'a page of 50 at depth 6,000', query: `order=asc&after_seq=${MESSAGES - PAGE - 1}` },
  { what: 'the newest 50', query: 'order=desc' },
] as const;

/** A page of 50 near the head and at the end of a thread of 6,000 messages. */
export const history: Group = {
  name: 'history',
  about: 'pages of a long thread',
  mode: 'functions',
  rounds: 1,
  isOnlyNamed: true,
  rows: PLACES.flatMap(({ what }) => [
    { key: `${what} p50`, what: `${what}, p50, ms`, digits: 1 },
    { key: `${what} p99`, what: `${what}, p99, ms`, digits: 1, goals: GOAL },
    { key: `${what} units`, what: `${what}, read units`, digits: 1 },
  ]),
  contenders: ofBuilds(async (side, { isQuick }) => {
    const [thread = ''] = await openThreads(side, 1);
    await fill(side, thread);
    const figures: Record<string, number> = {};
    for (const { what, query } of PLACES) {
      const call = pageCall(thread, query);
      const plan = { entry: 'threads', kind: 'whole', concurrency: 1 } as const;
      side.meter.take();
      await side.probe({ ...plan, warmUps: [], calls: [call], isMetered: true });
      const reads = side.meter.take().filter(({ isRead }) => isRead);
      const { total } = await side.probe({
        ...plan,
        warmUps: repeat(50, call),
        calls: repeat(isQuick ? 20 : CALLS, call),
      });
      figures[`${what} p50`] = total.p50 ?? Number.NaN;
      figures[`${what} p99`] = total.p99 ?? Number.NaN;
      figures[`${what} units`] = reads.reduce((sum, { units }) => sum + units, 0);
    }
    return figures;
  }),
};

const pageCall = (thread: string, query: string): Call => ({
  method: 'GET',
  resource: '/v1/threads/{thread_id}/messages',
  path: `/v1/threads/${thread}/messages?limit=${PAGE}&${query}`,
  params: { thread_id: thread },
});

/** The rows of this build serve the build before it too: what is stored outlives a release. */
const fill = async (side: Side, threadId: string): Promise<void> => {
  const client = storageClient(side.engine);
  const name = functionNamed(side.functions, 'threads').environment['THREADS_TABLE'] ?? '';
  const place = { projectId: FIRST_PROJECT_ID, endUserId: 'reader', threadId };
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
  client.destroy();
};
