import { costNanoUsd } from '../models/cost.ts';
import { countInputTokens } from './bound.ts';
import { priceOf } from '../models/prices.ts';
import {
  NO_TOKENS,
  type Settlement,
  type SettlementStatus,
  type TokenUsage,
} from '../../ledger/domain/usage.ts';
import { recordLostSettlement, recordSettlement } from './call-metrics.ts';
import type { CallInput, CompleteDeps, HeldCall } from './call-types.ts';

/** How a call ended, as far as its bytes say. */
export interface CallEnd {
  readonly status: SettlementStatus;
  /** The provider's own count; of a stopped stream only its beginning. */
  readonly usage: TokenUsage | null;
  readonly text: string;
  readonly firstTokenMs: number | null;
}

/** A call that ended before anything came. */
export const NOTHING_CAME = { usage: null, text: '', firstTokenMs: null } as const;

/**
 * Ends the hold at what the call cost; returns that, or null when the store did not take it:
 * then the hold expires at its full amount.
 */
export const settleCall = async (
  deps: CompleteDeps,
  input: CallInput,
  held: HeldCall,
  end: CallEnd,
): Promise<number | null> => {
  try {
    sampleContent(deps, input.requestId, held, end);
    const settlement = await settlementOf(deps, input, held, end);
    const { costNanoUsd: cost } = settlement;
    await deps.ledger.settle(held.hold, settlement);
    recordSettlement(deps, held, settlement);
    if (cost > held.hold.amountNanoUsd)
      deps.report('cost above hold', { requestId: input.requestId });
    return cost;
  } catch (error) {
    deps.report('settlement failed', error);
    recordLostSettlement(deps);
    return null;
  }
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
export type MeteredCall = Pick<HeldCall, 'call' | 'route' | 'startedAtMs'> & {
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
  const { tokens, estimated } = await tokensOf(deps, held, end);
  const price = priceOf(held.route.provider, held.route.model, held.startedAtMs);
  const nowMs = deps.clock.nowMs();
  return {
    holdId: held.hold.holdId,
    requestId: input.requestId,
    keyId: held.key.keyId,
    projectId: held.key.projectId,
    model: held.call.model,
    provider: held.route.provider,
    tokens,
    costNanoUsd: price === null ? 0 : costNanoUsd(price.rates, tokens),
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

const tokensOf = async (
  deps: Pick<CompleteDeps, 'loadTokenizer'>,
  held: MeteredCall,
  end: CallEnd,
): Promise<{ readonly tokens: TokenUsage; readonly estimated: boolean }> => {
  if (end.status === 'released') return { tokens: NO_TOKENS, estimated: false };
  // A count of nothing beside words that came or went is no count: it is estimated, or they would be free.
  const told = end.usage ?? NO_TOKENS;
  const isCounted = told.output > 0 ? inputOf(told) > 0 : end.text === '';
  if (end.status === 'completed' && end.usage !== null && isCounted)
    return { tokens: told, estimated: false };
  const countTokens = await deps.loadTokenizer();
  const input =
    inputOf(told) > 0
      ? told
      : {
          ...told,
          input: countInputTokens(held.call, held.route.provider, held.route.model, countTokens),
        };
  const output = Math.max(input.output, countTokens(end.text));
  return { tokens: { ...input, output }, estimated: true };
};

const inputOf = ({ input, cacheRead, cacheWrite5m, cacheWrite1h, audioInput }: TokenUsage) =>
  input + cacheRead + cacheWrite5m + cacheWrite1h + audioInput;
