import type { Sender } from './drafts.ts';
import type { SkewMemory } from './times.ts';

/** A sender's clock, as its records show it. */
export interface SenderClock {
  readonly sender: Sender;
  /** Of its plausible times; 0 for none. */
  newestMs: number;
  correctionMs: number;
}

/** All records of a sender follow each other. */
export const clockAt = (clocks: SenderClock[], sender: Sender): SenderClock => {
  const last = clocks.at(-1);
  if (last !== undefined && last.sender === sender) return last;
  const clock = { sender, newestMs: 0, correctionMs: 0 };
  clocks.push(clock);
  return clock;
};

/** What to add to a sender's times, by the newest of them. */
export const correctionOf = (
  { sender, newestMs }: SenderClock,
  arrivalMs: number,
  skews: SkewMemory,
): number =>
  newestMs === 0 ? 0 : skews.correctionMs(JSON.stringify(sender), arrivalMs - newestMs);
