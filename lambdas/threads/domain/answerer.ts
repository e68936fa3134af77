import type { Answerer } from '../../inference/turn/answerer.ts';
import type { RunEvent, RunOutcome } from './run-event.ts';

/** Who answered a run's last model turn; null: nobody began to, or an earlier release wrote the events. */
export const answererOf = (events: readonly RunEvent[]): Answerer | null =>
  events.findLast((event) => event.type === 'message_start')?.message.by ?? null;

/** What a run's last event says of it. */
export const answererShown = ({ model, provider, route, simulated }: RunOutcome): object => ({
  ...(model === undefined ? {} : { model, provider }),
  ...(route === undefined ? {} : { route }),
  ...(simulated === undefined ? {} : { simulated }),
});
