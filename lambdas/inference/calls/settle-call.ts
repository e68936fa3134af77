import { AppError } from '../../shared/app-error.ts';
import { microsFromNanoUsd } from '../../shared/money.ts';
import { billNanoUsd, type PriceOfName } from '../models/bill-cost.ts';
import { NO_BILL, NO_TERMS, totalOf, withTokens, type Bill, type Terms } from '../models/bill.ts';
import { priceIn } from '../models/own-prices.ts';
import type { ModelPrice } from '../models/prices.ts';
import { tierTaken } from '../models/price-terms.ts';
import { heldOutputTokens, hiddenTokens } from './hidden-work.ts';
import { estimateInputTokens, estimateOutputTokens } from './bound.ts';
import { inputOf, possibleBill } from './possible-bill.ts';
import { readPart } from '../wires/read-part.ts';
import { NO_TOKENS, type Settlement, type SettlementStatus } from '../../ledger/domain/usage.ts';
import { bitsOf, CHOICE_BITS, type MeterState, type ParsedCall, type Wire } from '../wires/wire.ts';
import type { CallInput, CompleteDeps, HeldCall } from './call-types.ts';
import { settlementFacts } from './held-facts.ts';
import { writeSettlement } from './write-settlement.ts';

/** How a call ended, as far as its bytes say. */
export interface CallEnd {
  readonly status: SettlementStatus;
  /** The provider's own count; of a stopped stream only its beginning. */
  readonly bill: Bill | null;
  /** How it was served, as far as it came, whether it was counted or not. */
  readonly terms: Terms;
  readonly text: string;
  /** Why the model stopped came: nothing that the provider bills was to come. */
  readonly isWhole: boolean;
  readonly firstTokenMs: number | null;
}

/** A call that ended before anything came. */
export const NOTHING_CAME = {
  bill: null,
  terms: NO_TERMS,
  text: '',
  isWhole: false,
  firstTokenMs: null,
} as const;

/** How a call ended, as its meter saw it. What came decides, whoever reads it and however far it was passed on. */
export const endOf = (
  {
    wire,
    call,
  }: { readonly wire: Wire; readonly call: Pick<ParsedCall, 'cacheWrites' | 'choices'> },
  { told, text, finished, done }: MeterState,
  status: SettlementStatus,
  firstTokenMs: number | null,
): CallEnd => ({
  status,
  bill: wire.bill(told, call),
  terms: told.terms,
  text,
  isWhole: status === 'completed' || (finished && isOfAll(done, call)),
  firstTokenMs,
});

/** A caller who leaves while some of several answers are over, and others have not begun, has not seen the count of these. */
const isOfAll = (done: number, { choices }: Pick<ParsedCall, 'choices'>): boolean => {
  const over = bitsOf(done);
  return over === 0 || over >= Math.min(choices, CHOICE_BITS);
};

/**
 * Before any token nothing was generated that a provider bills, where it is the provider that failed; after it the tokens
 * are paid for. One that had the call and was left because nothing came in time did not say that it failed.
 */
export const failedStatus = (
  { sawToken }: Pick<MeterState, 'sawToken'>,
  error: unknown = null,
): 'provider_error' | 'released' => (sawToken || isSilence(error) ? 'provider_error' : 'released');

const isSilence = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'provider_timeout' && error.isFinal;

/**
 * Ends the hold at what the call cost; returns its settlement, or null when the store did not accept it:
 * then the hold expires at its full amount. A count that cannot be settled is no count, so that no hold outlives it.
 */
export const settleCall = async (
  deps: CompleteDeps,
  input: CallInput,
  held: HeldCall,
  end: CallEnd,
): Promise<Settlement | null> => {
  sampleContent(deps, input.requestId, held, end);
  const ends = end.bill === null ? [end] : [end, { ...end, bill: null }];
  return await writeSettlement(
    deps,
    held,
    ends.map((one) => async () => await settlementOf(deps, input, held, one)),
  );
};

/** What an answer in one body says of its cost; nothing where it is not known. */
export const costHeader = (settlement: Settlement | null): Readonly<Record<string, string>> =>
  settlement === null
    ? {}
    : { 'x-sluice-cost-micros': String(microsFromNanoUsd(settlement.costNanoUsd)) };

/** A call that nothing came of is not worth a look. */
export const sampleContent = (
  { sampler }: Pick<CompleteDeps, 'sampler'>,
  requestId: string,
  { key, call }: Pick<HeldCall, 'key' | 'call'>,
  { status, text }: Pick<CallEnd, 'status' | 'text'>,
): void => {
  if (status === 'released') return;
  sampler.offer({ requestId, keyId: key.keyId, model: call.model, body: call.body, answer: text });
};

/** As much of a held call as its cost depends on. */
export type MeteredCall = Pick<HeldCall, 'call' | 'route' | 'prices' | 'startedAtMs'> &
  Partial<Pick<HeldCall, 'injectedMaxTokens'>> & {
    readonly hold: Pick<HeldCall['hold'], 'holdId' | 'expiresAtMs'>;
    readonly key: Pick<HeldCall['key'], 'keyId' | 'projectId' | 'userId'>;
  };

/** What a call cost, before anybody wrote it down. */
export const settlementOf = async (
  deps: Pick<CompleteDeps, 'clock' | 'loadTokenizer'>,
  input: Pick<CallInput, 'requestId' | 'feature' | 'threadId'>,
  held: MeteredCall,
  end: CallEnd,
): Promise<Settlement> => {
  const nowMs = deps.clock.nowMs();
  const prices = priceAtEnd(held, nowMs);
  const { bill: told, estimated } = await billOf(deps, held, end, nowMs - held.startedAtMs);
  const bill = withTier(told, held.call, prices(held.route.model)?.ownTiers);
  return {
    ...settlementFacts(input, held, nowMs),
    tokens: totalOf(bill),
    costNanoUsd: billNanoUsd(held.route, prices, bill),
    estimated,
    status: end.status,
    firstTokenMs: end.firstTokenMs,
    feature: input.feature ?? held.call.feature,
    threadId: input.threadId ?? null,
  };
};

/** By the prices that it was held by, of the time that it ran: whoever finds a dead one later charges no later hour. */
const priceAtEnd =
  ({ prices, route: { provider }, startedAtMs, hold }: MeteredCall, nowMs: number): PriceOfName =>
  (model) =>
    priceIn(prices, { provider, model }, startedAtMs, Math.min(nowMs, hold.expiresAtMs));

/** The longest token of o200k, which is of blanks: who counts fewer tokens than that for what was said counts a beginning. */
const TOKEN_LENGTH_MAX = 128;

const billOf = async (
  deps: Pick<CompleteDeps, 'loadTokenizer'>,
  held: MeteredCall,
  end: CallEnd,
  ranMs: number,
): Promise<{ readonly bill: Bill; readonly estimated: boolean }> => {
  if (end.status === 'released') return { bill: NO_BILL, estimated: false };
  const bill = end.bill === null ? { ...NO_BILL, terms: end.terms } : possibleBill(held, end.bill);
  // A count of nothing beside words that came or went is no count: it is estimated, or they would be free.
  const told = totalOf(bill);
  const isCounted =
    told.output > 0
      ? inputOf(told) > 0 && end.text.length <= told.output * TOKEN_LENGTH_MAX
      : end.text === '';
  if (end.isWhole && bill === end.bill && isCounted) return { bill, estimated: false };
  const countTokens = await deps.loadTokenizer();
  const { call, route } = held;
  const input =
    inputOf(told) > 0
      ? 0
      : estimateInputTokens(readPart(call), route.provider, route.model, countTokens);
  const shown = estimateOutputTokens(end.text, route.provider, route.model, countTokens);
  // Of an answer in one piece nothing is hidden once it came; of a stream, what no count covers.
  const isShown = end.isWhole && (told.output > 0 || !call.isStream);
  const hidden = isShown ? 0 : hiddenTokens(held, ranMs);
  const least = told.output > 0 ? 0 : (bill.outputMin ?? 0);
  const put = Math.min(Math.max(shown, hidden, least), heldOutputTokens(held) ?? Infinity);
  const output = Math.max(0, put - told.output);
  // What may have been heard is paid at the price of that.
  const read = call.readsAudio === true ? { audioInput: input } : { input };
  const { passes, terms } = withTokens(bill, { ...NO_TOKENS, ...read, output });
  return { bill: { passes, terms }, estimated: true };
};

/** Who left before his tier was said, or whose provider says none, pays the one that was asked for. */
const withTier = (
  bill: Bill,
  { tier }: Pick<HeldCall['call'], 'tier'>,
  own: ModelPrice['ownTiers'],
): Bill => {
  const taken = tierTaken(tier, own);
  return bill.terms.tier !== null || taken === null
    ? bill
    : { ...bill, terms: { ...bill.terms, tier: taken } };
};
