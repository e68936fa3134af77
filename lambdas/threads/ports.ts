import type { KeyCredential } from '../inference/ports.ts';
import type { KeyState } from '../inference/domain/key.ts';
import type {
  Omission,
  ToolResultBlock,
  ToolUseBlock,
  TurnEvent,
  TurnMessage,
  TurnRequest,
  TurnTool,
} from '../inference/domain/turn.ts';
import type { Settlement, SettlementStatus } from '../inference/domain/usage.ts';
import type {
  MessageStep,
  NewTurn,
  Run,
  RunEnd,
  RunHold,
  Thread,
  TurnRecord,
} from './domain/thread.ts';
import type { ProjectSettings } from './domain/project.ts';
import type { ThreadTombstones } from './ports-tombstones.ts';
import type { LoggedEvent, RunEvent, ToolStatus } from './domain/run-event.ts';
import type { RunPlace, ThreadPlace } from './domain/thread-ids.ts';
import type { McpServer } from './domain/mcp-server.ts';
import type { RegisteredTool } from './domain/tool.ts';

/** Time, as an argument: tests own it. */
export interface Timers {
  nowMs(): number;
  /** Resolves after so many milliseconds, or at once when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Who writes a run: its epoch, and a nonce that is this producer's own. */
export interface RunWriter {
  readonly epoch: number;
  readonly nonce: string;
}

export interface Chunk {
  readonly firstIndex: number;
  readonly events: readonly RunEvent[];
}

/**
 * The log of a run's events. Guarantee: what was stored at an index stays there for every reader for ever.
 * `append` answers `fenced` when another producer has taken the index: the caller must stop.
 */
export interface ChunkLog {
  append(run: RunPlace, writer: RunWriter, chunk: Chunk): Promise<'stored' | 'fenced'>;
  /** Events after the cursor's index, as far as one page goes; strong. An empty page: nothing more yet. */
  read(run: RunPlace, afterIndex: number): Promise<readonly LoggedEvent[]>;
  /** The same of an ended run, from its packed log. */
  readPacked(run: RunPlace, afterIndex: number): Promise<readonly LoggedEvent[]>;
}

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
    /** Somebody else went on from the seq that this turn goes on from. */
    | 'passed'
    | 'missing';
  readonly run: Run | null;
}

export type AppendResult =
  | { readonly kind: 'appended' | 'replayed'; readonly seq: number }
  | { readonly kind: 'reused' | 'missing' };

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
  /** One transaction: request, messages n+1 ..., the run behind them. Lost races are read again and tried again. */
  openTurn(turn: NewTurn): Promise<OpenTurnResult>;
  /** One transaction: request, messages n+1 ...; `seq` is the first one's. At most 90. */
  append(
    place: ThreadPlace,
    record: Omit<TurnRecord, 'seq' | 'runSeq'>,
    steps: readonly Omit<MessageStep, 'seq' | 'step'>[],
  ): Promise<AppendResult>;
  run(run: RunPlace): Promise<Run | null>;
  /** Takes a claimed or waiting run for this producer: epoch + 1. null: somebody else has it, or it ended. */
  startRun(run: Run, writer: RunWriter, nowMs: number): Promise<Run | null>;
  /** Renews the lease; tells whether the run is still this writer's, and whether it shall stop. */
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
  endRun(run: Run, writer: RunWriter, end: RunEnd): Promise<'ended' | 'fenced' | 'index_taken'>;
  /** Gives the run up between steps, for another function to go on with. */
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
  /** A waiting run may go on; false: somebody else woke it, or it ended. */
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

export interface TurnInput {
  readonly credential: KeyCredential;
  /** Ids of the call in the usage; null: new ones. */
  readonly call: { readonly requestId: string; readonly holdId: string } | null;
  readonly request: TurnRequest;
  readonly feature: string | null;
  /** null: it is about no thread. */
  readonly threadId: string | null;
  readonly deadlineMs: number;
}

/** A model turn whose price is held. */
export interface HeldTurn {
  readonly hold: RunHold;
  readonly key: KeyState;
  readonly omissions: readonly Omission[];
  /** Ends with `message_stop`; throws AppError for what the provider does. May be read once. */
  stream(signal: AbortSignal): AsyncIterable<TurnEvent>;
  /** What it cost, as far as it went. */
  settlement(status: SettlementStatus): Promise<Settlement>;
}

/** What model calls of a run owe. */
export interface TurnDebts {
  /** Ends a hold; a second time does nothing. */
  settle(hold: RunHold, settlement: Settlement): Promise<void>;
  /** What a turn owes whose producer died: its input, and the words that were stored. */
  proven(
    run: Run,
    hold: RunHold,
    said: { readonly request: TurnRequest; readonly text: string },
  ): Promise<Settlement>;
  /** Tokens of the model's window; null: unknown. */
  contextTokens(model: string): number | null;
}

/** One metered model call, in neutral form. */
export interface TurnModel extends TurnDebts {
  /** Takes the price of a turn. Throws AppError (402, 429, 401, 400, 503) when it holds nothing. */
  hold(input: TurnInput): Promise<HeldTurn>;
  /** Tokens that a turn's input takes. Throws AppError for a model that is nobody's. */
  countTokens(request: TurnRequest): Promise<number>;
}

/** What a client or a person said to a call that waited. */
export type ToolAnswer =
  | { readonly kind: 'result'; readonly block: ToolResultBlock }
  /** The call may be run, or not. */
  | { readonly kind: 'decided'; readonly isApproved: boolean };

export type ToolOutcome =
  | {
      readonly kind: 'result';
      readonly block: ToolResultBlock;
      readonly status: ToolStatus;
      readonly latencyMs: number;
      readonly attempts: number;
    }
  /** A client or a person answers later. */
  | { readonly kind: 'waits'; readonly wants: 'result' | 'approval' };

/** Tools of a run: what the model is offered, and what its calls come to. */
export interface ToolBox {
  /** `own`: what the run itself said so far. Throws AppError (400) when the run asks for tools that are not there. */
  offered(run: Run, own: readonly TurnMessage[]): Promise<readonly TurnTool[]>;
  /** Never throws for what a tool does; an abort ends it as cancelled. */
  call(run: Run, use: ToolUseBlock, signal: AbortSignal): Promise<ToolOutcome>;
  /** The longest that a call takes, all its tries together; 0: it ends at once, or waits without a function. */
  timeMs(run: Run, use: ToolUseBlock): Promise<number>;
}

/** Removes what deleted threads left. Safe to repeat. */
export interface ThreadEraser {
  /** Deleted threads that have something left. */
  due(nowMs: number, limit: number): Promise<readonly ThreadPlace[]>;
  /** Steps, runs, chunks, requests, objects; the thread itself last. */
  erase(place: ThreadPlace): Promise<void>;
}

/** Starts `run-turn` in a function of its own, at least once. */
export interface TurnStarter {
  start(run: RunPlace): Promise<void>;
  /** The title of the run's thread is written there, perhaps more than once asked for. */
  startTitle(run: RunPlace): Promise<void>;
}

/** A short list of a project's own things, each with an id that follows from its name. */
export interface ProjectList<T> {
  /** `exists`: the name is taken. `full`: the project has as many as it may. */
  create(projectId: string, entry: T): Promise<'created' | 'exists' | 'full'>;
  get(projectId: string, id: string): Promise<T | null>;
  /** By id, those after `afterId`. */
  list(projectId: string, afterId: string | null, limit: number): Promise<readonly T[]>;
  /** Every one. */
  all(projectId: string): Promise<readonly T[]>;
  /** The entry as it is now; null: there is none. Two changes at once both land. */
  change(projectId: string, id: string, change: (entry: T) => T): Promise<T | null>;
  remove(projectId: string, id: string): Promise<boolean>;
}

/** Settings of projects; one that has set nothing has the defaults. */
export interface ProjectBook {
  /** May be as old as `PROJECT_TTL_MS`. */
  settings(projectId: string): Promise<ProjectSettings>;
  set(projectId: string, settings: ProjectSettings): Promise<void>;
}

/** Calls a tool by its webhook, signed. Never throws for what the tool does; an abort ends it as cancelled. */
export type CallWebhook = (
  tool: RegisteredTool,
  run: Run,
  use: ToolUseBlock,
  signal: AbortSignal,
) => Promise<ToolOutcome>;

/** Tools of MCP servers. */
export interface McpTools {
  /** Named `<server>/<tool>`; as they were at most a minute ago. None, when the server does not answer. */
  list(projectId: string, server: McpServer): Promise<readonly TurnTool[]>;
  /** Never throws for what the tool does; an abort ends it as cancelled. */
  call(server: McpServer, use: ToolUseBlock, signal: AbortSignal): Promise<ToolOutcome>;
}
