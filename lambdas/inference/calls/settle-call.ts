import { AppError } from '../../shared/app-error.ts';
import { billNanoUsd } from '../models/bill-cost.ts';
import { NO_BILL, totalOf, withTokens, type Bill } from '../models/bill.ts';
import { heldOutputTokens, hiddenTokens } from './hidden-work.ts';
import { estimateInputTokens, estimateOutputTokens } from './bound.ts';
import { inputOf, possibleBill } from './possible-bill.ts';
import { readPart } from '../wires/read-part.ts';
import { NO_TOKENS, type Settlement, type SettlementStatus } from '../../ledger/domain/usage.ts';
import type { MeterState, ParsedCall, Wire } from '../wires/wire.ts';
import { recordLostSettlement, recordSettlement } from './call-metrics.ts';
import type { CallInput, CompleteDeps, HeldCall } from './call-types.ts';

/** How a call ended, as far as its bytes say. */
export interface CallEnd {
  readonly status: SettlementStatus;
  /** The provider's own count; of a stopped stream only its beginning. */
  readonly bill: Bill | null;
  readonly text: string;
  /** Why the model stopped came: nothing that the provider bills was to come. */
  readonly isWhole: boolean;
  readonly firstTokenMs: number | null;
}

/** A call that ended before anything came. */
export const NOTHING_CAME = { bill: null, text: '', isWhole: false, firstTokenMs: null } as const;

/** How a call ended, as its meter saw it. What came decides, whoever reads it and however far it was passed on. */
export const endOf = (
  { wire, call }: { readonly wire: Wire; readonly call: Pick<ParsedCall, 'cacheWrites'> },
  { told, text, finished }: MeterState,
  status: SettlementStatus,
  firstTokenMs: number | null,
): CallEnd => ({
  status,
  bill: wire.bill(told, call),
  text,
  isWhole: finished || status === 'completed',
  firstTokenMs,
});

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
 * Ends the hold at what the call cost; returns that, or null when the store did not accept it:
 * then the hold expires at its full amount. A count that cannot be settled is no count, so that no hold outlives it.
 */
export const settleCall = async (
  deps: CompleteDeps,
  input: CallInput,
  held: HeldCall,
  end: CallEnd,
): Promise<number | null> => {
  sampleContent(deps, input.requestId, held, end);
  for (const tried of end.bill === null ? [end] : [end, { ...end, bill: null }]) {
    try {
      return await settleAs(deps, input, held, tried);
    } catch (error) {
      deps.report('settlement failed', error);
    }
  }
  recordLostSettlement(deps);
  return null;
};

const settleAs = async (
  deps: CompleteDeps,
  input: CallInput,
  held: HeldCall,
  end: CallEnd,
): Promise<number> => {
  const settlement = await settlementOf(deps, input, held, end);
  const { costNanoUsd: cost } = settlement;
  await deps.ledger.settle(held.hold, settlement);
  recordSettlement(deps, held, settlement);
  if (cost > held.hold.amountNanoUsd)
    deps.report('cost above hold', { requestId: input.requestId });
  return cost;
};

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
export type MeteredCall = Pick<HeldCall, 'call' | 'route' | 'startedAtMs'> &
  Partial<Pick<HeldCall, 'injectedMaxTokens'>> & {
    readonly hold: Pick<HeldCall['hold'], 'holdId'>;
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
  const { bill, estimated } = await billOf(deps, held, end, nowMs - held.startedAtMs);
  return {
    holdId: held.hold.holdId,
    requestId: input.requestId,
    keyId: held.key.keyId,
    projectId: held.key.projectId,
    model: held.call.model,
    provider: held.route.provider,
    tokens: totalOf(bill),
    costNanoUsd: billNanoUsd(held.route, held.startedAtMs, bill),
    estimated,
    status: end.status,
    startedAtMs: held.startedAtMs,
    settledAtMs: nowMs,
    firstTokenMs: end.firstTokenMs,
    totalMs: nowMs - held.startedAtMs,
    feature: input.feature ?? held.call.feature,
    threadId: input.threadId ?? null,
    endUserId: held.key.userId,
  };
};

/** The longest token of o200k, which is of blanks: who counts fewer tokens than that for what was said counts a beginning. */
const TOKEN_LENGTH_MAX = 128;

const billOf = async (
  deps: Pick<CompleteDeps, 'loadTokenizer'>,
  held: MeteredCall,
  end: CallEnd,
  ranMs: number,
): Promise<{ readonly bill: Bill; readonly estimated: boolean }> => {
  if (end.status === 'released') return { bill: NO_BILL, estimated: false };
  const bill = end.bill === null ? NO_BILL : possibleBill(held, end.bill);
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
  return { bill: withTokens(bill, { ...NO_TOKENS, input, output }), estimated: true };
};
