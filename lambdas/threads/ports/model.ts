import type { KeyState } from '../../ledger/domain/key.ts';
import type { Omission, TurnEvent, TurnRequest } from '../../inference/turn/turn.ts';
import type { Settlement, SettlementStatus } from '../../ledger/domain/usage.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { Run, RunHold } from '../domain/thread.ts';
import type { KeyCredential } from '../../shared/credential.ts';

/** One model turn to be paid by this key; `deadlineMs`: epoch ms, by when it must be over. */
export interface TurnInput {
  readonly credential: KeyCredential;
  /** Ids of the call in the usage; null: new ones. */
  readonly call: { readonly requestId: string; readonly holdId: string } | null;
  readonly request: TurnRequest;
  readonly feature: string | null;
  /** null: it is about no thread. */
  readonly threadId: string | null;
  /** The run that says so before the provider is asked: a hold that it does not know is not charged. */
  readonly run?: RunPlace;
  readonly deadlineMs: number;
  /** Its price alone is asked for: its hold is taken back, and nothing is read for it. */
  readonly isOnlyPriced?: true;
}

/** The hold that takes the place of the last one, and what that one is settled at already; null: it never was. */
export type HoldMoved = (hold: RunHold, settled: Settlement | null) => Promise<void>;

/** A model turn whose price is held. */
export interface HeldTurn {
  /** The first one; another one after each move. */
  readonly hold: RunHold;
  readonly key: KeyState;
  readonly omissions: readonly Omission[];
  /** Others were asked for its files: it counts in its key's minute, whatever comes of it. */
  readonly hasRead?: boolean;
  /**
   * Ends with `message_stop`; throws AppError for what the provider does. May be read once. `moved` is called when another
   * model is asked next, after its price is held and before it is asked; nothing was said until then.
   */
  stream(signal: AbortSignal, moved: HoldMoved): AsyncIterable<TurnEvent>;
  /** What it cost, as far as it went. */
  settlement(status: SettlementStatus): Promise<Settlement>;
}

/** What model calls of a run owe. */
export interface TurnDebts {
  /** Ends a hold; a second time does nothing. */
  settle(hold: RunHold, settlement: Settlement): Promise<void>;
  /** Takes a hold back that no model was asked for: it counts for nothing, and no call is reported. */
  withdraw(hold: RunHold): Promise<void>;
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
  /** Is this model's provider one that is made up here? */
  isSimulated(model: string): Promise<boolean>;
  /**
   * Tokens that a turn's input takes, and headers that say by which model. Throws AppError for a model that is nobody's.
   */
  countTokens(
    request: TurnRequest,
    asker: { readonly key: KeyState; readonly deadlineMs: number },
  ): Promise<{ readonly tokens: number; readonly headers: Readonly<Record<string, string>> }>;
}
