import type { ErrorCode } from '../../shared/app-error.ts';
import type { Bill } from '../models/bill.ts';
import type { WireName } from '../models/families.ts';
import type { Unpriced } from './unpriced.ts';
import type {
  ControlRefusal,
  EmulatedName,
  Omission,
  TurnEvent,
  TurnRequest,
} from '../turn/turn.ts';
import type { FileLimits } from '../turn/file-limits.ts';
import { TOLD_NOTHING, type Told } from './told.ts';

/** What a call puts in, by unit: its price before anything came follows from these. */
export interface Measures {
  /** Length of its JSON, without the bytes and addresses of media. */
  readonly bytes: number;
  /** Values of its JSON, whatever their kind. */
  readonly values: number;
  readonly messages: number;
  readonly tools: number;
  /** Those of the tools that the provider knows by their type and the client runs: each has a prompt of its own. */
  readonly ownTools: number;
  readonly images: number;
  readonly documents: number;
  /** Prompts that the provider adds for what is asked beside tools: answers in a schema, citations. */
  readonly prompts: number;
  /** Bytes and values that the provider puts in once more: tools by reference, cited text in numbered pieces. */
  readonly repeated: number;
}

/** What the gateway must know of a request to price it; everything else passes through untouched. */
export interface ParsedCall {
  readonly model: string;
  readonly isStream: boolean;
  /** The caller's own limit of output tokens for each choice; null: none given. */
  readonly maxTokens: number | null;
  /** Two names of it are in the body: a provider reads one, and which is not known here. */
  readonly hasTwoLimits: boolean;
  readonly choices: number;
  /** The service tier that the caller names; null: none, so that the account's settings choose. */
  readonly tier: string | null;
  /** Did the caller ask for the usage chunk of a stream? */
  readonly wantsUsage: boolean;
  readonly measures: Measures;
  readonly cacheWrites: 'none' | '5m' | '1h';
  /** What of its body becomes input tokens as text: larger than its measures, so it is made when it is counted. */
  readonly textsOf: (body: ParsedCall['body']) => readonly string[];
  /** What has no price or no bound: refused on a key with a cap or an allow-list. */
  readonly unpriced: readonly Unpriced[];
  readonly feature: string | null;
  /** Does it ask for thoughts, or for none, in words of the wire's own? Absent: it says nothing, or in a family's field. */
  readonly thinks?: boolean;
  /** Tokens that thoughts may take of a limit that nobody named, beside the usual one. Absent: none. */
  readonly thinkingTokens?: number;
  /** What is heard has a price of its own, where a model has one. */
  readonly readsAudio?: true;
  /** What is heard, where it is unpriced for a model that has no price of its own for it. */
  readonly sound?: Unpriced;
  /** What its path asks for, where that is not told by the rest. */
  readonly action?: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** The same to be written, where a number was said as JavaScript would not write it. */
  readonly exact?: Readonly<Record<string, unknown>>;
}

/** What the path of a call says, on wires whose bodies do not. */
export interface PathWords {
  readonly model: string;
  readonly isStream: boolean;
  readonly action?: string;
}

/** Where a call is sent on the provider's side. */
export interface Endpoint {
  /** Below the account's base URL. */
  readonly path: string;
  /** The account's key, what the wire itself wants, and the caller's vendor headers that pass. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** The AWS service whose name a signature of the function's own role has; absent: nothing is signed. */
  readonly signedAs?: string;
}

/** What a wire reads of a provider's account. */
export interface WireAccount {
  readonly apiKey: string | null;
}

export interface EndpointQuery {
  /** As the provider knows it. */
  readonly model: string;
  readonly isStream: boolean;
  readonly action?: string | undefined;
  /** The caller's. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A piece of an answer that can be passed on alone: its exact bytes, and what they say. */
export interface Frame<F> {
  readonly bytes: Uint8Array;
  /** null: nothing that is read, as a comment. */
  readonly value: F | null;
  /** What was left at the end, without the blank line that ends an event: nothing may be written after it. */
  readonly isRest?: true;
}

/** What is known of an answer so far. */
export interface MeterState {
  readonly told: Told;
  /** What the model put out. */
  readonly text: string;
  readonly sawToken: boolean;
  /** Why the model stopped came, of all choices that began: the answer is whole, whether its last frame comes or not. */
  readonly finished: boolean;
  /** Choices that began, and those that said why they stopped, a bit each. */
  readonly begun: number;
  readonly done: number;
  readonly ended: boolean;
  /** The provider ended its answer with an error of its own. */
  readonly failed: boolean;
}

/** Choices that have a bit of their own; those beyond share the last. */
export const CHOICE_BITS = 31;

/** How many choices a mask has. */
export const bitsOf = (mask: number): number => {
  let bits = 0;
  for (let left = mask; left !== 0; left &= left - 1) bits++;
  return bits;
};

export const METER_START: MeterState = {
  told: TOLD_NOTHING,
  text: '',
  sawToken: false,
  finished: false,
  begun: 0,
  done: 0,
  ended: false,
  failed: false,
};

/** An error as a client of the wire reads it in mid-stream. */
export interface WireError {
  readonly code: ErrorCode;
  readonly type: string;
  readonly message: string;
  readonly requestId: string;
}

/**
 * Somebody's bytes to what a metered call needs, and back. Pure but for what `frames` reads. `F` is the wire's own frame
 * and `S` the state of its own decoder: whoever drives a wire only hands back what the same wire gave.
 */
export interface Wire<F = unknown, S = unknown> {
  readonly name: WireName;
  readonly kind: 'chat' | 'embedding' | 'speech' | 'transcription' | 'image';
  /** The route here that speaks it. */
  readonly route: string;
  endpoint(account: WireAccount, query: EndpointQuery): Endpoint;
  /** Throws AppError `invalid_json` / `invalid_request` naming the field. `type` is the content type. */
  read(body: Uint8Array, type: string, path?: PathWords): ParsedCall;
  /** Of the caller's headers what is passed on and has no price or no bound with this call. */
  unpricedHeaders(headers: EndpointQuery['headers'], call: ParsedCall): readonly Unpriced[];
  /** The caller's body with the provider's model name, and the token limit where it was missing. */
  rewrite(call: ParsedCall, model: string, injectedMaxTokens: number | null): Uint8Array;
  /**
   * Does an answer of this content type come in frames, or is it one body? null: only its first bytes say, and they are
   * not known yet.
   */
  isStream(call: ParsedCall, type: string, first: Uint8Array | null): boolean | null;
  /**
   * The frames of an answer, those together that came together; their bytes are all bytes of the answer. One body is one
   * frame, for a provider that was asked for a stream may answer with it.
   */
  frames(answer: AsyncIterable<Uint8Array>): AsyncIterable<readonly Frame<F>[]>;
  /** An answer in one body as one frame. Throws AppError `provider_stream_malformed`. */
  whole(answer: Uint8Array): Frame<F>;
  /** Never throws: a frame that it cannot read, or that comes after the end, passes and counts nothing. */
  meter(state: MeterState, frame: Frame<F>): MeterState;
  /** What was reported, as it is billed; null: no count that can be believed. */
  bill(told: Told, call: Pick<ParsedCall, 'cacheWrites'>): Bill | null;
  /** false: it came because the gateway asked, and the caller did not. */
  isShown(call: ParsedCall, frame: Frame<F>): boolean;
  errorFrame(error: WireError): string;
  /** null: the wire cannot be used across dialects. */
  readonly turn: WireTurn<F, S> | null;
  /** null: the provider does not count by itself. */
  readonly counter: WireCounter | null;
}

/** What an encoding changed. */
interface EncodingNotes {
  readonly omissions: readonly Omission[];
  readonly emulated: readonly EmulatedName[];
  /** Wishes that are not in the body: whoever sends it says so first. */
  readonly refused: readonly ControlRefusal[];
}

/** A turn as the body of a wire. */
export interface EncodedBody extends EncodingNotes {
  readonly body: Readonly<Record<string, unknown>>;
}

/** The same, measured. */
export interface EncodedTurn extends EncodingNotes {
  readonly call: ParsedCall;
}

/** One turn in neutral form on a wire, both ways. */
export interface WireTurn<F = unknown, S = unknown> {
  /** What it takes of files whose addresses this provider does not read; absent: it reads them all. */
  readonly filesOf?: (provider: string) => FileLimits;
  /** The call, measured; what the provider forbids is left out and listed. */
  encode(request: TurnRequest): EncodedTurn;
  /** Before the first frame. The request says how tool names were translated. `choice`: which of several answers it reads. */
  start(request: TurnRequest, choice?: number): S;
  /** Throws AppError `provider_error` for an error of the provider, `provider_stream_malformed` for no frame. */
  step(state: S, frame: Frame<F>): readonly [S, readonly TurnEvent[]];
  /** Closes what the provider left open at the end of its bytes, stop_reason null; nothing when it ended well. */
  end(state: S): readonly TurnEvent[];
}

/** A provider that counts a call's input by itself, and bills nothing for it. */
export interface WireCounter {
  endpoint(account: WireAccount, query: Pick<EndpointQuery, 'model' | 'headers'>): Endpoint;
  /** The body that asks for a count of the call. */
  ask(call: ParsedCall, model: string): Uint8Array;
  /** Tokens that its answer names; throws for what is no count. */
  read(answer: Uint8Array): number;
  /** An answer of its kind, where a stand-in counts. */
  write(tokens: number): Uint8Array;
}
