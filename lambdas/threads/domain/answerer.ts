import type { Answerer } from '../../inference/turn/answerer.ts';
import type { RunEvent } from './run-event.ts';

/** Who answered a run's last model turn; null: nobody began to, or an earlier release wrote the events. */
export const answererOf = (events: readonly RunEvent[]): Answerer | null =>
  events.findLast((event) => event.type === 'message_start')?.message.by ?? null;

/** What the last event of a stream says of who answered. */
export const answererShown = ({
  model,
  provider,
  route,
  simulated,
}: Partial<Answerer>): Partial<Answerer> => ({
  ...(model === undefined ? {} : { model }),
  ...(provider === undefined ? {} : { provider }),
  ...(route === undefined ? {} : { route }),
  ...(simulated === undefined ? {} : { simulated }),
});
