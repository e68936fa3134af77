import { logger } from '../platform/logger.ts';
import { scheduleEntry } from '../platform/schedule-entry.ts';
import { expireHolds } from './usecases/expire-holds.ts';
import { wireExpiry } from './wire.ts';

const books = wireExpiry();

/** Each minute: ends the holds of calls that died. */
export const handler = scheduleEntry(async () => {
  const expired = await expireHolds(books);
  if (expired > 0) logger.warn('holds expired', { expired });
});
