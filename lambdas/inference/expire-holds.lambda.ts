import { logger } from '../platform/logger.ts';
import { scheduleEntry } from '../platform/schedule-entry.ts';
import { expireHolds } from './usecases/expire-holds.ts';
import { wireInference } from './wire.ts';

const inference = wireInference();

/** Each minute: ends the holds of calls that died. */
export const handler = scheduleEntry(async () => {
  const expired = await expireHolds(inference);
  if (expired > 0) logger.warn('holds expired', { expired });
});
