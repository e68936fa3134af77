import type { TokenUsage } from '../../ledger/domain/usage.ts';
import type { WireName } from '../models/families.ts';
import type { UnitKind } from '../models/model-kinds.ts';
import type { Json } from '../turn/turn.ts';
import type { Unpriced } from './unpriced.ts';
import type { Endpoint, WireAccount } from './wire.ts';

/** A call that is no conversation: its request bounds what it may be billed by. */
export interface UnitCall {
  readonly model: string;
  /** What has no price or no bound: refused on a key with a cap or an allow-list. */
  readonly unpriced: readonly Unpriced[];
  /** Its fields as a content sample shows them, without the bytes of files. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The most that a call may be billed by, and what of it is in no bound. */
export interface UnitBound {
  readonly counts: TokenUsage;
  readonly unpriced: readonly Unpriced[];
}

/** What an answer is billed by: told by its provider, or known from the request; else counted here. */
export interface UnitCounts {
  readonly tokens: TokenUsage;
  readonly isEstimate: boolean;
}

/** A body as it is sent. */
export interface UnitBody {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** What follows them, where the body is large. */
  readonly rest?: readonly Uint8Array[];
}

type Fields = Readonly<Record<string, Json>>;

/** What was seen of an answer while it passed. */
export interface SeenAnswer {
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the members that its wire reads: one object of an answer in JSON, one for each event of a stream. */
  readonly told: readonly Fields[];
  readonly bytes: number;
  /** How long the sound that came is; null: none, or its form does not say. */
  readonly seconds: number | null;
  /** Its end came. */
  readonly isWhole: boolean;
}

/**
 * A provider's wire whose calls are billed by units: tokens that go in, characters, seconds, images. Bytes of an answer
 * pass untouched; a few members of it are read. Calls that hold a conversation have the port `Wire`.
 */
export interface UnitWire<C extends UnitCall = UnitCall> {
  readonly kind: UnitKind;
  /** The route here that speaks it. */
  readonly route: string;
  /** The accounts that it is sent to are those that speak this wire in conversations; null: those of its provider. */
  readonly beside: WireName | null;
  /** Whose wire it is, where no other provider speaks it; absent: a model's name says whose it is. */
  readonly provider?: string;
  /** Throws AppError `invalid_json` / `invalid_request` naming the field. `type` is the content type. */
  read(body: Uint8Array, type: string): C;
  /** `model` as its provider knows it. */
  bound(call: C, model: string): UnitBound;
  /** `model` as its provider knows it. */
  endpoint(
    account: WireAccount,
    headers: Readonly<Record<string, string>>,
    model: string,
  ): Endpoint;
  /** The call with the provider's name of its model. */
  body(call: C, model: string): UnitBody;
  /** Of an answer's headers those that its client reads, beside its type. */
  shownHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>>;
  /** Members of an answer, or of its events, that are read. */
  readonly members: readonly string[];
  /** Is this the event after which none is billed? */
  isLast(call: C, told: readonly Fields[]): boolean;
  /** Whole answers of this call are JSON objects, and nothing else is an answer. */
  isJson(call: C): boolean;
  /** The form of the sound that answers are; null: they are none. */
  sound(call: C): string | null;
  /** What it is billed by; null: nothing of it says. */
  counts(call: C, seen: SeenAnswer, model: string): UnitCounts | null;
}
