import { batchEntry } from '../platform/batch-entry.ts';
import { timers } from '../platform/timers.ts';
import { keyChangeOf } from './adapters/stream-change.ts';
import { rollUpUsage } from './usecases/roll-up-usage.ts';
import { wireBooks } from './wire.ts';

const books = { ...wireBooks(), pause: async (ms: number) => await timers.sleep(ms) };

/** Keys stream: each settlement becomes one usage event and part of its hour. */
export const handler = batchEntry(async (record) => {
  const change = keyChangeOf(record);
  if (change === null || !(await rollUpUsage(books, change))) return;
  if (change.settlement === null) return;
  const lagMs = books.clock.nowMs() - change.settlement.settledAtMs;
  books.metrics.record({ rollUpLagMs: Math.max(0, lagMs) });
});
