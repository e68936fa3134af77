import type { Answerer } from '../../inference/turn/answerer.ts';
import { routeModel } from '../../inference/models/route-model.ts';
import type { RunEvent } from './run-event.ts';

/** Who answered a run's last model turn; null: nobody began to, or an earlier release wrote the events. */
export const answererOf = (events: readonly RunEvent[]): Answerer | null =>
  events.findLast((event) => event.type === 'message_start')?.message.by ?? null;

/** Whose thoughts an answer has, by the name that a call gives it: the model that was asked for, or that a route came to. */
export const writerOf = (by: Answerer | null, asked: string): string => {
  if (by?.route === undefined) return asked;
  const { provider, model } = by;
  return routeModel(model)?.provider === provider ? model : `${provider}/${model}`;
};

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
