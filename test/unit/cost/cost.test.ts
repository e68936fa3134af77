import { describe, expect, test } from 'vitest';
import { CALL_WRITES, writeUnits, type ItemWrite } from '../../../cost/call-writes.ts';
import { callCost, usdOf } from '../../../cost/call-cost.ts';
import { idleCost } from '../../../cost/idle-cost.ts';
import { inventoryOf } from '../../../cost/inventory.ts';
import { partitionCalls, quotaHits } from '../../../cost/quotas.ts';
import { turnCost } from '../../../cost/turn-cost.ts';
import { turnQuotas } from '../../../cost/turn-quotas.ts';
import { chunkPuts } from '../../../cost/turn-writes.ts';
import { PRICES } from '../../../cost/prices.ts';
import { DEFAULT_TRAFFIC } from '../../../cost/traffic.ts';

const index = (IndexName: string, keys: readonly string[], ProjectionType: string) => ({
  IndexName,
  KeySchema: keys.map((AttributeName) => ({ AttributeName, KeyType: 'HASH' })),
  Projection: { ProjectionType },
});
const table = (indexes: readonly object[]) => ({
  Type: 'AWS::DynamoDB::GlobalTable',
  Properties: {
    GlobalSecondaryIndexes: indexes,
    Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
  },
});
const fn = (MemorySize: number) => ({ Type: 'AWS::Lambda::Function', Properties: { MemorySize } });
const base = {
  KeysTable: table([index('by_sweep', ['sweep_shard', 'sweep_at'], 'KEYS_ONLY')]),
  UsageTable: table([index('by_project_month', ['month_pk', 'month_sk'], 'ALL')]),
  Gatewaychatcompletions1: fn(1_024),
  Inferencerollupusage1: fn(512),
  Threadsappendmessage1: fn(1_024),
  Threadsrunturn1: fn(1_024),
  Threadsreadstream1: fn(512),
};
const stage = (more: Readonly<Record<string, object>> = {}) =>
  inventoryOf([{ Resources: { ...base, ...more } }]);
const write = (fields: Partial<ItemWrite>): ItemWrite => ({
  name: 'write',
  tableId: 'KeysTable',
  isTransaction: false,
  bytes: 1_000,
  indexKeys: [],
  changedIndexKeys: [],
  ...fields,
});

describe('write units', () => {
  const part = (isWhole: boolean) => ({
    id: 'T',
    hasBackup: true,
    indexes: [{ name: 'i', keys: ['a', 'b'], isWhole }],
  });

  test.each([
    ['a kilobyte begun costs a unit', write({ bytes: 1_025 }), true, 2],
    ['a transaction costs twice', write({ isTransaction: true }), true, 2],
    ['an index without the item is free', write({ indexKeys: ['a'] }), true, 1],
    ['an index of the whole item is written each time', write({ indexKeys: ['a', 'b'] }), true, 2],
    ['an index of keys is left alone', write({ indexKeys: ['a', 'b'] }), false, 1],
    [
      'an index of keys is written when a key changes',
      write({ indexKeys: ['a', 'b'], changedIndexKeys: ['b'] }),
      false,
      2,
    ],
    [
      'a transaction writes its index twice as well',
      write({ isTransaction: true, indexKeys: ['a', 'b'] }),
      true,
      4,
    ],
  ])('%s', (_title, one, isWhole, units) => {
    expect(writeUnits(one, part(isWhole))).toBe(units);
  });

  test('calls in flight make the item of a key dearer to write', () => {
    const [hold] = CALL_WRITES;
    expect(hold === undefined ? 0 : writeUnits(hold, part(false), 50)).toBeGreaterThan(5);
  });
});

describe('the bill', () => {
  const usd = (inventory: ReturnType<typeof stage>): number =>
    idleCost(inventory).reduce((sum, line) => sum + line.usd, 0);

  test('an empty stage costs nothing idle, and each part its price', () => {
    expect(usd(stage())).toBe(0);
    const parts = {
      S: { Type: 'AWS::SecretsManager::Secret' },
      D: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody: '{}' } },
      W: { Type: 'AWS::WAFv2::WebACL', Properties: { Rules: [{}, {}] } },
    };
    expect(usd(stage(parts))).toBeCloseTo(0.4 + 3 + 5 + 2, 9);
  });

  test('an alarm is billed for each metric that it watches', () => {
    const metric = (name: string) => ({
      MetricStat: { Metric: { Namespace: 'Sluice', MetricName: name }, Stat: 'Sum', Period: 60 },
    });
    const alarms = {
      A: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { Namespace: 'AWS/Lambda', MetricName: 'Errors' },
      },
      B: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { Metrics: [{ Expression: 'a/b' }, metric('Calls'), metric('Refused')] },
      },
      C: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { MetricName: 'Calls', Namespace: 'Sluice' },
      },
    };
    expect(usd(stage(alarms))).toBeCloseTo(4 * 0.1, 9);
  });

  test('a queue that a function polls costs its polls, a stream none', () => {
    const mapping = (EventSourceArn: object) => ({
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: { EventSourceArn },
    });
    const queue = mapping({ 'Fn::GetAtt': ['Tickets', 'Arn'] });
    const stream = mapping({ 'Fn::ImportValue': 'State:ExportsKeysTableStreamArn' });
    expect(usd(stage({ stream }))).toBe(0);
    expect(usd(stage({ queue }))).toBeCloseTo(657_000 * PRICES.queueRequest.usd, 6);
  });

  test('a resource that nobody priced stops the reckoning', () => {
    expect(() => stage({ N: { Type: 'AWS::EC2::NatGateway' } })).toThrow(/AWS::EC2::NatGateway/);
  });

  test('a longer stream costs Lambda seconds and looks at its cancel flag, and nothing else', () => {
    const short = callCost(stage(), { ...DEFAULT_TRAFFIC, streamSeconds: 10, calls: 0 });
    const long = callCost(stage(), { ...DEFAULT_TRAFFIC, streamSeconds: 20, calls: 0 });
    expect(usdOf(long, 'stream')).toBeCloseTo(2 * usdOf(short, 'stream'), 12);
    expect(usdOf(long, 'run') - usdOf(short, 'run')).toBeCloseTo(10 * 0.125e-6, 12);
  });
});

const SOCKETS = {
  W: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'WEBSOCKET' } },
};

describe('a turn of a thread', () => {
  const run = (traffic: Partial<typeof DEFAULT_TRAFFIC>, inventory = stage()): number =>
    usdOf(turnCost(inventory, { ...DEFAULT_TRAFFIC, ...traffic }), 'run');

  test('writes its events by time, not by token, but for a slow model', () => {
    const puts = (tokens: number, seconds: number): number => chunkPuts({ tokens, seconds });
    expect(puts(2_000, 10)).toBe(puts(1_000, 10));
    expect(puts(1_000, 20)).toBeGreaterThan(puts(1_000, 10));
    expect(puts(20, 10)).toBe(22);
  });

  test('stays within 200 write units for 1,000 tokens over 10 s, ledger and usage in it', () => {
    const units = turnCost(stage(), DEFAULT_TRAFFIC)
      .filter(({ what }) => what.endsWith('write units'))
      .reduce((sum, { quantity }) => sum + quantity, 0);
    expect(units).toBeGreaterThan(150);
    expect(units).toBeLessThanOrEqual(200);
  });

  test('costs a frame to each socket for each put that is not too soon, and nothing where there are no sockets', () => {
    expect(run({ socketViewers: 5 })).toBe(run({ socketViewers: 0 }));
    const watched = run({ socketViewers: 2 }, stage(SOCKETS));
    expect(watched - run({ socketViewers: 1 }, stage(SOCKETS))).toBeCloseTo(115 * 1e-6, 12);
  });

  test('puts into S3 only what an item does not hold', () => {
    const objects = (turnTokens: number): number =>
      turnCost(stage(), { ...DEFAULT_TRAFFIC, turnTokens }).find(({ service }) => service === 'S3')
        ?.quantity ?? -1;
    expect(objects(1_000)).toBe(0);
    expect(objects(150_000)).toBe(2);
  });

  test('a reader costs its queries and its Lambda seconds', () => {
    const one = turnCost(stage(), { ...DEFAULT_TRAFFIC, turnReaders: 1 });
    const none = turnCost(stage(), { ...DEFAULT_TRAFFIC, turnReaders: 0 });
    expect(usdOf(one, 'stream') - usdOf(none, 'stream')).toBeCloseTo(5 * 0.5 * 0.0000133334, 12);
    expect(usdOf(one, 'run')).toBeGreaterThan(usdOf(none, 'run'));
  });
});

describe('quotas', () => {
  test('concurrency is met first, at a thousand calls over their seconds', () => {
    const [first] = quotaHits(stage(), DEFAULT_TRAFFIC).filter(({ of }) => of === 'stage');
    expect(first).toMatchObject({ quota: expect.stringMatching(/^Lambda/), callsPerSecond: 100 });
  });

  test('the throttle of the template counts, and sockets only where there are some', () => {
    const quotas = quotaHits(
      stage({
        P: {
          Type: 'AWS::ApiGateway::Stage',
          Properties: { MethodSettings: [{ ThrottlingRateLimit: 7 }] },
        },
      }),
      DEFAULT_TRAFFIC,
    );
    expect(quotas.map(({ callsPerSecond }) => callsPerSecond)).toContain(7);
    expect(JSON.stringify(turnQuotas(stage(), DEFAULT_TRAFFIC))).not.toContain('WebSocket');
    expect(JSON.stringify(turnQuotas(stage(SOCKETS), DEFAULT_TRAFFIC))).toContain('WebSocket');
  });

  test('the ledger of one key takes fewer calls a second the longer they last', () => {
    expect(partitionCalls(0.1)).toBeGreaterThan(partitionCalls(10));
    expect(partitionCalls(10)).toBeGreaterThan(partitionCalls(60));
  });
});
