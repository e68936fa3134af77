import { batchEntry, type FailedRecord } from '../platform/batch-entry.ts';
import { recordMetrics } from '../platform/metrics.ts';
import { ledgerChangeOf } from './adapters/stream-change.ts';
import type { LedgerChange } from './domain/key-change.ts';
import { rollUpUsage } from './usecases/roll-up-usage.ts';
import { wireRollUp } from './wire.ts';

const books = wireRollUp();

/** Keys stream: each settlement becomes one usage event and part of its hour; warnings of caps follow from it. */
export const handler = batchEntry(async (records) => {
  const changes: (LedgerChange | null)[] = [];
  let unread: FailedRecord | null = null;
  for (const [index, record] of records.entries()) {
    try {
      changes.push(ledgerChangeOf(record));
    } catch (error) {
      // What comes before it is rolled up all the same.
      unread = { index, error };
      break;
    }
  }
  const { settled, failed } = await rollUpUsage(books, changes);
  const nowMs = books.clock.nowMs();
  const lagsMs = settled.map(({ settledAtMs }) => Math.max(0, nowMs - settledAtMs));
  recordMetrics({ rollUpLagMs: lagsMs });
  return failed ?? unread;
});
