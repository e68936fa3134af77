import { ROW_BYTES_MAX } from '../lambdas/threads/domain/limits.ts';
import { CALL_WRITES, ITEM_OVERHEAD_BYTES, SWEEP_WRITES, writeUnits } from './call-writes.ts';
import {
  component,
  egressBytes,
  rollUpGbSeconds,
  secretReadsPerCall,
  sweepsPerCall,
  type Component,
} from './call-cost.ts';
import type { Inventory } from './inventory.ts';
import { turnLogBytes } from './log-bytes.ts';
import { functionNamed, hasSocketApi, tableNamed } from './parts.ts';
import { PRICES } from './prices.ts';
import type { Traffic } from './traffic.ts';
import {
  chunkPuts,
  socketFrames,
  turnUnits,
  turnWrites,
  type TurnShape,
  type TurnWrite,
} from './turn-writes.ts';

/** Reads of a turn beside its producer's look at the run each second: thread, request, context, how it ended. */
const READS_A_TURN = 10;
/** A reader's strong queries a second while events come, of one unit each; `npm run bench:threads -- --only resume` counts them. */
const READER_READS_A_SECOND = 16;
/** The producer looks for new sockets twice a second. */
const SOCKET_LOOKS_A_SECOND = 2;
/** Months that a message is reckoned with; it is kept as long as the project says. */
export const KEPT_MONTHS = 12;
const GB = 1e9;

/** What one turn of a thread costs in this traffic, by component; none where the stage has no threads. */
export const turnCost = (inventory: Inventory, traffic: Traffic): readonly Component[] => {
  const turn = turnOf(traffic);
  const { shape, writes, readers } = turn;
  return [
    component('run', 'API Gateway', 'requests', 1 + readers, PRICES.restRequest.usd),
    ...tableComponents(inventory, turn),
    ...functionComponents(inventory, turn),
    component(
      'run',
      'S3',
      'rows that an item does not hold',
      writes.filter(({ bytes }) => bytes > ROW_BYTES_MAX).length,
      PRICES.objectPut.usd,
    ),
    ...socketComponents(inventory, traffic, shape),
    component(
      'kept',
      'DynamoDB',
      `messages, run and log for ${KEPT_MONTHS} months, GB months`,
      (keptBytes(writes) / GB) * KEPT_MONTHS,
      PRICES.dynamoGbMonth.usd + PRICES.dynamoBackupGbMonth.usd,
    ),
    component(
      'egress',
      'Data transfer',
      'to readers and provider, GB',
      egressBytes(
        shape.tokens * (1 + readers / 2 + viewersOf(inventory, traffic)),
        traffic.inputTokens,
      ) / GB,
      PRICES.egressGb.usd,
    ),
  ];
};

/** One turn in this traffic. */
interface Turn {
  readonly shape: { readonly tokens: number; readonly seconds: number };
  readonly writes: readonly TurnWrite[];
  /** The same traffic as calls. */
  readonly asCalls: Traffic;
  readonly readers: number;
  readonly readerSeconds: number;
  readonly queuedShare: number;
}

const turnOf = (traffic: Traffic): Turn => {
  const shape = { tokens: traffic.turnTokens, seconds: traffic.turnSeconds };
  return {
    shape,
    writes: turnWrites(shape),
    asCalls: { ...traffic, calls: traffic.turns, streamSeconds: shape.seconds },
    readers: traffic.turnReaders,
    readerSeconds: (traffic.turnReaders * shape.seconds) / 2,
    queuedShare: traffic.queuedShare,
  };
};

/** What the tables write and read. */
const tableComponents = (
  inventory: Inventory,
  { shape, writes, asCalls, readerSeconds }: Turn,
): readonly Component[] => {
  const keys = tableNamed(inventory, 'KeysTable');
  const units = (what: string, of: readonly TurnWrite[]): Component =>
    component(
      'run',
      'DynamoDB',
      `${what}, write units`,
      of.reduce((sum, write) => sum + turnUnits(write), 0),
      PRICES.dynamoWriteUnit.usd,
    );
  const named = (...names: readonly string[]): readonly TurnWrite[] =>
    writes.filter(({ name }) => names.includes(name));
  return [
    units('opened in one transaction', named('request', 'thread, at the start', 'question', 'run')),
    units(`${chunkPuts(shape)} puts of events (TTL deletes them free of charge)`, named('events')),
    units('lease', named('lease')),
    units(
      'ended in one transaction',
      named('run, at the end', 'last events', 'answer', 'thread, at the end', 'packed log'),
    ),
    units('settled', named('settled')),
    component(
      'run',
      'DynamoDB',
      'ledger, usage and sweep as of a call, write units',
      CALL_WRITES.reduce(
        (sum, write) => sum + writeUnits(write, tableNamed(inventory, write.tableId)),
        0,
      ) +
        sweepsPerCall(asCalls) *
          SWEEP_WRITES.reduce((sum, write) => sum + writeUnits(write, keys), 0),
      PRICES.dynamoWriteUnit.usd,
    ),
    component(
      'run',
      'DynamoDB',
      'of the producer and of readers, read units',
      READS_A_TURN + shape.seconds + readerSeconds * READER_READS_A_SECOND,
      PRICES.dynamoReadUnit.usd,
    ),
  ];
};

/** What functions run, and what they say and read while they do. */
const functionComponents = (
  inventory: Inventory,
  { shape, asCalls, readers, readerSeconds, queuedShare }: Turn,
): readonly Component[] => {
  const memoryOf = (name: string): number => functionNamed(inventory, name).memoryGb;
  return [
    component(
      'run',
      'Lambda',
      'invocations: turn, roll-up, readers, `run-turn`',
      2 + readers + queuedShare,
      PRICES.lambdaRequest.usd,
    ),
    component(
      'run',
      'Lambda',
      'roll-up, GB seconds',
      rollUpGbSeconds(inventory),
      PRICES.lambdaArmGbSecond.usd,
    ),
    component(
      'run',
      'CloudWatch',
      'logs, GB',
      turnLogBytes(inventory, readers + queuedShare) / GB,
      PRICES.logsGb.usd,
    ),
    component(
      'run',
      'Secrets Manager',
      'reads of the provider secret',
      secretReadsPerCall(asCalls),
      PRICES.secretRead.usd,
    ),
    component(
      'stream',
      'Lambda',
      `producer of ${shape.seconds} s, GB seconds`,
      memoryOf('appendmessage') * shape.seconds,
      PRICES.lambdaArmGbSecond.usd,
    ),
    component(
      'stream',
      'Lambda',
      '`run-turn` after a turn that waited, GB seconds',
      queuedShare * memoryOf('runturn') * shape.seconds,
      PRICES.lambdaArmGbSecond.usd,
    ),
    component(
      'stream',
      'Lambda',
      'readers, for half of it, GB seconds',
      memoryOf('readstream') * readerSeconds,
      PRICES.lambdaArmGbSecond.usd,
    ),
  ];
};

const viewersOf = (inventory: Inventory, { socketViewers }: Traffic): number =>
  hasSocketApi(inventory) ? socketViewers : 0;

/** A frame to each viewer for each put of events; the connection's minutes are billed apart. */
const socketComponents = (
  inventory: Inventory,
  traffic: Traffic,
  shape: TurnShape,
): readonly Component[] => {
  const viewers = viewersOf(inventory, traffic);
  if (viewers === 0) return [];
  return [
    component(
      'run',
      'API Gateway',
      'frames to sockets',
      viewers * socketFrames(shape),
      PRICES.socketMessage.usd,
    ),
    component(
      'run',
      'DynamoDB',
      'looks for new sockets, read units',
      SOCKET_LOOKS_A_SECOND * traffic.turnSeconds,
      PRICES.dynamoReadUnit.usd,
    ),
  ];
};

/** What stays: question, run, answer, log. Chunks live a day, requests a week. */
const keptBytes = (writes: readonly TurnWrite[]): number =>
  writes
    .filter(({ name }) => ['question', 'run', 'answer', 'packed log'].includes(name))
    .reduce((sum, { bytes }) => sum + bytes + ITEM_OVERHEAD_BYTES, 0);
