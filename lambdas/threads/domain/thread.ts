import type { Block, Json, Omission, TurnControls, TurnTool } from '../../inference/turn/turn.ts';
import type { Settlement, TokenUsage } from '../../ledger/domain/usage.ts';
import type { CallHold } from './call-hold.ts';
import type { RunEvent, RunStopReason, TerminalType, ToolStatus } from './run-event.ts';
import type { RunPlace, ThreadPlace } from './thread-ids.ts';

/** Times are epoch ms, money is nano-USD. */
export interface Thread extends ThreadPlace {
  readonly title: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly lastSeq: number;
  /** Seq of the run that is at work; null: idle. */
  readonly activeRun: number | null;
  /** Seqs of waiting runs, the next one first. */
  readonly queue: readonly number[];
  readonly superseded: readonly SupersededRange[];
  readonly createdAtMs: number;
  readonly lastActiveAtMs: number;
  readonly deletedAtMs: number | null;
  /** The thread whose history up to a message this one began with. */
  readonly forkedFrom?: ForkOrigin;
  /** A model writes the title when the first answer is complete. */
  readonly wantsTitle?: boolean;
  /** Kept until then alone, and in no list. Absent: for good. */
  readonly expiresAtMs?: number;
}

export interface ForkOrigin {
  readonly threadId: string;
  readonly seq: number;
}

/** Messages that an edit or a regeneration stands in place of: nothing is overwritten. */
export interface SupersededRange {
  readonly fromSeq: number;
  readonly toSeq: number;
  readonly bySeq: number;
}

/** How far a message is. */
export const MESSAGE_STATUSES = [
  'queued',
  'streaming',
  'requires_action',
  'complete',
  'incomplete',
  'cancelled',
  'failed',
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** One row of history: a message of a person, or one step of an answer. */
export interface MessageStep {
  readonly seq: number;
  /** 0 for what a person wrote; an answer's model turns and tool batches count from 0 too. */
  readonly step: number;
  /** true: a run made it; false: it was posted or imported. */
  readonly isAnswer: boolean;
  readonly role: 'user' | 'assistant' | 'system' | 'tool';
  readonly content: readonly Block[];
  readonly status: MessageStatus;
  readonly stopReason: RunStopReason | null;
  readonly model: string | null;
  readonly provider: string | null;
  readonly usage: TokenUsage | null;
  readonly costNanoUsd: number;
  readonly requestId: string | null;
  readonly createdAtMs: number;
  readonly completedAtMs: number | null;
  /** What a provider forbids and was not sent to it, for the audit. */
  readonly omissions: readonly Omission[];
  readonly tools: readonly ToolTrace[];
  /** Blocks of `content` that somebody deleted: kept, and shown to no model and no reader. */
  readonly removed: readonly number[];
  /** How a step that was asked by a route came to its model. */
  readonly route?: string;
}

/** How one tool call went. */
export interface ToolTrace {
  readonly toolUseId: string;
  readonly name: string;
  readonly status: ToolStatus;
  readonly latencyMs: number;
  readonly attempts: number;
}

export const RUN_STATUSES = [
  'queued',
  'active',
  'requires_action',
  'complete',
  'incomplete',
  'cancelled',
  'failed',
] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** What a turn asks of the model, fixed when it is posted. */
export interface RunSettings {
  readonly model: string;
  readonly system: string | null;
  readonly maxTokens: number | null;
  readonly temperature: number | null;
  readonly toolsMode: 'none' | 'tenant' | 'explicit' | 'client' | 'dynamic';
  /** Tool ids when `explicit`. */
  readonly toolIds: readonly string[];
  /** Definitions that came with the request, when `client`. */
  readonly clientTools: readonly TurnTool[];
  readonly loopMax: number;
  /** A call of a client's tool: the run waits for its result, or ends with the call. */
  readonly clientCalls: 'wait' | 'end';
  readonly controls: TurnControls;
  readonly onInterrupt: 'end' | 'retry';
  readonly feature: string | null;
  /** A thread without a title gets one after this answer. */
  readonly wantsTitle?: boolean | undefined;
  /** Versions of the dialects when the run began, by name: its streams are written in these for ever. */
  readonly dialects: Readonly<Record<string, number>>;
  /** While it is queued, a run before it that waits for somebody is ended. */
  readonly endsWait?: boolean | undefined;
  /** No provider answers, but one that is made up here. */
  readonly isSimulated?: boolean | undefined;
  /** What the dialect says back of the request. */
  readonly echo: Readonly<Record<string, Json>>;
}

/** Money taken for the model turn at hand, so that whoever finds the run can settle it. */
export interface RunHold extends CallHold {
  /** The name of the wire that the call speaks. Earlier versions wrote `dialect`, and at first nothing. */
  readonly wire?: string | undefined;
  readonly dialect?: string | undefined;
}

/** One turn at work or over: who makes it, what it asks, what it owes. Epoch ms and nano-USD. */
export interface Run extends RunPlace {
  readonly status: RunStatus;
  readonly epoch: number;
  /** Nonce of the producer at work; null: claimed, nobody has started it. */
  readonly writer: string | null;
  readonly leaseUntilMs: number;
  /** Seq of the run that was at work before this one, 0: none; null: this one never was at work. */
  readonly previousRun: number | null;
  /** How often a producer was asked to start it. */
  readonly starts: number;
  readonly keyId: string;
  readonly requestId: string;
  readonly settings: RunSettings;
  readonly hold: RunHold | null;
  /** A settlement that the ledger may not have yet. */
  readonly unsettled: Settlement | null;
  readonly usage: TokenUsage;
  readonly costNanoUsd: number;
  readonly stopReason: RunStopReason | null;
  readonly cancelAskedAtMs: number | null;
  readonly createdAtMs: number;
  readonly endedAtMs: number | null;
  /** Events of an ended run, packed; null while it runs. */
  readonly eventCount: number | null;
  /** Deleted as a response; what was said stays for those who continued from it. */
  readonly hiddenAtMs: number | null;
}

/** What a request id did. */
export interface TurnRecord {
  readonly requestId: string;
  /** SHA-256 of the canonical body. */
  readonly bodyHash: string;
  /** The first message. */
  readonly seq: number;
  /** null: appended without a run. */
  readonly runSeq: number | null;
  readonly expiresAtMs: number;
}

/** A record before its place; rows of earlier versions may know the body by `formerHash`. */
export interface NewRecord extends Omit<TurnRecord, 'seq' | 'runSeq'> {
  readonly formerHash?: string | undefined;
}

/** What a request says, before it has a place. */
export interface NewMessage {
  readonly role: 'user' | 'assistant' | 'system';
  readonly content: readonly Block[];
  /** Of an answer that another system gave. */
  readonly model?: string | null;
  /** The client's own id of it; absent: the request's. */
  readonly name?: string;
}

/** What `openTurn` writes at once: the request, its messages and the run that answers them. */
export interface NewTurn {
  readonly place: ThreadPlace;
  readonly record: NewRecord;
  /** Each takes a seq. None: the run answers what is there (regenerate). */
  readonly messages: readonly Omit<MessageStep, 'seq' | 'step'>[];
  /** The new messages stand in place of this one and all that follow it; null: of none. */
  readonly supersedesFrom: number | null;
  readonly run: Omit<Run, keyof RunPlace | 'status' | 'previousRun'>;
  /** The thread's last seq that the run's context was chosen at; null: it is chosen later. */
  readonly seenLastSeq: number | null;
  /** The turn continues from this seq: nobody may have said anything after it. null: wherever the thread is. */
  readonly afterSeq: number | null;
  readonly concurrency: 'queue' | 'reject' | 'interrupt';
}

/** How a run ends, or pauses: its last events, its unwritten steps, its figures. */
export interface RunEnd {
  readonly status: Exclude<RunStatus, 'queued' | 'active'>;
  readonly terminal: TerminalType | null;
  readonly firstIndex: number;
  /** The last events; the terminal one closes them. */
  readonly events: readonly RunEvent[];
  /** Every event of the run, for the packed log. */
  readonly log: readonly RunEvent[];
  readonly steps: readonly MessageStep[];
  readonly stopReason: RunStopReason | null;
  readonly hold: RunHold | null;
  readonly unsettled: Settlement | null;
  readonly usage: TokenUsage;
  readonly costNanoUsd: number;
  readonly nowMs: number;
}
