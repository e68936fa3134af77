import { KEY_DEFAULTS } from '../lambdas/ledger/domain/key.ts';
import { CALL_WRITES, HOLD_BYTES, STATE_BYTES, writeUnits } from './call-writes.ts';
import type { Inventory } from './inventory.ts';
import { restThrottle, tableNamed } from './parts.ts';
import type { Traffic } from './traffic.ts';

export interface QuotaHit {
  readonly quota: string;
  readonly limit: string;
  /** Calls a second at which it is reached. */
  readonly callsPerSecond: number;
  /** The whole stage, or one key alone. */
  readonly of: 'stage' | 'key';
  readonly source: string;
}

export const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html';
export const GATEWAY = 'https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html';
export const DYNAMO =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html';
export const DYNAMO_QUOTAS =
  'https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html';
export const LAMBDA_CONCURRENCY = 1_000;
export const PARTITION_WRITE_UNITS = 1_000;
export const TABLE_WRITE_UNITS = 40_000;
const REST_REQUESTS = 10_000;
export const SOCKET_CONNECTS = 500;
/** A shard's batches run one after the other, and a batch's records too. */
const ROLL_UP_RECORD_MS = 10;

/** Every quota on the path of a call, with the traffic that reaches it, the first one first. */
export const quotaHits = (inventory: Inventory, traffic: Traffic): readonly QuotaHit[] => {
  const seconds = Math.max(traffic.streamSeconds, 0.1);
  const throttle = restThrottle(inventory);
  const perCall = (tableId: string): number =>
    CALL_WRITES.filter((write) => write.tableId === tableId).reduce(
      (sum, write) => sum + writeUnits(write, tableNamed(inventory, tableId)),
      0,
    );
  const hit = (
    of: QuotaHit['of'],
    quota: string,
    limit: string,
    callsPerSecond: number,
    source: string,
  ): QuotaHit => ({ of, quota, limit, callsPerSecond, source });
  const hits = [
    hit(
      'stage',
      'Lambda concurrency of the account',
      '1,000 calls at once (new accounts may have 10)',
      LAMBDA_CONCURRENCY / seconds,
      LAMBDA,
    ),
    hit('stage', 'API Gateway requests of the account', '10,000 a second', REST_REQUESTS, GATEWAY),
    ...(throttle === null
      ? []
      : [
          hit(
            'stage',
            'throttle of this stage (`throttleRate`)',
            `${throttle} requests a second`,
            throttle,
            GATEWAY,
          ),
        ]),
    hit(
      'stage',
      'DynamoDB writes of the Keys table',
      '40,000 units a second',
      TABLE_WRITE_UNITS / perCall('KeysTable'),
      DYNAMO_QUOTAS,
    ),
    hit(
      'stage',
      'DynamoDB writes of the Usage table',
      '40,000 units a second',
      TABLE_WRITE_UNITS / perCall('UsageTable'),
      DYNAMO_QUOTAS,
    ),
    hit(
      'key',
      'calls at once of a key (`max_concurrency`)',
      `${KEY_DEFAULTS.maxConcurrency} unless you say more`,
      KEY_DEFAULTS.maxConcurrency / seconds,
      'README.md',
    ),
    hit(
      'key',
      'calls a minute of a key (`rpm`)',
      `${KEY_DEFAULTS.rpm} unless you say more`,
      KEY_DEFAULTS.rpm / 60,
      'README.md',
    ),
    hit(
      'key',
      'DynamoDB partition of a key’s ledger',
      '1,000 write units a second',
      partitionCalls(seconds),
      DYNAMO,
    ),
    hit(
      'key',
      'roll-up of a stream shard (behind, not refused)',
      `one record in ${ROLL_UP_RECORD_MS} ms`,
      1_000 / ROLL_UP_RECORD_MS,
      'https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html',
    ),
  ];
  return hits.toSorted((left, right) => left.callsPerSecond - right.callsPerSecond);
};

/** A key's item grows with its calls in flight, so each of its two writes a call costs more the more there are. */
export const partitionCalls = (streamSeconds: number): number => {
  let calls = 0;
  const unitsAt = (perSecond: number): number =>
    2 * perSecond * Math.ceil((STATE_BYTES + perSecond * streamSeconds * HOLD_BYTES) / 1_024);
  while (unitsAt(calls + 0.5) <= PARTITION_WRITE_UNITS) calls += 0.5;
  return calls;
};
