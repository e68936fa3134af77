import { batchEntry } from '../platform/batch-entry.ts';
import { keyChangeOf } from './adapters/stream-change.ts';
import { rollUpUsage } from './usecases/roll-up-usage.ts';
import { wireInference } from './wire.ts';

const inference = wireInference();

/** Keys stream: each settlement becomes one usage event and part of its hour. */
export const handler = batchEntry(async (record) => {
  const change = keyChangeOf(record);
  if (change === null || !(await rollUpUsage(inference, change))) return;
  if (change.settlement === null) return;
  const lagMs = inference.clock.nowMs() - change.settlement.settledAtMs;
  inference.metrics.record({ rollUpLagMs: Math.max(0, lagMs) });
});
