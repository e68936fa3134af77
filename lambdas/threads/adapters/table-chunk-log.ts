import { zstdDecompressSync } from 'node:zlib';
import * as z from 'zod';
import { assert } from '../../shared/assert.ts';
import { CHUNK_EVENTS_MAX, CHUNK_TTL_MS, READ_CHUNKS_MAX } from '../domain/limits.ts';
import type { LoggedEvent, RunEvent } from '../domain/run-event.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { Chunk, ChunkLog, RunWriter } from '../ports/chunks.ts';
import { readAll, type Item, type Tables, type Write } from '../../platform/tables/tables.ts';
import { chunkKey, logKey } from './threads/thread-keys.ts';
import type { Timers } from '../../shared/deps.ts';

export interface ChunkLogDeps {
  readonly tables: Tables;
  readonly timers: Pick<Timers, 'nowMs'>;
}

const events = z.array(
  z.custom<RunEvent>((value) => typeof value === 'object' && value !== null && 'type' in value),
);
const chunkItem = z.object({ sk: z.string(), events: z.string() });
const logItem = z.object({ packed: z.instanceof(Uint8Array) });

/** One item a chunk, its sort key the index of its first event: the put is the fence. */
export const tableChunkLog = (deps: ChunkLogDeps): ChunkLog => ({
  append: async (run, writer, chunk) => {
    const outcome = await deps.tables.write(putChunk(run, writer, chunk, deps.timers.nowMs()));
    if (outcome.kind === 'written' || isWriters(outcome.item, writer)) return 'stored';
    return 'fenced';
  },
  read: async (run, afterIndex, isEdge = false) => {
    // The cursor may be inside a chunk: the one that holds it starts at most so far before it.
    const from = isEdge ? afterIndex + 1 : Math.max(0, afterIndex - CHUNK_EVENTS_MAX + 1);
    const items = await readAll(deps.tables, {
      table: 'chunks',
      pk: chunkKey(run, 0).pk,
      from: chunkKey(run, from).sk,
      to: '99999999',
      isAscending: true,
      limit: READ_CHUNKS_MAX,
    });
    return items.flatMap(eventsOf).filter(({ index }) => index > afterIndex);
  },
  readPacked: async (run, afterIndex) => {
    const item = await deps.tables.get('threads', logKey(run));
    if (item === null) return [];
    const text = zstdDecompressSync(logItem.parse(item).packed).toString('utf8');
    return events
      .parse(JSON.parse(text))
      .map((event, index) => ({ index, event }))
      .slice(afterIndex + 1);
  },
});

export const putChunk = (
  run: RunPlace,
  writer: RunWriter,
  chunk: Chunk,
  nowMs: number,
): Write & { readonly kind: 'put' } => {
  assert(chunk.events.length > 0 && chunk.events.length <= CHUNK_EVENTS_MAX, 'chunk size');
  return {
    kind: 'put',
    table: 'chunks',
    key: chunkKey(run, chunk.firstIndex),
    condition: 'attribute_not_exists(sk)',
    item: {
      ...chunkKey(run, chunk.firstIndex),
      events: JSON.stringify(chunk.events),
      writer: writer.nonce,
      ttl: Math.ceil((nowMs + CHUNK_TTL_MS) / 1_000),
    },
  };
};

/** A put whose answer was lost is sent again and meets itself: the nonce shows that it succeeded. */
const isWriters = (item: Item | null, writer: RunWriter): boolean =>
  item?.['writer'] === writer.nonce;

const eventsOf = (item: Item): readonly LoggedEvent[] => {
  const chunk = chunkItem.parse(item);
  const first = Number(chunk.sk);
  return events
    .parse(JSON.parse(chunk.events))
    .map((event, offset) => ({ index: first + offset, event }));
};
