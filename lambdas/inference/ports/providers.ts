import type { WireName } from '../models/families.ts';

/** One configured model provider. `simulated` is true where a laptop stands in for it. */
export interface ProviderAccount {
  readonly name: string;
  readonly wire: WireName;
  readonly baseUrl: string;
  readonly apiKey: string | null;
  readonly simulated: boolean;
  /** Of AWS, where its provider is there. */
  readonly region?: string;
}

/** The stage's providers, read from its secret; a change is seen within a minute. */
export interface ProviderAccounts {
  /** null: not configured (503 `provider_not_configured`). */
  get(name: string): Promise<ProviderAccount | null>;
  list(): Promise<readonly ProviderAccount[]>;
}

/** A request to a provider, as its wire has it. */
export interface UpstreamRequest {
  /** Absent: POST. */
  readonly method?: string;
  readonly account: ProviderAccount;
  /** Path below the account's base URL, e.g. `/chat/completions`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The AWS service that it is signed for, by the function's own role. */
  readonly signedAs?: string;
  /** Was a stream asked for? The type of an answer may hide one. */
  readonly isStream?: boolean;
  readonly body: Uint8Array;
  /** What follows it, so that a large body is not copied into one. None is signed. */
  readonly rest?: readonly Uint8Array[];
}

/** The upstream's answer at its headers; `body` fails with AppError `provider_timeout` or `provider_error`. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * A call to a provider: keep-alive, timeouts to the first byte and between bytes, no retry after the first byte. A
 * `provider_timeout` is final where the provider had the call.
 */
export interface ModelClient {
  send(request: UpstreamRequest, signal: AbortSignal): Promise<UpstreamAnswer>;
}
