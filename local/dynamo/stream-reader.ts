import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import type { Matcher } from '../events/event-pattern.ts';
import { deliverAll, type Delivery } from './stream-delivery.ts';
import { streamEvent, streamRecord, type StreamRecord } from './stream-records.ts';
import type { Shard, StreamWire } from './stream-wire.ts';
import { readState, writeState } from '../state-folder.ts';

/** Lambda itself asks four times a second: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html */
const PAUSE_MS = 250;
/** While somebody waits for what few writes lead to, sooner. */
const SOON_MS = 100;
/** What follows so many records is better taken as one batch. */
const MUCH = 10;
/** A table that was asked so often for nothing is at rest. */
const LOOKS_AT_REST = 30;

/** How long a reader waits after so many records, and so many looks that found none. */
const pauseAfter = (records: number, looks: number): number => {
  if (looks >= LOOKS_AT_REST) return untilNext(PAUSE_MS);
  return records < MUCH ? SOON_MS : PAUSE_MS;
};

/** Until the clock shows the next multiple: those at rest look together, which wakes the process once, and two at one page. */
const untilNext = (ms: number): number => ms - (Date.now() % ms);

/** How long after a shard ended, or none was there, its stream is looked at again. */
const SHARDS_MS = 1_000;
/** A look at a stream reads all of its records in Dynoxide 1.2, so it is taken when there is a reason. */
const SHARDS_AGAIN_MS = 60_000;

export interface Mapping extends Delivery {
  /** Records that do not match are passed over. */
  readonly matches: Matcher;
  /** A batch that is not full waits so long for more. */
  readonly windowMs: number;
  /** Where the first start begins; a later one continues where the last ended. */
  readonly startsAt: 'TRIM_HORIZON' | 'LATEST';
  readonly checkpointPath: string;
}

/** Sequence number of the last record that is done, by shard; empty: none of the shard's. */
type Checkpoint = Map<string, string>;

/**
 * Reads one table's stream for one function, as Lambda's event source mapping does, until `signal` aborts. Returns
 * when the place where it begins is fixed: whatever is written from then on is delivered.
 */
export const readStream = async (
  streams: StreamWire,
  mapping: Mapping,
  signal: AbortSignal,
): Promise<void> => {
  void readShards(streams, mapping, await beginning(streams, mapping), signal);
};

const beginning = async (streams: StreamWire, mapping: Mapping): Promise<Checkpoint> => {
  const done: Checkpoint = new Map(Object.entries(readCheckpoint(mapping.checkpointPath)));
  if (mapping.startsAt === 'TRIM_HORIZON' || existsSync(mapping.checkpointPath)) return done;
  for (const shard of await streams.shardsOf(mapping.table))
    done.set(shard.id, await endOf(streams, shard));
  writeCheckpoint(mapping.checkpointPath, done);
  return done;
};

const readShards = async (
  streams: StreamWire,
  mapping: Mapping,
  done: Checkpoint,
  signal: AbortSignal,
): Promise<void> => {
  const known = new Set<string>();
  let lookAgainAtMs = 0;
  const read = async (shard: Shard): Promise<void> => {
    known.add(shard.id);
    try {
      await readShard(streams, shard, mapping, done, signal);
    } catch (error) {
      known.delete(shard.id);
      if (!signal.aborted) mapping.onError(error);
    }
    lookAgainAtMs = 0;
  };
  while (!signal.aborted) {
    try {
      if (Date.now() >= lookAgainAtMs) {
        const shards = await streams.shardsOf(mapping.table);
        lookAgainAtMs = shards.length === 0 ? 0 : Date.now() + SHARDS_AGAIN_MS;
        for (const shard of shards) if (!known.has(shard.id)) void read(shard);
      }
    } catch (error) {
      if (!signal.aborted) mapping.onError(error);
    }
    await sleep(untilNext(SHARDS_MS), undefined, { signal }).catch(() => undefined);
  }
};

/** The last record that is there now. */
const endOf = async (streams: StreamWire, shard: Shard): Promise<string> => {
  let last = '';
  let iterator: string | null = await streams.iteratorAfter(shard, '');
  while (iterator !== null) {
    const { records, next } = await streams.page(iterator);
    last = records.at(-1)?.sequence ?? last;
    iterator = records.length === 0 ? null : next;
  }
  return last;
};

const readShard = async (
  streams: StreamWire,
  shard: Shard,
  mapping: Mapping,
  done: Checkpoint,
  signal: AbortSignal,
): Promise<void> => {
  let last = done.get(shard.id) ?? '';
  let iterator: string | null = await streams.iteratorAfter(shard, last);
  let waiting: StreamRecord[] = [];
  let windowEndMs = 0;
  let looks = 0;
  while (iterator !== null && !signal.aborted) {
    const { records, next, isFull } = await streams.page(iterator);
    if (waiting.length === 0) windowEndMs = Date.now() + mapping.windowMs;
    for (const record of records) {
      const event = streamEvent(record, mapping.table);
      if (mapping.matches(event)) waiting.push(streamRecord(record, event));
    }
    last = records.at(-1)?.sequence ?? last;
    if (waiting.length >= mapping.batchSize || Date.now() >= windowEndMs) {
      await deliverAll(mapping, shard.id, waiting, signal);
      if (signal.aborted) return;
      waiting = [];
    }
    // What waits for more is read again by the next process.
    if (waiting.length === 0 && done.get(shard.id) !== last) {
      done.set(shard.id, last);
      writeCheckpoint(mapping.checkpointPath, done);
    }
    iterator = next;
    looks = records.length === 0 ? looks + 1 : 0;
    if (!isFull)
      await sleep(pauseAfter(records.length, looks), undefined, { signal }).catch(() => undefined);
  }
};

const readCheckpoint = (path: string): Record<string, string> =>
  readState(path, z.record(z.string(), z.string())) ?? {};

const writeCheckpoint = (path: string, done: Checkpoint): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeState(`${path}.new`, JSON.stringify(Object.fromEntries(done)));
  renameSync(`${path}.new`, path);
};
