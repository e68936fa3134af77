import { AppError } from '../../shared/app-error.ts';
import type { Timers } from '../../shared/deps.ts';
import { SILENCES_MAX } from '../incidents/limits.ts';
import type { Silence } from '../incidents/silence.ts';
import type { SilenceBook } from '../ports/incidents.ts';

/** Throws AppError `conflict` where the project has as many as it may. */
export const addSilence = async (
  deps: { readonly silences: Pick<SilenceBook, 'put'>; readonly timers: Pick<Timers, 'nowMs'> },
  tenant: string,
  silence: Silence,
): Promise<void> => {
  if (await deps.silences.put(tenant, silence, deps.timers.nowMs())) return;
  throw new AppError({
    code: 'conflict',
    publicMessage: `A project has at most ${SILENCES_MAX} silences that are not over. End one first.`,
  });
};
