import { countsBy, NO_TOKENS, type TokenUsage } from '../../../ledger/domain/usage.ts';
import { totalOf, type Bill, type Pass } from '../../models/bill.ts';
import type { Json } from '../../turn/turn.ts';
import { fieldsOf, listOf, textOf } from '../fields.ts';
import {
  countsIn,
  largestCounts,
  partOf,
  termsAfter,
  type Counts,
  type Told,
  type ToldPass,
} from '../told.ts';
import type { ParsedCall } from '../wire.ts';

const PASSES_MAX = 1_000;
const PASS_TOKENS_MAX = 100_000_000;

/** One more `usage` of an answer. https://platform.claude.com/docs/en/api/messages */
export const toldAfter = (before: Told, usage: Json | undefined, model: Json | undefined): Told => {
  const fields = fieldsOf(usage);
  return {
    counts: largestCounts(before.counts, countsOfUsage(fields)),
    passes: longerPasses(before.passes, passesOf(fields['iterations'])),
    terms: termsAfter(before.terms, {
      model,
      tier: fields['service_tier'],
      region: fields['inference_geo'],
      speed: fields['speed'],
    }),
  };
};

/**
 * The same of the beginning of a stream. What it says of the output is a placeholder at Anthropic, and all that some
 * relays say of it.
 */
export const toldAtStart = (before: Told, usage: Json, model: Json): Told => {
  const { output_tokens: started, ...fields } = fieldsOf(usage);
  const told = toldAfter(before, fields, model);
  return { ...told, counts: largestCounts(told.counts, countsIn({ started })) };
};

const countsOfUsage = (usage: Readonly<Record<string, Json>>): Counts => {
  const split = fieldsOf(usage['cache_creation']);
  return countsIn({
    input: usage['input_tokens'],
    output: usage['output_tokens'],
    read: usage['cache_read_input_tokens'],
    written: usage['cache_creation_input_tokens'],
    written5m: split['ephemeral_5m_input_tokens'],
    written1h: split['ephemeral_1h_input_tokens'],
    thinking: fieldsOf(usage['output_tokens_details'])['thinking_tokens'],
    searches: fieldsOf(usage['server_tool_use'])['web_search_requests'],
  });
};

const passesOf = (iterations: Json | undefined): readonly ToldPass[] =>
  listOf(iterations)
    .slice(0, PASSES_MAX)
    .map((value) => {
      const fields = fieldsOf(value);
      return { model: textOf(fields['model']) || null, counts: countsOfUsage(fields) };
    });

const longerPasses = (before: readonly ToldPass[], now: readonly ToldPass[]) =>
  now.length >= before.length ? now : before;

/**
 * What was reported, as it is billed: each pass, and what the whole answer counts beyond them (a compaction is in its pass
 * alone). null: neither what came in nor what went out.
 */
export const billOfMessage = (
  { counts, passes: toldPasses, terms }: Told,
  cacheWrites: ParsedCall['cacheWrites'],
): Bill | null => {
  const known = toldPasses.map(({ model, counts: own }): Pass => ({
    model,
    tokens: tokensOf(own, cacheWrites),
  }));
  const sum = totalOf({ passes: known, terms });
  const isPossible = Object.values(sum).every((count) => count <= PASS_TOKENS_MAX);
  const passes = isPossible ? known : [];
  const { input, output, started } = counts;
  if (passes.length === 0 && input === undefined && output === undefined && started === undefined)
    return null;
  const whole = tokensOf(counts, cacheWrites);
  const rest = countsBy((kind) => Math.max(0, whole[kind] - (isPossible ? sum[kind] : 0)));
  const hasRest = Object.values(rest).some((count) => count > 0);
  return {
    passes: hasRest || passes.length === 0 ? [...passes, { model: null, tokens: rest }] : passes,
    terms,
    ...(started === undefined ? {} : { outputMin: started }),
  };
};

/** A write that no split covers is of the length that the call asked for. */
const tokensOf = (counts: Counts, cacheWrites: ParsedCall['cacheWrites']): TokenUsage => {
  const { input = 0, output = 0, read = 0, written5m = 0, written1h = 0, searches = 0 } = counts;
  const unsplit = Math.max(0, (counts['written'] ?? 0) - written5m - written1h);
  return {
    ...NO_TOKENS,
    input,
    cacheRead: read,
    cacheWrite5m: written5m + (cacheWrites === '1h' ? 0 : unsplit),
    cacheWrite1h: written1h + (cacheWrites === '1h' ? unsplit : 0),
    output,
    reasoning: partOf(counts['thinking'], output, output),
    searches,
  };
};
