import { endTick, startTick, type EventCursor } from './event-cursor.ts';
import type { LogCursor } from './log-cursor.ts';
import type { RunStopReason } from './run-event.ts';
import type { MessageStep, RunStatus, Thread } from './thread.ts';

/** What happens to a thread, as every tab of it learns it: not what a run says, which is in the run's own log. */
export type ThreadEvent =
  | {
      readonly type: 'message.created';
      readonly seq: number;
      readonly role: MessageStep['role'];
      /** true: the answer of a run, with nothing in it yet. */
      readonly isAnswer: boolean;
      readonly status: 'complete' | 'queued' | 'streaming';
      readonly requestId: string | null;
      /** The first of the messages that it stands in place of; null: of none. */
      readonly supersedesFrom: number | null;
      readonly createdAtMs: number;
    }
  | { readonly type: 'run.started'; readonly seq: number }
  | {
      readonly type: 'run.ended';
      readonly seq: number;
      readonly status: RunStatus;
      readonly stopReason: RunStopReason | null;
      /** Of the run's last event. */
      readonly cursor: LogCursor;
    }
  | {
      readonly type: 'thread.updated';
      readonly thread: Thread;
      /** true: more happened than is reported here; the history has it. */
      readonly isMissed: boolean;
    };

/** An event, and what has been reported with it. */
export interface CursoredEvent {
  readonly event: ThreadEvent;
  readonly cursor: EventCursor;
}

/** A message that was posted or imported, as its row has it. */
export interface PostedRow {
  readonly seq: number;
  readonly role: MessageStep['role'];
  readonly requestId: string | null;
  readonly createdAtMs: number;
  /** The revision of the thread's runs that its writer saw; null: it came with a run, or by a copy. */
  readonly atRev: number | null;
}

/** A run, and the revisions of its thread that its writes made. */
export interface RunRow {
  readonly seq: number;
  /** Of the first message of its turn. */
  readonly firstSeq: number;
  readonly requestId: string;
  readonly createdAtMs: number;
  readonly openedRev: number;
  readonly startedRev: number | null;
  readonly ended: {
    readonly rev: number;
    readonly status: RunStatus;
    readonly stopReason: RunStopReason | null;
    readonly eventCount: number;
  } | null;
}

/** A thread as it was at a moment, and where its events were. */
export interface ThreadMoment {
  readonly thread: Thread;
  readonly at: EventCursor;
}

/** Rows that a span of events speaks of. */
export interface ThreadRows {
  readonly posted: readonly PostedRow[];
  readonly runs: readonly RunRow[];
}

/**
 * Everything that is new between a cursor and a moment, each event once: messages by seq, what runs do in the order of
 * its writes, a run's start right after its turn. The rows may be of a later moment: what came after it is left out.
 */
export const eventsBetween = (
  from: EventCursor,
  to: ThreadMoment,
  rows: ThreadRows,
): readonly CursoredEvent[] => {
  const told: CursoredEvent[] = [];
  let now = from;
  const tell = (event: ThreadEvent, step: Partial<EventCursor>): void => {
    now = { ...now, ...step };
    told.push({ event, cursor: now });
  };
  const waiting = runEvents(rows.runs).filter(({ tick }) => tick > from.tick && tick <= to.at.tick);
  let place = 0;
  const tellRuns = (untilTick: number): void => {
    for (let next = waiting[place]; next !== undefined && next.tick <= untilTick;) {
      tell(next.event, { tick: next.tick });
      next = waiting[++place];
    }
  };
  for (const { seq, turn, atRev, event } of created(from.seq, to, rows)) {
    if (atRev !== null) tellRuns(startTick(atRev));
    if (turn?.firstSeq === seq) tellRuns(endTick(turn.openedRev) - 1);
    tell(event, { seq });
    if (turn?.seq === seq) tellRuns(startTick(turn.openedRev));
  }
  tellRuns(to.at.tick);
  if (to.at.edits > from.edits)
    tell({ type: 'thread.updated', thread: to.thread, isMissed: false }, { edits: to.at.edits });
  const last = told.pop();
  // With the last one everything is reported: runs that are over are not asked about again.
  return last === undefined ? [] : [...told, { event: last.event, cursor: to.at }];
};

const runEvents = (runs: readonly RunRow[]): readonly { tick: number; event: ThreadEvent }[] =>
  runs
    .flatMap((run) => [
      ...(run.startedRev === null
        ? []
        : [
            {
              tick: startTick(run.startedRev),
              event: { type: 'run.started', seq: run.seq } as const,
            },
          ]),
      ...(run.ended === null ? [] : [{ tick: endTick(run.ended.rev), event: endedOf(run) }]),
    ])
    .toSorted((left, right) => left.tick - right.tick);

const endedOf = ({ seq, ended }: RunRow): ThreadEvent => ({
  type: 'run.ended',
  seq,
  status: ended?.status ?? 'failed',
  stopReason: ended?.stopReason ?? null,
  cursor: { seq, index: (ended?.eventCount ?? 0) - 1 },
});

interface Created {
  readonly seq: number;
  /** The run whose turn it belongs to; null: it was posted without one. */
  readonly turn: RunRow | null;
  readonly atRev: number | null;
  readonly event: ThreadEvent;
}

/** Messages after a seq, those of people and those of runs. */
const created = (
  afterSeq: number,
  { thread, at }: ThreadMoment,
  { posted, runs }: ThreadRows,
): readonly Created[] => {
  const supersedes = (seq: number): number | null =>
    thread.superseded.find(({ bySeq }) => bySeq === seq)?.fromSeq ?? null;
  const turnOf = (seq: number): RunRow | null =>
    runs.find((run) => seq >= run.firstSeq && seq <= run.seq) ?? null;
  const all: Created[] = [
    ...posted.map(({ seq, role, requestId, createdAtMs, atRev }) => ({
      seq,
      turn: turnOf(seq),
      atRev,
      event: {
        type: 'message.created' as const,
        seq,
        role,
        isAnswer: false,
        status: 'complete' as const,
        requestId,
        supersedesFrom: supersedes(seq),
        createdAtMs,
      },
    })),
    ...runs.map((run) => ({
      seq: run.seq,
      turn: run,
      atRev: null,
      event: {
        type: 'message.created' as const,
        seq: run.seq,
        role: 'assistant' as const,
        isAnswer: true,
        status: run.startedRev === run.openedRev ? ('streaming' as const) : ('queued' as const),
        requestId: run.requestId,
        supersedesFrom: supersedes(run.seq),
        createdAtMs: run.createdAtMs,
      },
    })),
  ];
  return all
    .filter(({ seq }) => seq > afterSeq && seq <= at.seq)
    .toSorted((left, right) => left.seq - right.seq);
};
