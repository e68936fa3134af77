import { AppError } from '../../shared/app-error.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Change } from '../incidents/life.ts';
import { merge, unmerge } from '../incidents/merge.ts';
import type { ChangeIncidentDeps } from './change-incident.ts';
import { withoutRace } from './place-anomalies.ts';

interface MergeInput {
  readonly tenant: string;
  readonly id: string;
  /** The incident that it is a part of; null: it is one of its own. */
  readonly into: string | null;
  readonly by: string;
}

/** A person says that two incidents are one, or that they are not. Answers the incident `id`; null: one of them is not there. */
export const mergeIncidents = async (
  deps: ChangeIncidentDeps,
  input: MergeInput,
): Promise<Incident | null> => {
  const { incident } = await withoutRace(deps, async () => {
    const { tenant, id } = input;
    const nowMs = deps.timers.nowMs();
    const { version } = await deps.incidents.load(tenant, [], nowMs);
    const part = await deps.incidents.get(tenant, id);
    const otherId = input.into ?? part?.mergedInto ?? null;
    const other = otherId === null ? null : await deps.incidents.get(tenant, otherId);
    if (part === null || (input.into !== null && other === null)) return { incident: null };
    if (other === null || part.mergedInto === input.into) return { incident: part };
    const changes = changesOf(part, other, input, nowMs);
    const isWritten = await deps.incidents.commit({ tenant, version, changes, marks: [] });
    if (!isWritten) return null;
    return { incident: changes.find(({ after }) => after.id === id)?.after ?? part };
  });
  return incident;
};

/** The older one always takes the younger one in. */
const changesOf = (
  part: Incident,
  other: Incident,
  { into, by }: MergeInput,
  atMs: number,
): readonly [Change, Change] => {
  if (other.resolvedMs !== null || (into !== null && part.resolvedMs !== null) || part === other)
    throw new AppError({
      code: 'conflict',
      publicMessage: 'Both incidents must be live, and two.',
    });
  if (into === null) return unmerge(other, part, { atMs, by });
  return part.id < other.id ? merge(part, other, { atMs, by }) : merge(other, part, { atMs, by });
};
