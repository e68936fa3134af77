import { costNanoUsd } from '../models/cost.ts';
import {
  countsBy,
  NO_TOKENS,
  type Settlement,
  type SettlementStatus,
  type TokenUsage,
  type UsageUnit,
  unitOf,
} from '../../ledger/domain/usage.ts';
import type { UnitCounts } from '../wires/unit-wire.ts';
import type { CallInput, CompleteDeps } from './call-types.ts';
import { settlementFacts } from './held-facts.ts';
import type { HeldUnits } from './unit-types.ts';
import { writeSettlement } from './write-settlement.ts';

/** How a call ended that is billed by units. */
export interface UnitEnd {
  readonly status: SettlementStatus;
  /** What its answer told; null: nothing, so that it costs what was held. */
  readonly counts: UnitCounts | null;
  readonly firstTokenMs: number | null;
}

/** Nobody was asked, or refused: it costs nothing. */
export const RELEASED: UnitEnd = {
  status: 'released',
  counts: { tokens: NO_TOKENS, isEstimate: false },
  firstTokenMs: null,
};

/**
 * Ends the hold at what the call cost; null when the store did not accept it. A count that cannot be settled is no count.
 */
export const settleUnits = async (
  deps: CompleteDeps,
  input: CallInput,
  held: HeldUnits,
  end: UnitEnd,
): Promise<Settlement | null> => {
  if (end.status !== 'released')
    deps.sampler.offer({
      requestId: input.requestId,
      keyId: held.key.keyId,
      model: held.call.model,
      body: held.call.fields,
      answer: '',
    });
  const ends = end.counts === null ? [end] : [end, { ...end, counts: null }];
  return await writeSettlement(
    deps,
    held,
    ends.map((one) => () => settlementOf(deps, input, held, one)),
  );
};

const settlementOf = (
  deps: CompleteDeps,
  input: CallInput,
  held: HeldUnits,
  end: UnitEnd,
): Settlement => {
  const nowMs = deps.clock.nowMs();
  const told = end.counts?.tokens ?? held.bound;
  const tokens = possibleCounts(told, held.bound);
  if (tokens !== told) deps.report('impossible count', { requestId: input.requestId });
  return {
    ...settlementFacts(input, held, nowMs),
    tokens,
    costNanoUsd: costNanoUsd(held.price?.rates ?? {}, tokens),
    estimated: tokens !== told || (end.counts?.isEstimate ?? true),
    status: end.status,
    firstTokenMs: end.firstTokenMs,
    feature: input.feature,
    threadId: null,
  };
};

/**
 * The most of a unit that one call can have; a provider that counts otherwise than its page says is believed up to it. A
 * request has 6 MB (AWS Lambda's limit of an event), so that fewer tokens and characters than ten million go in, and no
 * model's window or answer has as many. Vendors hear ten hours of sound at once, and draw ten images.
 */
const MOST: Readonly<Record<UsageUnit, number>> = {
  tokens: 10_000_000,
  characters: 10_000_000,
  seconds: 86_400,
  images: 1_000,
  searches: 1_000,
};

/**
 * What was told, where all of it can be. Of a kind that cannot, the bound counts, and then no other kind counts less than
 * its own: an answer that makes no sense is never cheaper than one without a count.
 */
const possibleCounts = (told: TokenUsage, bound: TokenUsage): TokenUsage => {
  let isPossible = true;
  const counts = countsBy((kind) => {
    const count = told[kind];
    const most = Math.max(MOST[unitOf(kind)], bound[kind]);
    if (Number.isSafeInteger(count) && count >= 0 && count <= most)
      return Math.max(count, bound[kind]);
    isPossible = false;
    return bound[kind];
  });
  if (isPossible) return told;
  // Sounds and images are within what is put out.
  return { ...counts, output: Math.max(counts.output, counts.audioOutput + counts.imageOutput) };
};
