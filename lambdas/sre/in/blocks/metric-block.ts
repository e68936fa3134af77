import * as z from 'zod';
import { METRIC_KINDS, type MetricMinute } from '../../domain/metric-minute.ts';
import { ByteWriter, CorruptBlock } from './bytes.ts';
import { opened, sealed } from './frame.ts';

const stored = z.array(
  z.object({
    source: z.object({ environment: z.string(), namespace: z.string(), service: z.string() }),
    minute: z.number(),
    kind: z.enum(METRIC_KINDS),
    name: z.string(),
    unit: z.string(),
    counts: z.enum(['level', 'cumulative', 'delta']),
    points: z.number(),
    sum: z.number(),
    max: z.number(),
    last: z.number(),
  }),
);

/** A few sums a minute: JSON in the same frame. */
export const encodeMetricBlock = (minutes: readonly MetricMinute[]): Buffer => {
  const out = new ByteWriter();
  out.text(JSON.stringify(minutes));
  return sealed('metrics', out);
};

/** Throws `CorruptBlock` for bytes that are no such block. */
export const decodeMetricBlock = (bytes: Uint8Array): MetricMinute[] => {
  const parsed = stored.safeParse(parsedJson(opened('metrics', bytes).text()));
  if (parsed.success) return parsed.data;
  throw new CorruptBlock('a block of metrics has another shape');
};

const parsedJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
