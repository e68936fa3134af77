import type { Settlement, TokenUsage } from '../../ledger/domain/usage.ts';
import type { RunStopReason, TerminalType } from '../domain/run-event.ts';
import type { MessageStep, Run, RunHold, RunStatus } from '../domain/thread.ts';
import type { Audience } from '../ports/audience.ts';
import type { ChunkLog, RunWriter } from '../ports/chunks.ts';
import type { ThreadStore } from '../ports/store.ts';
import type { ToolBox } from '../ports/tools.ts';
import type { TurnDebts, TurnModel } from '../ports/model.ts';
import type { TurnStarter } from '../ports/starter.ts';
import type { Guard } from './guard-run.ts';
import type { RunLog } from './run-log.ts';
import type { Metrics, Timers } from '../../shared/deps.ts';

/** What reads runs and looks after them: ends, settles and starts them, and asks no model. */
export interface RunCareDeps {
  readonly store: ThreadStore;
  readonly chunks: ChunkLog;
  readonly model: TurnDebts;
  readonly starter: TurnStarter;
  readonly timers: Timers;
  readonly metrics: Metrics;
  readonly audience: Audience;
  readonly report: (message: string, error: unknown) => void;
}

/** What produces them as well. */
export interface RunTurnDeps extends RunCareDeps {
  readonly model: TurnModel;
  readonly tools: ToolBox;
  /** How long one call of a model may take. */
  readonly callMsMax: number;
}

/** What a producer knows of its run. */
export interface Work {
  readonly run: Run;
  readonly writer: RunWriter;
  readonly log: RunLog;
  readonly guard: Guard;
  usage: TokenUsage;
  costNanoUsd: number;
  /** The money of the turn at hand. */
  hold: RunHold | null;
  /** Its settlement, while the ledger may not have it yet. */
  unsettled: Settlement | null;
  settlements: Map<number, Settlement>;
  readonly omissions: Map<number, MessageStep['omissions']>;
  readonly known: ReadonlyMap<number, MessageStep>;
  /** Called when the run ended or waits, before anything else follows. */
  readonly onEnd: () => void;
}

/** How a run is over, before it is written. */
export interface Ending {
  readonly status: Exclude<RunStatus, 'queued' | 'active'>;
  readonly terminal: TerminalType | null;
  readonly stopReason: RunStopReason | null;
  readonly error?: { readonly code: string; readonly message: string };
}

export const CANCELLED: Ending = {
  status: 'cancelled',
  terminal: 'run.cancelled',
  stopReason: 'cancelled',
};
/** What the run's row says of its money. */
export const moneyOf = (work: Work): Pick<Run, 'hold' | 'unsettled' | 'usage' | 'costNanoUsd'> => ({
  hold: work.hold,
  unsettled: work.unsettled,
  usage: work.usage,
  costNanoUsd: work.costNanoUsd,
});
