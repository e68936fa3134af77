import type { Inventory } from './inventory.ts';
import { hasSocketApi } from './parts.ts';
import {
  DYNAMO,
  DYNAMO_QUOTAS,
  GATEWAY,
  LAMBDA,
  LAMBDA_CONCURRENCY,
  PARTITION_WRITE_UNITS,
  SOCKET_CONNECTS,
  TABLE_WRITE_UNITS,
} from './quotas.ts';
import type { Traffic } from './traffic.ts';
import {
  QUESTION_BYTES,
  REQUEST_BYTES,
  THREAD_BYTES,
  turnUnits,
  turnWrites,
} from './turn-writes.ts';

export interface TurnQuota {
  readonly quota: string;
  readonly limit: string;
  readonly of: 'stage' | 'thread' | 'run';
  /** How many of `what` a second reach it. */
  readonly perSecond: number;
  readonly what: 'turns' | 'messages' | 'puts' | 'connects';
  readonly source: string;
}

/** A message without a run: request, thread with its place in the list, message, in one transaction. */
const APPENDED: readonly (readonly [bytes: number, indexUnits: number])[] = [
  [REQUEST_BYTES, 0],
  [THREAD_BYTES, 2],
  [QUESTION_BYTES, 0],
];

/** Quotas on the path of turns, those of the stage first. */
export const turnQuotas = (inventory: Inventory, traffic: Traffic): readonly TurnQuota[] => {
  const writes = turnWrites({ tokens: traffic.turnTokens, seconds: traffic.turnSeconds });
  const unitsOf = (isEvents: boolean): number =>
    writes
      .filter(({ name }) => (name === 'events' || name === 'last events') === isEvents)
      .reduce((sum, write) => sum + turnUnits(write), 0);
  const busySeconds = traffic.turnSeconds * (1 + traffic.turnReaders / 2 + traffic.queuedShare);
  const appendUnits = APPENDED.reduce(
    (sum, [bytes, indexUnits]) => sum + 2 * (Math.ceil(bytes / 1_024) + indexUnits),
    0,
  );
  const ofStage: readonly TurnQuota[] = [
    {
      quota: 'Lambda concurrency of the account, producers and readers',
      limit: '1,000 at once (new accounts may have 10)',
      of: 'stage',
      perSecond: LAMBDA_CONCURRENCY / busySeconds,
      what: 'turns',
      source: LAMBDA,
    },
    {
      quota: 'DynamoDB writes of the Chunks table',
      limit: '40,000 units a second',
      of: 'stage',
      perSecond: TABLE_WRITE_UNITS / unitsOf(true),
      what: 'turns',
      source: DYNAMO_QUOTAS,
    },
    {
      quota: 'DynamoDB writes of the Threads table',
      limit: '40,000 units a second',
      of: 'stage',
      perSecond: TABLE_WRITE_UNITS / unitsOf(false),
      what: 'turns',
      source: DYNAMO_QUOTAS,
    },
    ...(hasSocketApi(inventory)
      ? [
          {
            quota: 'WebSocket connects of the account',
            limit: '500 new connections a second',
            of: 'stage' as const,
            perSecond: SOCKET_CONNECTS,
            what: 'connects' as const,
            source: GATEWAY,
          },
        ]
      : []),
  ];
  return [
    ...ofStage.toSorted((left, right) => left.perSecond - right.perSecond),
    {
      quota: 'one run at a time in a thread',
      limit: '100 wait in line',
      of: 'thread',
      perSecond: 1 / traffic.turnSeconds,
      what: 'turns',
      source: 'docs/protocol-threads.md',
    },
    {
      quota: 'DynamoDB partition of a thread, `run: false`',
      limit: '1,000 write units a second',
      of: 'thread',
      perSecond: PARTITION_WRITE_UNITS / appendUnits,
      what: 'messages',
      source: DYNAMO,
    },
    {
      quota: 'DynamoDB partition of a run’s events',
      limit: '1,000 write units a second',
      of: 'run',
      perSecond: PARTITION_WRITE_UNITS,
      what: 'puts',
      source: DYNAMO,
    },
  ];
};
