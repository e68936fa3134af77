import type { CountTokens } from './bound.ts';
import type { Routing } from './try-call.ts';
import type { LoadDialect } from '../dialects/dialect.ts';
import type { ParsedCall, PathWords, Wire } from '../wires/wire.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import type { WireName } from '../models/families.ts';
import type { Route } from '../models/route-model.ts';
import type { PriceBook } from '../models/own-prices.ts';
import type { MediaFiles } from '../ports/media.ts';
import type { ContentSampler } from '../ports/content.ts';
import type {
  CancelFlags,
  CapBook,
  Hold,
  HoldOutcome,
  HoldRequest,
  KeyDoor,
  SpendLedger,
} from '../../ledger/ports.ts';
import type { SpendEvents } from '../../ledger/ports/spend-events.ts';
import type { ModelClient, ProviderAccount, ProviderAccounts } from '../ports/providers.ts';
import type { StagePrices } from '../ports/stage-prices.ts';
import type { HoldWitness } from '../../ledger/domain/hold.ts';
import type { Clock, Metrics } from '../../shared/deps.ts';
import type { KeyCredential } from '../../shared/credential.ts';

export interface CompleteDeps {
  readonly ledger: SpendLedger;
  /** Another amount for a hold that stands. Refused: it may stand, and ending it is right either way. */
  readonly repriceHold: (hold: Hold, request: HoldRequest) => Promise<HoldOutcome>;
  readonly keys: KeyDoor;
  readonly accounts: ProviderAccounts;
  readonly stagePrices: StagePrices;
  readonly modelClient: ModelClient;
  readonly cancelFlags: CancelFlags;
  readonly spendEvents: SpendEvents;
  readonly capBook: Pick<CapBook, 'note'>;
  readonly clock: Clock;
  /** Loaded when first needed: it is larger than everything else. */
  readonly loadTokenizer: () => Promise<CountTokens>;
  /** Routes of projects: loaded when a call failed, or names no model. */
  readonly loadRouting: () => Promise<Routing>;
  /** What reads files by their URLs: loaded when a call first names one to a provider that wants bytes. */
  readonly loadMedia: () => Promise<MediaFiles>;
  /** What an operator lets through without a price or a bound: `<provider>/<name>`. */
  readonly allowedFeatures: ReadonlySet<string>;
  readonly metrics: Metrics;
  readonly sampler: ContentSampler;
  /** Ids that the log lines of this invocation carry from now on. */
  readonly note: (facts: Readonly<Record<string, string>>) => void;
  readonly report: (message: string, error: unknown) => void;
}

/** Which call it is, who pays for it and until when it may run. */
export interface CallInput {
  readonly credential: KeyCredential;
  readonly requestId: string;
  readonly holdId: string;
  readonly feature: string | null;
  /** The thread that the call belongs to, for attribution. */
  readonly threadId?: string;
  /** The item that names the call's hold before its provider is asked. */
  readonly witness?: HoldWitness;
  /** Called when the model puts out its first token. */
  readonly onFirstToken?: () => void;
  /** When the call is aborted, epoch ms: the function's own deadline less a margin. */
  readonly deadlineMs: number;
}

/** A call as its caller sent it. */
export interface CompleteInput extends CallInput {
  readonly wire: WireName;
  readonly path?: PathWords;
  /** The same for models that are spoken to in another one; absent: it is refused for them. */
  readonly dialect?: LoadDialect;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface CompleteAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A stream must be read to its end whatever the client does: the settlement is inside it. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface TakenHold {
  readonly hold: Hold;
  readonly key: KeyState;
  /** The output limit that the gateway set; null when the caller gave one. */
  readonly injectedMaxTokens: number | null;
  /** When the hold was there, epoch ms. */
  readonly heldAtMs: number;
}

/** A call with its price held: everything that running and settling it needs. */
export interface HeldCall extends TakenHold {
  readonly wire: Wire;
  readonly call: ParsedCall;
  readonly route: Route;
  readonly account: ProviderAccount;
  /** As they stood when the call began: it is settled by what it was held by. */
  readonly prices: PriceBook;
  readonly startedAtMs: number;
}
