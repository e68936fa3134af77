import {
  CALL_WRITES,
  EVENT_BYTES,
  EVENT_DAYS,
  ITEM_OVERHEAD_BYTES,
  SWEEP_PERIOD_SECONDS,
  SWEEP_WRITES,
  writeUnits,
} from './call-writes.ts';
import type { Inventory } from './inventory.ts';
import { callLogBytes } from './log-bytes.ts';
import { functionNamed, MONTH_SECONDS, tableNamed, traceShare } from './parts.ts';
import { PRICES } from './prices.ts';
import type { Traffic } from './traffic.ts';

/** Measured on the laptop: two reads of the item's key, one transaction. AWS's storage answers in about the same. */
const ROLL_UP_MS = 40;
/** Functions keep the provider secret this long. */
const SECRET_CACHE_SECONDS = 60;
const GB = 1e9;

export interface Component {
  readonly service: string;
  readonly what: string;
  /** Of one call. */
  readonly quantity: number;
  readonly usd: number;
  /** `run` counts towards the goal of one call; `stream` are its Lambda seconds; `kept` is what it leaves behind. */
  readonly part: 'run' | 'stream' | 'kept' | 'egress';
}

/** Bytes to the internet: a streamed chunk a token to the client, the request to the provider. */
const CHUNK_BYTES_A_TOKEN = 250;
const REQUEST_BYTES_A_TOKEN = 4;

/** What one capped call costs in this traffic, by component. */
export const callCost = (inventory: Inventory, traffic: Traffic): readonly Component[] => {
  const keys = tableNamed(inventory, 'KeysTable');
  const usage = tableNamed(inventory, 'UsageTable');
  const tableOf = (id: string) => (id === 'KeysTable' ? keys : usage);
  const chat = functionNamed(inventory, 'chatcompletions');
  const sweeps = sweepsPerCall(traffic);
  const heldAtOnce = concurrency(traffic) / traffic.keys;
  const keptGbMonths =
    ((EVENT_BYTES + ITEM_OVERHEAD_BYTES) / GB) * ((EVENT_DAYS * 86_400) / MONTH_SECONDS);
  const wrote = [
    ...CALL_WRITES.map((write) =>
      component(
        'run',
        'DynamoDB',
        `${write.name}, write units`,
        writeUnits(write, tableOf(write.tableId), heldAtOnce),
        PRICES.dynamoWriteUnit.usd,
      ),
    ),
    component(
      'run',
      'DynamoDB',
      'sweep of its hold, write units',
      sweeps * SWEEP_WRITES.reduce((sum, write) => sum + writeUnits(write, keys), 0),
      PRICES.dynamoWriteUnit.usd,
    ),
    component(
      'run',
      'DynamoDB',
      'cancel flag each second and the sweep, read units',
      traffic.streamSeconds + sweeps,
      PRICES.dynamoReadUnit.usd,
    ),
  ];
  return [
    component('run', 'API Gateway', 'request', 1, PRICES.restRequest.usd),
    ...wrote,
    component('run', 'Lambda', 'invocations, call and roll-up', 2, PRICES.lambdaRequest.usd),
    component(
      'run',
      'Lambda',
      'roll-up, GB seconds',
      rollUpGbSeconds(inventory),
      PRICES.lambdaArmGbSecond.usd,
    ),
    component('run', 'CloudWatch', 'logs, GB', callLogBytes(inventory) / GB, PRICES.logsGb.usd),
    component('run', 'X-Ray', 'traces', traceShare(inventory), PRICES.traceRecorded.usd),
    component(
      'run',
      'Secrets Manager',
      'reads of the provider secret',
      secretReadsPerCall(traffic),
      PRICES.secretRead.usd,
    ),
    ...(inventory.count('AWS::WAFv2::WebACL') > 0
      ? [component('run', 'WAF', 'inspected request', 1, PRICES.webRequest.usd)]
      : []),
    component(
      'stream',
      'Lambda',
      `stream of ${traffic.streamSeconds} s, GB seconds`,
      chat.memoryGb * traffic.streamSeconds,
      PRICES.lambdaArmGbSecond.usd,
    ),
    component(
      'kept',
      'DynamoDB',
      `usage event for ${EVENT_DAYS} days, GB months`,
      keptGbMonths,
      PRICES.dynamoGbMonth.usd + (usage.hasBackup ? PRICES.dynamoBackupGbMonth.usd : 0),
    ),
    component(
      'egress',
      'Data transfer',
      'to client and provider, GB',
      egressBytes(traffic.outputTokens, traffic.inputTokens) / GB,
      PRICES.egressGb.usd,
    ),
  ];
};

export const component = (
  part: Component['part'],
  service: string,
  what: string,
  quantity: number,
  usdEach: number,
): Component => ({ part, service, what, quantity, usd: quantity * usdEach });

export const rollUpGbSeconds = (inventory: Inventory): number =>
  functionNamed(inventory, 'rollupusage').memoryGb * (ROLL_UP_MS / 1_000);

/** Tokens that go out to clients, and those that go to the provider. */
export const egressBytes = (outputTokens: number, inputTokens: number): number =>
  outputTokens * CHUNK_BYTES_A_TOKEN + inputTokens * REQUEST_BYTES_A_TOKEN;

/** Calls in flight on average. */
const concurrency = ({ calls, streamSeconds }: Traffic): number =>
  (calls * streamSeconds) / MONTH_SECONDS;

/** A key in use is swept once a period, however many calls it makes. */
export const sweepsPerCall = ({ calls, keys }: Traffic): number =>
  calls === 0 ? 1 : Math.min(1, (keys * (MONTH_SECONDS / SWEEP_PERIOD_SECONDS)) / calls);

/** Each instance that is in use reads once a minute; there are as many as calls in flight. */
export const secretReadsPerCall = (traffic: Traffic): number =>
  traffic.calls === 0
    ? 1
    : Math.min(
        1,
        (Math.ceil(concurrency(traffic)) * (MONTH_SECONDS / SECRET_CACHE_SECONDS)) / traffic.calls,
      );

export const usdOf = (components: readonly Component[], ...parts: readonly Component['part'][]) =>
  components.filter(({ part }) => parts.includes(part)).reduce((sum, { usd }) => sum + usd, 0);
