import { batchEntry } from '../platform/batch-entry.ts';
import { settledChangeOf } from './adapters/stream-change.ts';
import { rollUpUsage } from './usecases/roll-up-usage.ts';
import { wireInference } from './wire.ts';

const inference = wireInference();

/** Keys stream: each settlement becomes one usage event and part of its hour. */
export const handler = batchEntry(async (record) => {
  await rollUpUsage(inference, settledChangeOf(record));
});
