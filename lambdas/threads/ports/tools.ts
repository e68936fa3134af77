import type {
  ToolResultBlock,
  ToolUseBlock,
  TurnMessage,
  TurnTool,
} from '../../inference/turn/turn.ts';
import type { Run } from '../domain/thread.ts';
import type { ToolStatus } from '../domain/run-event.ts';

/** What a call came to; times in ms, `attempts` counts every try. */
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
