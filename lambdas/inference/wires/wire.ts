import type { TokenUsage } from '../../ledger/domain/usage.ts';

/** What the gateway must know of a request to price it; everything else passes through untouched. */
export interface ParsedCall {
  readonly model: string;
  readonly isStream: boolean;
  /** The caller's own limit of output tokens for each choice; null: none given. */
  readonly maxTokens: number | null;
  readonly choices: number;
  /** Did the caller ask for the usage chunk of a stream? */
  readonly wantsUsage: boolean;
  /** Everything that becomes input tokens as text. */
  readonly inputTexts: readonly string[];
  readonly messageCount: number;
  readonly toolCount: number;
  readonly imageCount: number;
  readonly cacheWrites: 'none' | '5m' | '1h';
  /** Path of a feature that has no price or no bound: refused on a capped key. */
  readonly unpricedField: string | null;
  readonly feature: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a stream told so far. */
export interface StreamState {
  readonly usage: TokenUsage | null;
  readonly text: string;
  readonly sawToken: boolean;
  readonly ended: boolean;
  /** The provider ended the stream with an error of its own. */
  readonly failed: boolean;
}

export const STREAM_START: StreamState = {
  usage: null,
  text: '',
  sawToken: false,
  ended: false,
  failed: false,
};

export interface StreamStep {
  readonly state: StreamState;
  /** false: the caller did not ask for this frame. */
  readonly isShown: boolean;
}

/** One wire dialect: someone's bytes to what the domain needs, and back. */
export interface CallFormat {
  readonly path: string;
  /** Throws AppError `invalid_json` / `invalid_request` naming the field. */
  parse(bodyText: string): ParsedCall;
  /** The caller's body with the provider's model name, and the token limit when it was missing. */
  upstreamBody(call: ParsedCall, model: string, injectedMaxTokens: number | null): string;
  /** Usage of a whole answer; null when it has none. */
  usageOf(answer: unknown): TokenUsage | null;
  textOf(answer: unknown): string;
  step(state: StreamState, event: string | null, data: string, wantsUsage: boolean): StreamStep;
  /** An error in mid-stream, as the dialect's SDK reads it. */
  errorFrame(code: string, type: string, message: string, requestId: string): string;
}
