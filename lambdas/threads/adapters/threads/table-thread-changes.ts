import * as z from 'zod';
import { startTick, type EventCursor } from '../../domain/event-cursor.ts';
import type { PostedRow, RunRow, ThreadMoment } from '../../domain/thread-event.ts';
import type { ThreadPlace } from '../../domain/thread-ids.ts';
import { RUN_STATUSES } from '../../domain/thread.ts';
import type { ThreadChanges } from '../../ports/events.ts';
import { readAll, type Item, type Tables } from '../../../platform/tables/tables.ts';
import { stopReason, threadOf } from './thread-items.ts';
import { metaKey, runRange, stepRange, threadPk } from './thread-keys.ts';

const PAGE_ITEMS = 100;

/** The tables as they are: the words of messages, perhaps in objects, are not asked for. */
export const tableThreadChanges = (tables: Tables): ThreadChanges => ({
  now: async (place) => {
    const item = await tables.get('threads', metaKey(place));
    return item === null ? null : momentOf(place, item);
  },
  rows: async (place, from, to) => {
    const [steps, runs] = await Promise.all([
      everyItem(tables, place, stepRange(from.seq + 1, to.at.seq)),
      everyItem(tables, place, runRange(Math.min(from.runsFrom, from.seq + 1), to.at.seq)),
    ]);
    return {
      posted: steps.map(postedOf).filter((row) => row !== null),
      runs: runs.map(runRowOf).filter((row) => row !== null),
    };
  },
});

const edits = z.object({ edit_count: z.number().default(0) });

/** A thread's META as a moment of its events. */
export const momentOf = (place: ThreadPlace, item: Item): ThreadMoment => {
  const thread = threadOf(place, item);
  const open = [...(thread.activeRun === null ? [] : [thread.activeRun]), ...thread.queue];
  const at: EventCursor = {
    seq: thread.lastSeq,
    tick: startTick(thread.rev),
    edits: edits.parse(item).edit_count,
    runsFrom: Math.min(...open, thread.lastSeq + 1),
  };
  return { thread, at };
};

const everyItem = async (
  tables: Tables,
  place: ThreadPlace,
  range: { readonly from: string; readonly to: string },
): Promise<readonly Item[]> => {
  const all: Item[] = [];
  let { from } = range;
  while (from <= range.to) {
    const items = await readAll(tables, {
      table: 'threads',
      pk: threadPk(place),
      from,
      to: range.to,
      isAscending: true,
      limit: PAGE_ITEMS,
    });
    all.push(...items);
    if (items.length < PAGE_ITEMS) break;
    from = `${String(items.at(-1)?.['sk'])} `;
  }
  return all;
};

const stepRow = z.object({
  seq: z.number(),
  step: z.number(),
  answer: z.boolean(),
  role: z.enum(['user', 'assistant', 'system', 'tool']),
  request_id: z.string().nullish(),
  created_at: z.number(),
  at_rev: z.number().nullish(),
});

/** null: a step of an answer, which its run reports. */
const postedOf = (item: Item): PostedRow | null => {
  const row = stepRow.parse(item);
  if (row.answer || row.step !== 0) return null;
  const { seq, role, request_id: requestId, created_at: createdAtMs, at_rev: atRev } = row;
  return { seq, role, requestId: requestId ?? null, createdAtMs, atRev: atRev ?? null };
};

const runRow = z.object({
  seq: z.number(),
  first_seq: z.number(),
  request_id: z.string(),
  created_at: z.number(),
  opened_rev: z.number(),
  started_rev: z.number().optional(),
  ended_rev: z.number().optional(),
  status: z.enum(RUN_STATUSES),
  stop_reason: stopReason.nullish(),
  event_count: z.number().nullish(),
});

/** null: a run of a release that did not count revisions; it is over. */
const runRowOf = (item: Item): RunRow | null => {
  if (item['opened_rev'] === undefined) return null;
  const row = runRow.parse(item);
  return {
    seq: row.seq,
    firstSeq: row.first_seq,
    requestId: row.request_id,
    createdAtMs: row.created_at,
    openedRev: row.opened_rev,
    startedRev: row.started_rev ?? null,
    ended:
      row.ended_rev === undefined
        ? null
        : {
            rev: row.ended_rev,
            status: row.status,
            stopReason: row.stop_reason ?? null,
            eventCount: row.event_count ?? 0,
          },
  };
};
