import type { Incident } from '../incidents/incident.ts';
import { patternOf } from '../incidents/silence.ts';
import type { IncidentStore, SilenceBook } from '../ports/incidents.ts';
import { addSilence } from './add-silence.ts';
import { changeIncident, type ChangeIncidentDeps } from './change-incident.ts';

interface NoiseDeps extends ChangeIncidentDeps {
  readonly incidents: Pick<IncidentStore, 'get' | 'load' | 'commit' | 'anomalies'>;
  readonly silences: Pick<SilenceBook, 'put'>;
  readonly newSilenceId: () => string;
}

interface NoiseInput {
  readonly tenant: string;
  readonly id: string;
  readonly untilMs: number;
  readonly by: string;
}

/** So many patterns has a noise at most. */
const PATTERNS_MAX = 20;

/**
 * A person says that an incident is noise: it is resolved, and what its anomalies look like opens nothing until then,
 * unless it gets worse. Answers the incident; null: there is none.
 */
export const callNoise = async (
  deps: NoiseDeps,
  { tenant, id, untilMs, by }: NoiseInput,
): Promise<Incident | null> => {
  const incident = await deps.incidents.get(tenant, id);
  if (incident === null) return null;
  const anomalies = await deps.incidents.anomalies(incident);
  const patterns = new Map(
    anomalies.map((anomaly) => [JSON.stringify(patternOf(anomaly)), patternOf(anomaly)]),
  );
  for (const pattern of [...patterns.values()].slice(-PATTERNS_MAX))
    await addSilence(deps, tenant, {
      id: deps.newSilenceId(),
      kind: 'noise',
      pattern,
      fromMs: deps.timers.nowMs(),
      untilMs,
      hours: null,
      reason: `${id} was called noise`,
      by,
      bandMax: incident.band,
    });
  return await changeIncident(deps, {
    tenant,
    id,
    act: { kind: 'noise' },
    by,
  });
};
