import type { Answerer } from '../../inference/turn/answerer.ts';
import type { StopReason, ToolResultBlock, TurnEvent } from '../../inference/turn/turn.ts';
import type { StoredCounts } from '../../ledger/domain/usage.ts';

/** Why a run's answer ended: a model's own reason, or one of ours. */
export type RunStopReason =
  | StopReason
  | 'budget'
  | 'cancelled'
  | 'interrupted'
  | 'deadline'
  | 'loop_limit'
  | 'requires_action'
  | 'error';

/** What a run came to, and who answered its last turn. */
export interface RunOutcome extends Partial<Answerer> {
  readonly stop_reason: RunStopReason | null;
  readonly usage: StoredCounts;
  readonly cost_micros: number;
  readonly error?: { readonly code: string; readonly message: string };
}

/** `denied`: a person refused the call. */
export type ToolStatus = 'completed' | 'failed' | 'timed_out' | 'cancelled' | 'denied';

export type TerminalType =
  | 'run.completed'
  | 'run.incomplete'
  | 'run.interrupted'
  | 'run.cancelled'
  | 'run.failed';

/**
 * One event of a run's output. Events have indexes 0, 1, 2 ...; each is fixed once stored, for every reader for ever.
 * A model turn is one bracket `message_start ... message_stop`; a batch of tool results is one `tool_result` each.
 * The last event of an ended run is a terminal one.
 */
export type RunEvent =
  | TurnEvent
  | {
      readonly type: 'tool_result';
      readonly name: string;
      readonly block: ToolResultBlock;
      readonly status: ToolStatus;
      readonly latency_ms: number;
      readonly attempts: number;
    }
  /** Waits for tool results or approvals from outside; a reader's stream ends here, the run does not. */
  | {
      readonly type: 'run.requires_action';
      readonly tool_use_ids: readonly string[];
      /** Those of them that want a yes or a no, not a result. */
      readonly approval_ids?: readonly string[];
    }
  /** Another producer continues; `restart` voids the open step. */
  | { readonly type: 'run.resumed'; readonly epoch: number; readonly restart: boolean }
  | ({ readonly type: TerminalType } & RunOutcome);

/** An event with its place in the run. */
export interface LoggedEvent {
  readonly index: number;
  readonly event: RunEvent;
}

const TERMINAL: ReadonlySet<string> = new Set<TerminalType>([
  'run.completed',
  'run.incomplete',
  'run.interrupted',
  'run.cancelled',
  'run.failed',
]);

export type TerminalEvent = Extract<RunEvent, { readonly type: TerminalType }>;

export const isTerminal = (event: RunEvent): event is TerminalEvent => TERMINAL.has(event.type);

/** A reader's stream ends at a terminal event, and where the run waits for somebody. */
export const endsStream = (event: RunEvent): boolean =>
  isTerminal(event) || event.type === 'run.requires_action';
