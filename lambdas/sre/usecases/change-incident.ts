import type { Timers } from '../../shared/deps.ts';
import type { Incident } from '../incidents/incident.ts';
import { changed, resolve, type Change } from '../incidents/life.ts';
import { NOTED_REVISIONS_MAX } from '../incidents/limits.ts';
import type { IncidentStore } from '../ports/incidents.ts';
import { isOfMembership, withoutRace } from './place-anomalies.ts';

/** What a person, or a system of theirs, does to an incident. */
export type Act =
  | { readonly kind: 'acknowledge' | 'investigate' | 'mitigate' }
  | { readonly kind: 'resolve'; readonly reason: string }
  /** Resolves it too. */
  | { readonly kind: 'noise' }
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
  /** What the act says of when it was done, where it may come late; absent: it is done now. */
  readonly done?: Done;
}

export interface Done {
  /** Of the incident that somebody looked at; null: it does not say. */
  readonly generation: number | null;
  /** null: it does not say. */
  readonly atMs: number | null;
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
      input.act.kind === 'resolve' || input.act.kind === 'noise'
        ? await deps.incidents.load(tenant, [], nowMs)
        : null;
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
  { act, by, done }: ChangeIncidentInput,
  atMs: number,
): Change | null => {
  if (act.kind === 'note')
    return incident.revision >= NOTED_REVISIONS_MAX
      ? null
      : changed(incident, {}, { atMs, by, kind: 'noted', text: act.text }, 'none');
  if (act.kind === 'noise') return calledNoise(incident, by, atMs);
  if (incident.resolvedMs !== null) return null;
  if (done !== undefined && isOfBefore(incident, done)) return null;
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
          text: `Nothing is reported of it until ${new Date(act.untilMs).toISOString()}.`,
        },
        'none',
      );
  }
};

/** An act on what the incident was before it opened again says nothing of what it is now. */
const isOfBefore = (
  { generation, turnsMs, openedMs }: Incident,
  { generation: seen, atMs }: Done,
): boolean => {
  if (seen !== null && seen !== generation) return true;
  // Nobody can have had a ticket before the first one: clocks that differ say nothing there.
  return generation > 1 && atMs !== null && atMs < (turnsMs.at(-1) ?? openedMs);
};

/** What is over already is called noise all the same: people look back. */
const calledNoise = (incident: Incident, by: string, atMs: number): Change | null => {
  const { generation } = incident;
  if (incident.noiseGeneration === generation) return null;
  const noise = { ...incident, noiseGeneration: generation };
  const step = { atMs, by, kind: 'called_noise', text: 'It was called noise.' } as const;
  if (incident.resolvedMs !== null)
    return changed(incident, { noiseGeneration: generation }, step, 'none');
  return { ...resolve(noise, step), before: incident };
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
