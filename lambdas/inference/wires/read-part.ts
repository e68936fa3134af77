import { countValues, isRecord } from '../../http/body.ts';
import type { ParsedCall } from './wire.ts';

/** Fields that say how to answer, which no model reads; some are the gateway's own, and the same call costs the same. */
const HOW: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
]);

/** The same inside of another field. */
const LIMITS: ReadonlyMap<string, string> = new Map([
  ['generationConfig', 'maxOutputTokens'],
  ['inferenceConfig', 'maxTokens'],
]);

/** A call as its model reads it, to estimate what it put in. */
export const readPart = (call: ParsedCall): ParsedCall => {
  const body = Object.fromEntries(
    Object.entries(call.body).flatMap(([name, value]) =>
      HOW.has(name) ? [] : withoutLimit(name, value),
    ),
  );
  return { ...call, body, measures: { ...call.measures, values: countValues(body) } };
};

const withoutLimit = (name: string, value: unknown): readonly (readonly [string, unknown])[] => {
  const limit = LIMITS.get(name);
  if (limit === undefined || !isRecord(value)) return [[name, value]];
  const { [limit]: _limit, ...rest } = value;
  return Object.keys(rest).length === 0 ? [] : [[name, rest]];
};
