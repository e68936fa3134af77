import { scheduleEntry } from '../platform/schedule-entry.ts';
import { tick } from './usecases/tick.ts';
import { wireTick } from './wire/tick.ts';

const deps = wireTick();

/** Each minute: six evaluations of each tenant that sends, and a look at what is live. */
export const handler = scheduleEntry(async () => await tick(deps));
