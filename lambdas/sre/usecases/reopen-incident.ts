import { AppError } from '../../shared/app-error.ts';
import type { Incident } from '../incidents/incident.ts';
import { openFollowing, reopenAsWas } from '../incidents/by-person.ts';
import { isMember } from '../incidents/life.ts';
import { LIVE_MAX, RECENT_MS } from '../incidents/limits.ts';
import type { Board } from '../incidents/place.ts';
import type { ChangeIncidentDeps } from './change-incident.ts';
import { withoutRace } from './place-anomalies.ts';

export interface ReopenInput {
  readonly tenant: string;
  readonly id: string;
  readonly by: string;
}

/**
 * A person says that an incident is not over. Within the hour it is the same incident, later a new one that follows it,
 * as for telemetry. Answers the one that is live; null: there is none of this id. Throws AppError `conflict`.
 */
export const reopenIncident = async (
  deps: ChangeIncidentDeps,
  { tenant, id, by }: ReopenInput,
): Promise<Incident | null> => {
  const { incident } = await withoutRace(deps, async () => {
    const atMs = deps.timers.nowMs();
    const board = await deps.incidents.load(tenant, [], atMs);
    const before = await deps.incidents.get(tenant, id);
    if (before === null || before.resolvedMs === null) return { incident: before };
    const problem = problemOf(before, board);
    if (problem !== null) throw new AppError({ code: 'conflict', publicMessage: problem });
    const isRecent = atMs - before.resolvedMs < RECENT_MS;
    const change = (isRecent ? reopenAsWas : openFollowing)(before, { atMs, by });
    const { version } = board;
    const commit = { tenant, version, changes: [change], marks: [] };
    return (await deps.incidents.commit(commit)) ? { incident: change.after } : null;
  });
  return incident;
};

const problemOf = ({ mergedInto, members }: Incident, { live }: Board): string | null => {
  if (mergedInto !== null) return `It is a part of ${mergedInto}: take it apart from that first.`;
  const holder = live.find((one) => members.some((member) => isMember(member, one.members)));
  if (holder !== undefined) return `${holder.id} is live, and has a source of it.`;
  return live.length < LIVE_MAX ? null : `A project has at most ${LIVE_MAX} live incidents.`;
};
