import type { Timers } from '../../shared/deps.ts';
import type { Incident } from '../incidents/incident.ts';
import { changed, resolve, type Change } from '../incidents/life.ts';
import type { IncidentStore } from '../ports/incidents.ts';
import { isOfMembership, withoutRace } from './place-anomalies.ts';

/** What a person, or a system of theirs, does to an incident. */
export type Act =
  | { readonly kind: 'acknowledge' | 'investigate' | 'mitigate' }
  | { readonly kind: 'resolve'; readonly reason: string }
  /** null: nobody. */
  | { readonly kind: 'assign'; readonly assignee: string | null }
  | { readonly kind: 'snooze'; readonly untilMs: number }
  | { readonly kind: 'note'; readonly text: string };

export interface ChangeIncidentDeps {
  readonly incidents: Pick<IncidentStore, 'get' | 'load' | 'commit'>;
  readonly timers: Timers;
}

export interface ChangeIncidentInput {
  readonly tenant: string;
  readonly id: string;
  readonly act: Act;
  /** Who: it is on the timeline. */
  readonly by: string;
}

/**
 * Answers the incident after it; null: there is none. What is so already changes nothing, so a webhook that comes twice
 * leaves one step; and what is resolved takes only notes.
 */
export const changeIncident = async (
  deps: ChangeIncidentDeps,
  input: ChangeIncidentInput,
): Promise<Incident | null> => {
  const { tenant, id } = input;
  const { incident } = await withoutRace(deps, async () => {
    const nowMs = deps.timers.nowMs();
    // The version is read before the incident, as the condition of the write demands.
    const board =
      input.act.kind === 'resolve' ? await deps.incidents.load(tenant, [], nowMs) : null;
    const before = await deps.incidents.get(tenant, id);
    const change = before === null ? null : changeOf(before, input, nowMs);
    if (change === null) return { incident: before };
    const version = isOfMembership(change) ? (board?.version ?? null) : null;
    const isWritten = await deps.incidents.commit({
      tenant,
      version,
      changes: [change],
      marks: [],
    });
    return isWritten ? { incident: change.after } : null;
  });
  return incident;
};

const changeOf = (
  incident: Incident,
  { act, by }: ChangeIncidentInput,
  atMs: number,
): Change | null => {
  if (act.kind === 'note')
    return changed(incident, {}, { atMs, by, kind: 'noted', text: act.text }, 'none');
  if (incident.resolvedMs !== null) return null;
  switch (act.kind) {
    case 'acknowledge':
      // Who works on it has seen it.
      return incident.state === 'identified' ? moved(incident, 'acknowledged', by, atMs) : null;
    case 'investigate':
      return moved(incident, 'investigating', by, atMs);
    case 'mitigate':
      return moved(incident, 'mitigated', by, atMs);
    case 'resolve':
      return resolve(incident, { atMs, by, kind: 'resolved', text: act.reason });
    case 'assign':
      return assigned(incident, act.assignee, by, atMs);
    case 'snooze':
      return changed(
        incident,
        { snoozedUntilMs: act.untilMs },
        {
          atMs,
          by,
          kind: 'snoozed',
          text: `Nothing is told of it until ${new Date(act.untilMs).toISOString()}.`,
        },
        'none',
      );
  }
};

const moved = (
  incident: Incident,
  state: 'acknowledged' | 'investigating' | 'mitigated',
  by: string,
  atMs: number,
): Change | null =>
  incident.state === state
    ? null
    : changed(
        incident,
        {
          state,
          acknowledgedMs: incident.acknowledgedMs ?? atMs,
          acknowledgedBy: incident.acknowledgedBy ?? by,
        },
        { atMs, by, kind: state, text: `It is ${state}.` },
        'always',
      );

const assigned = (
  incident: Incident,
  assignee: string | null,
  by: string,
  atMs: number,
): Change | null =>
  incident.assignee === assignee
    ? null
    : changed(
        incident,
        { assignee },
        {
          atMs,
          by,
          kind: 'assigned',
          text: assignee === null ? 'Nobody looks after it.' : `${assignee} looks after it.`,
        },
        'always',
      );
