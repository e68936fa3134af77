import { NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import type { Bill } from '../../models/bill.ts';
import type { Json } from '../../turn/turn.ts';
import { countOf, fieldsOf, listOf } from '../fields.ts';
import { countsIn, largestCounts, type Counts, type Told } from '../told.ts';

/** One more `usage` of an answer: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_TokenUsage.html */
export const toldAfter = (before: Told, usage: Json): Told => {
  const fields = fieldsOf(usage);
  const written1h = listOf(fields['cacheDetails']).flatMap((detail) => {
    const { ttl, inputTokens } = fieldsOf(detail);
    const count = countOf(inputTokens);
    return ttl === '1h' && count !== null ? [count] : [];
  });
  return {
    ...before,
    counts: largestCounts(
      before.counts,
      countsIn({
        input: fields['inputTokens'],
        output: fields['outputTokens'],
        read: fields['cacheReadInputTokens'],
        written: fields['cacheWriteInputTokens'],
        written1h: written1h.length === 0 ? null : written1h.reduce((sum, one) => sum + one, 0),
      }),
    ),
  };
};

/** What was reported, as it is billed: what came from a cache, or went into one, is beside the input. null: nothing was. */
export const billOfConverse = ({ counts, terms }: Told): Bill | null =>
  counts['input'] === undefined && counts['output'] === undefined
    ? null
    : { passes: [{ model: null, tokens: tokensOf(counts) }], terms };

const tokensOf = ({ input = 0, output = 0, read = 0, ...counts }: Counts): TokenUsage => {
  const written = counts['written'] ?? 0;
  const cacheWrite1h = Math.min(counts['written1h'] ?? 0, written);
  return {
    ...NO_TOKENS,
    input,
    cacheRead: read,
    cacheWrite5m: written - cacheWrite1h,
    cacheWrite1h,
    output,
  };
};
