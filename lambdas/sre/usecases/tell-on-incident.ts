import type { Timers } from '../../shared/deps.ts';
import { changed } from '../incidents/life.ts';
import type { IncidentStore } from '../ports/incidents.ts';
import { withoutRace } from './place-anomalies.ts';

export interface TellOnIncidentDeps {
  readonly incidents: Pick<IncidentStore, 'get' | 'isTold' | 'commit'>;
  readonly timers: Timers;
}

export interface Told {
  readonly tenant: string;
  readonly incidentId: string;
  /** The same for the same news: it is on the timeline once, whoever reports it, however often. */
  readonly reference: string;
  readonly by: string;
  readonly text: string;
}

/** Writes one step of what became of a remediation; its tickets hear of it. An incident that is gone hears nothing. */
export const tellOnIncident = async (
  deps: TellOnIncidentDeps,
  { tenant, incidentId, reference, by, text }: Told,
): Promise<void> => {
  await withoutRace(deps, async () => {
    const incident = await deps.incidents.get(tenant, incidentId);
    if (incident === null) return true;
    // Behind the incident: what is reported after it is of a later revision, which the write refuses.
    if (await deps.incidents.isTold(tenant, incidentId, reference)) return true;
    const step = { atMs: deps.timers.nowMs(), by, kind: 'remediation', text, reference } as const;
    // A person asked for it: a snooze holds back what happens by itself.
    const change = changed(incident, {}, step, 'always');
    const isWritten = await deps.incidents.commit({
      tenant,
      version: null,
      changes: [change],
      marks: [],
    });
    return isWritten ? true : null;
  });
};
