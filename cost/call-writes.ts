import type { TablePart } from './parts.ts';

/**
 * What one call writes, as the adapters do it. Bytes are of an item of ours with a long model name, a feature, an end
 * user and a thread; test/contract/write-units.test.ts runs the adapters on an engine and compares what it counts.
 */
export interface ItemWrite {
  readonly name: string;
  readonly tableId: 'KeysTable' | 'UsageTable';
  /** A transaction costs every unit twice. */
  readonly isTransaction: boolean;
  readonly bytes: number;
  /** Index keys that the item has, and those that this write changes. */
  readonly indexKeys: readonly string[];
  readonly changedIndexKeys: readonly string[];
}

export const STATE_BYTES = 890;
/** Each call in flight is one entry in the key's item. */
export const HOLD_BYTES = 105;
export const EVENT_BYTES = 600;
export const HOUR_BYTES = 710;
/** What DynamoDB adds to an item when it reckons storage. */
export const ITEM_OVERHEAD_BYTES = 100;
/** Days that a usage event is kept. */
export const EVENT_DAYS = 400;

const SWEEP_KEYS = ['sweep_shard', 'sweep_at'];
const MONTH_KEYS = ['month_pk', 'month_sk'];

export const CALL_WRITES: readonly ItemWrite[] = [
  {
    name: 'hold',
    tableId: 'KeysTable',
    isTransaction: false,
    bytes: STATE_BYTES,
    indexKeys: SWEEP_KEYS,
    changedIndexKeys: [],
  },
  {
    name: 'settle',
    tableId: 'KeysTable',
    isTransaction: false,
    bytes: STATE_BYTES,
    indexKeys: SWEEP_KEYS,
    changedIndexKeys: [],
  },
  {
    name: 'usage event',
    tableId: 'UsageTable',
    isTransaction: true,
    bytes: EVENT_BYTES,
    indexKeys: [],
    changedIndexKeys: [],
  },
  {
    name: 'hour row',
    tableId: 'UsageTable',
    isTransaction: true,
    bytes: HOUR_BYTES,
    indexKeys: MONTH_KEYS,
    changedIndexKeys: [],
  },
];

/** Once for a key in use and sweep period: the first hold enters the sweep index, `expire-holds` takes the key out. */
export const SWEEP_WRITES: readonly ItemWrite[] = [
  {
    name: 'enter the sweep',
    tableId: 'KeysTable',
    isTransaction: false,
    bytes: 0,
    indexKeys: SWEEP_KEYS,
    changedIndexKeys: ['sweep_at'],
  },
  {
    name: 'leave the sweep',
    tableId: 'KeysTable',
    isTransaction: false,
    bytes: STATE_BYTES,
    indexKeys: SWEEP_KEYS,
    changedIndexKeys: ['sweep_at'],
  },
];
/** A hold expires this long after its call began: the function's timeout and its margin. */
export const SWEEP_PERIOD_SECONDS = 16 * 60;

export const KB = 1_024;

/**
 * Write units of one write: each KB begun of the item, and of every index that it is in and touches. An index of the
 * whole item is touched by every write. DynamoDB Local counts an index's units twice in a transaction; so does this.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 */
export const writeUnits = (write: ItemWrite, table: TablePart, heldAtOnce = 0): number => {
  const times = write.isTransaction ? 2 : 1;
  const bytes =
    write.tableId === 'KeysTable' && write.bytes > 0
      ? write.bytes + heldAtOnce * HOLD_BYTES
      : write.bytes;
  const touched = table.indexes.filter(
    (index) =>
      index.keys.every((key) => write.indexKeys.includes(key)) &&
      (index.isWhole || index.keys.some((key) => write.changedIndexKeys.includes(key))),
  );
  const indexUnits = touched.map((index) => (index.isWhole ? Math.ceil(bytes / KB) : 1));
  return times * (Math.ceil(bytes / KB) + indexUnits.reduce((sum, units) => sum + units, 0));
};
