import { scheduleEntry } from '../platform/schedule-entry.ts';
import { tick } from './usecases/tick.ts';
import { wireAsking } from './wire/asking.ts';

const deps = wireAsking();

/** Each minute: six evaluations of each tenant that sends. */
export const handler = scheduleEntry(async () => await tick(deps));
