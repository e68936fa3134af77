import { describe, expect, test } from 'vitest';
import {
  formatEventCursor,
  isBehind,
  parseEventCursor,
} from '../../../lambdas/threads/domain/event-cursor.ts';
import { eventsBetween, type RunRow } from '../../../lambdas/threads/domain/thread-event.ts';
import { thread } from '../../support/thread-rows.ts';

const posted = (seq: number, atRev: number | null = null) => ({
  seq,
  role: 'user' as const,
  requestId: 'r',
  createdAtMs: 1,
  atRev,
});
const run = (seq: number, openedRev: number, endedRev: number | null, startedRev = openedRev) =>
  ({
    seq,
    firstSeq: seq - 1,
    requestId: 'r',
    createdAtMs: 1,
    openedRev,
    startedRev,
    ended:
      endedRev === null
        ? null
        : { rev: endedRev, status: 'complete', stopReason: 'end_turn', eventCount: 9 },
  }) as const satisfies RunRow;

/** Two turns, the second waits for the first, then a message without a run, then a new title. */
const ROWS = {
  posted: [posted(1), posted(3), posted(5, 3)],
  runs: [run(2, 1, 3), run(4, 2, 4, 3)],
};
const START = { seq: 0, tick: 1, edits: 0, runsFrom: 1 };
const END = {
  thread: { ...thread(0), lastSeq: 5, superseded: [{ fromSeq: 1, toSeq: 2, bySeq: 3 }] },
  at: { seq: 5, tick: 9, edits: 1, runsFrom: 6 },
};
const names = (told: ReturnType<typeof eventsBetween>): readonly string[] =>
  told.map(({ event }) => ('seq' in event ? `${event.type} ${event.seq}` : event.type));

describe('the events of a thread', () => {
  test('tell each message, start and end once, in the order of their writes', () => {
    const told = eventsBetween(START, END, ROWS);
    expect(names(told)).toEqual([
      'message.created 1',
      'message.created 2',
      'run.started 2',
      'message.created 3',
      'message.created 4',
      'run.ended 2',
      'run.started 4',
      'message.created 5',
      'run.ended 4',
      'thread.updated',
    ]);
    expect(told[0]?.event).toMatchObject({ isAnswer: false, status: 'complete' });
    expect(told[1]?.event).toMatchObject({ isAnswer: true, status: 'streaming' });
    expect(told[3]?.event).toMatchObject({ supersedesFrom: 1 });
    expect(told[4]?.event).toMatchObject({ isAnswer: true, status: 'queued' });
    expect(told[5]?.event).toMatchObject({ cursor: { seq: 2, index: 8 } });
  });

  test('go on after any cursor that was told, without a gap and without a repetition', () => {
    const told = eventsBetween(START, END, ROWS);
    for (const [index, { cursor }] of told.entries()) {
      const back = parseEventCursor(formatEventCursor(cursor));
      expect(isBehind(back, END.at)).toBe(true);
      expect(names(eventsBetween(back, END, ROWS))).toEqual(names(told).slice(index + 1));
    }
  });

  test('of rows that are newer than the moment tell only what had happened by then', () => {
    const at = { seq: 2, tick: 3, edits: 0, runsFrom: 2 };
    expect(names(eventsBetween(START, { ...END, at }, ROWS))).toEqual([
      'message.created 1',
      'message.created 2',
      'run.started 2',
    ]);
    expect(names(eventsBetween(at, END, ROWS))).toEqual(
      names(eventsBetween(START, END, ROWS)).slice(3),
    );
  });

  test('refuse what is no cursor of theirs', () => {
    for (const text of ['1-2-3', 'a-1-1-1', '1-1-1-1-1', '-1-1-1-1', '0000000001.00000001'])
      expect(() => parseEventCursor(text)).toThrow(/not a cursor/);
    expect(isBehind({ ...END.at, seq: 6 }, END.at)).toBe(false);
  });
});
