import type { TokenUsage } from '../../ledger/domain/usage.ts';
import type { ModelPrice } from '../models/prices.ts';
import type { Route } from '../models/route-model.ts';
import type { ProviderAccount } from '../ports/providers.ts';
import type { UnitCall, UnitWire } from '../wires/unit-wire.ts';
import type { CallInput, TakenHold } from './call-types.ts';

/** A call that is billed by units, as its caller sent it. */
export interface UnitInput extends CallInput {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Such a call with its bound and where it goes. */
export interface UnitPlan {
  readonly wire: UnitWire;
  readonly call: UnitCall;
  readonly route: Route;
  readonly account: ProviderAccount;
  /** null: it has none, and its key no cap. */
  readonly price: ModelPrice | null;
  readonly bound: TokenUsage;
  readonly startedAtMs: number;
}

export type HeldUnits = UnitPlan & Pick<TakenHold, 'hold' | 'key' | 'heldAtMs'>;
