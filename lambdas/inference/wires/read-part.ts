import { countValues } from '../../http/body.ts';
import type { ParsedCall } from './wire.ts';

/** Fields that say how to answer, which no model reads; some are the gateway's own, and the same call costs the same. */
const HOW: ReadonlySet<string> = new Set([
  'model',
  'stream',
  'stream_options',
  'max_tokens',
  'max_completion_tokens',
]);

/** A call as its model reads it, to estimate what it put in. */
export const readPart = (call: ParsedCall): ParsedCall => {
  const body = Object.fromEntries(Object.entries(call.body).filter(([name]) => !HOW.has(name)));
  return { ...call, body, measures: { ...call.measures, values: countValues(body) } };
};
