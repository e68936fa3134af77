import type {
  MessageStep,
  NewRecord,
  NewTurn,
  Run,
  RunEnd,
  Thread,
  TurnRecord,
} from '../domain/thread.ts';
import type { ThreadTombstones } from './tombstones.ts';
import type { RunPlace, ThreadPlace } from '../domain/thread-ids.ts';
import type { RunWriter } from './chunks.ts';
import type { ToolAnswer } from '../domain/tool-answer.ts';

/** What became of a turn; `run` is the one that was made or found, null when there is none. */
export interface OpenTurnResult {
  readonly kind:
    | 'opened'
    | 'queued'
    | 'replayed'
    | 'reused'
    | 'busy'
    | 'queue_full'
    /** The thread has grown since the context was chosen: choose again. */
    | 'moved'
    /** Somebody else continued from the seq that this turn continues from. */
    | 'passed'
    | 'missing';
  readonly run: Run | null;
}

/** `replayed`: the request id was here before with the same body; `reused`: with another one. */
export type AppendResult =
  | { readonly kind: 'appended' | 'replayed'; readonly seq: number }
  | { readonly kind: 'reused' | 'missing' };

/** `cancel_asked`: it would have waited, and somebody asked it to stop: nothing was written. */
export type EndRunResult = 'ended' | 'fenced' | 'index_taken' | 'cancel_asked';

/** A page of messages between two seqs, neither included; `limit` counts messages, not steps. */
export interface HistoryQuery {
  readonly beforeSeq: number | null;
  readonly afterSeq: number | null;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
}

/** Threads, their messages and their runs. Guarantees are those of threads.md; each method is one write. */
export interface ThreadStore extends ThreadTombstones {
  /** false: the id or the request id is taken. */
  create(thread: Thread): Promise<boolean>;
  /** Strong. null: not there, or deleted. */
  get(place: ThreadPlace): Promise<Thread | null>;
  /** The end user of a thread, for an admin who knows only its id; null: not there. */
  whose(projectId: string, threadId: string): Promise<ThreadPlace | null>;
  list(query: {
    readonly projectId: string;
    readonly endUserId: string | null;
    readonly limit: number;
    readonly cursor: string | null;
  }): Promise<{ readonly threads: readonly Thread[]; readonly nextCursor: string | null }>;
  patch(
    place: ThreadPlace,
    patch: {
      readonly title?: string | null;
      readonly metadata?: Readonly<Record<string, string | null>>;
      readonly entriesMax?: number;
    },
  ): Promise<Thread | null>;
  /** Marks it deleted at once; the sweep removes the rest. */
  remove(place: ThreadPlace, nowMs: number): Promise<boolean>;
  /** Seqs of the run at work (null: none) and of the one before it (0: none); null: no such thread. */
  latestRuns(
    place: ThreadPlace,
  ): Promise<{ readonly activeRun: number | null; readonly lastRun: number } | null>;
  /** Seq of the run at work, of a deleted thread too; null: none. */
  activeRunOf(place: ThreadPlace): Promise<number | null>;
  /** The turn that a request id made, if it made one. */
  turnOf(place: ThreadPlace, requestId: string): Promise<TurnRecord | null>;
  /** One transaction: request, messages n+1 ..., the run after them. Lost races are read again and tried again. */
  openTurn(turn: NewTurn): Promise<OpenTurnResult>;
  /** One transaction: request, messages n+1 ...; `seq` is the first one's. At most 90. */
  append(
    place: ThreadPlace,
    record: NewRecord,
    steps: readonly Omit<MessageStep, 'seq' | 'step'>[],
  ): Promise<AppendResult>;
  run(run: RunPlace): Promise<Run | null>;
  /** Takes a claimed or waiting run for this producer: epoch + 1. null: somebody else has it, or it ended. */
  startRun(run: Run, writer: RunWriter, nowMs: number): Promise<Run | null>;
  /** Renews the lease; answers whether the run is still this writer's, and whether it shall stop. */
  renewLease(
    run: RunPlace,
    writer: RunWriter,
    nowMs: number,
  ): Promise<{ readonly isMine: boolean; readonly isCancelled: boolean }>;
  /** A finished step of the answer, and the money of the next one; only while the run is this writer's. */
  recordStep(
    run: RunPlace,
    writer: RunWriter,
    record: {
      readonly step: MessageStep | null;
      readonly money: Pick<Run, 'hold' | 'unsettled' | 'usage' | 'costNanoUsd'>;
    },
  ): Promise<boolean>;
  /** ONE transaction: terminal chunk, last steps, run, and the thread's next run. */
  endRun(run: Run, writer: RunWriter, end: RunEnd): Promise<EndRunResult>;
  /** Gives the run up between steps, for another function to continue. */
  handOver(
    run: RunPlace,
    writer: RunWriter,
    nowMs: number,
    /** false: the run is counted as begun again after a failure. */
    isPlanned: boolean,
  ): Promise<boolean>;
  /** Marks what a run owed as settled, and stops sweeping it. */
  settled(run: RunPlace): Promise<void>;
  /** Asks a running or waiting run to stop; null: there is none. */
  cancelRun(run: RunPlace, nowMs: number): Promise<Run | null>;
  /** An answer from outside; the first one of a call counts. */
  putToolAnswer(
    run: RunPlace,
    toolUseId: string,
    answer: ToolAnswer,
    nowMs: number,
  ): Promise<'stored' | 'exists' | 'not_waiting'>;
  toolAnswer(run: RunPlace, toolUseId: string): Promise<ToolAnswer | null>;
  /** A waiting run may continue; false: somebody else woke it, or it ended. */
  wakeRun(run: Run, nowMs: number): Promise<boolean>;
  /** Runs whose `sweep_at` is due. */
  runsToSweep(nowMs: number, limit: number): Promise<readonly RunPlace[]>;
  /** Looks at the run again later. */
  sweepLater(run: RunPlace, nextMs: number): Promise<void>;
  /** Steps in (seq, step) order of the query; a page ends between messages. */
  history(
    place: ThreadPlace,
    query: HistoryQuery,
  ): Promise<{ readonly steps: readonly MessageStep[]; readonly hasMore: boolean }>;
}
