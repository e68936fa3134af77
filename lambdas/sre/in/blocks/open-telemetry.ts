import { LINE_CHARS_READ, type BlockContent } from '../../domain/block.ts';
import type { MetricMinute } from '../../domain/metric-minute.ts';
import { CorruptBlock } from './bytes.ts';
import { kindOf } from './frame.ts';
import { decodeMetricBlock } from './metric-block.ts';
import { readBlock } from './read-block.ts';

interface Telemetry extends BlockContent {
  readonly metrics: readonly MetricMinute[];
}

/** All that a block holds, metrics too, of each line what correlation reads of it; null: it cannot be read. */
export const openTelemetry = (bytes: Uint8Array): Telemetry | null => {
  try {
    const metrics = kindOf(bytes) === 'metrics' ? decodeMetricBlock(bytes) : [];
    return { ...readBlock(bytes, LINE_CHARS_READ), metrics };
  } catch (error) {
    if (error instanceof CorruptBlock) return null;
    throw error;
  }
};
