import { createHash } from 'node:crypto';
import { isWorse, type Anomaly } from '../domain/anomaly.ts';
import { CONFIDENCE_MIN, type Cause } from '../domain/cause.ts';
import { sourceName } from '../domain/summary.ts';
import type { Incident, Member } from './incident.ts';
import {
  ANOMALIES_MAX,
  ENDED_AFTER_MS,
  FLAPPING_SPAN_MS,
  FLAPPING_TURNS,
  MEMBERS_MAX,
  TURNS_KEPT,
} from './limits.ts';
import { isOfKey } from './near.ts';
import { SLUICE, type Step } from './timeline.ts';
import { titleOf } from './title.ts';

/** What one write makes of an incident: one revision, one step of its timeline. */
export interface Change {
  /** null: it was not there. */
  readonly before: Incident | null;
  readonly after: Incident;
  readonly step: Step;
}

/** A step without its revision, which the write gives it. */
export type NewStep = Omit<Step, 'revision'>;

/** Who is to hear of a change: everybody; those who hear of it unless it is snoozed or flaps; nobody. */
export type News = 'always' | 'usual' | 'none';

/** The next revision of an incident, with what changed in it. */
export const changed = (
  before: Incident,
  after: Partial<Incident>,
  step: NewStep,
  news: News,
): Change => {
  const next = { ...before, ...after, revision: before.revision + 1 };
  const isTold = news === 'always' || (news === 'usual' && !isQuietAt(next, step.atMs));
  return {
    before,
    after: {
      ...next,
      title: titleOf(withRootFirst(next.members, next.cause), next.isDigest),
      newsRevision: isTold ? next.revision : before.newsRevision,
    },
    step: { ...step, revision: next.revision },
  };
};

const isQuietAt = ({ snoozedUntilMs, flappingSinceMs }: Incident, nowMs: number): boolean =>
  flappingSinceMs !== null || (snoozedUntilMs !== null && nowMs < snoozedUntilMs);

const withRootFirst = (members: readonly Member[], cause: Cause | null): readonly Member[] => {
  const root = cause?.root;
  if (root === null || root === undefined) return members;
  const isRoot = ({ source }: Member): boolean => sourceName(source) === sourceName(root);
  return [...members.filter(isRoot), ...members.filter((member) => !isRoot(member))];
};

/** Sorts by the time of opening; the same anomaly at the same time is the same incident. */
export const incidentId = (tenant: string, anomalyId: string, openedMs: number): string => {
  const hash = createHash('sha256')
    .update(JSON.stringify([tenant, anomalyId]))
    .digest('hex');
  return `${incidentIdsFrom(openedMs)}${hash.slice(0, 12)}`;
};

/** Where the ids of incidents that were opened at this moment start. */
export const incidentIdsFrom = (openedMs: number): string =>
  `incident_${openedMs.toString(36).padStart(9, '0')}`;

/** Until when an anomaly was seen: its end is reported a while later. */
export const seenUntilMs = ({ kind, endedMs, foundMs, openedMs }: Anomaly): number => {
  if (endedMs === null || isOfKey(kind)) return foundMs;
  return isSilence(kind) ? endedMs : Math.max(openedMs, endedMs - ENDED_AFTER_MS);
};

export const isSilence = (kind: Member['kind']): boolean =>
  kind === 'went_silent' || kind === 'telemetry_lost';

export interface Opening {
  readonly anomaly: Anomaly;
  readonly nowMs: number;
  readonly follows: string | null;
  readonly isDigest: boolean;
}

export const openIncident = ({ anomaly, nowMs, follows, isDigest }: Opening): Change => {
  const members = [memberOf(anomaly)];
  const title = titleOf(members, isDigest);
  return {
    before: null,
    after: {
      id: incidentId(anomaly.tenant, anomaly.id, nowMs),
      tenant: anomaly.tenant,
      revision: 1,
      newsRevision: 1,
      generation: 1,
      state: 'identified',
      band: anomaly.band,
      title,
      openedMs: nowMs,
      firstSeenMs: anomaly.openedMs,
      lastSeenMs: seenUntilMs(anomaly),
      resolvedMs: null,
      members,
      anomalies: [anomaly.id],
      anomalyCount: 1,
      isDigest,
      cause: null,
      diagnosis: null,
      mergedInto: null,
      apartFrom: [],
      follows,
      acknowledgedMs: null,
      acknowledgedBy: null,
      assignee: null,
      snoozedUntilMs: null,
      turnsMs: [nowMs],
      flappingSinceMs: null,
      noiseGeneration: null,
    },
    step: { revision: 1, atMs: nowMs, by: SLUICE, kind: 'opened', text: anomaly.why },
  };
};

export const memberOf = ({ source, kind }: Anomaly): Member => ({ source, kind });

export const isMember = ({ source, kind }: Member, members: readonly Member[]): boolean =>
  members.some((one) => one.kind === kind && sourceName(one.source) === sourceName(source));

/** Takes anomalies in: new ones, and those that it has which changed. */
export const takeIn = (
  incident: Incident,
  anomalies: readonly Anomaly[],
  nowMs: number,
): Change | null => {
  const taken = anomalies.reduce(withAnomaly, incident);
  const isWorseNow = isWorse(taken.band, incident.band);
  const fresh = taken.members.length - incident.members.length;
  const [last] = anomalies.toReversed();
  if (last === undefined) return null;
  const isNew = fresh > 0 || taken.anomalyCount > incident.anomalyCount;
  // What gets worse ends a snooze: it was put to sleep as it was.
  const woken = isWorseNow ? { ...taken, snoozedUntilMs: null } : taken;
  return changed(
    incident,
    woken,
    {
      atMs: nowMs,
      by: SLUICE,
      kind: isWorseNow ? 'worse' : isNew ? 'joined' : 'noted',
      text: textOf(anomalies, last),
    },
    isWorseNow || fresh > 0 ? 'usual' : 'none',
  );
};

const textOf = (anomalies: readonly Anomaly[], last: Anomaly): string => {
  const text = last.endedMs === null ? last.why : `It is over: ${last.why}`;
  return anomalies.length === 1 ? text : `${anomalies.length} anomalies: ${text}`;
};

const withAnomaly = (incident: Incident, anomaly: Anomaly): Incident => {
  const isNew = !incident.anomalies.includes(anomaly.id);
  const member = memberOf(anomaly);
  const hasRoom = incident.members.length < MEMBERS_MAX;
  return {
    ...incident,
    band: isWorse(anomaly.band, incident.band) ? anomaly.band : incident.band,
    firstSeenMs: Math.min(incident.firstSeenMs, anomaly.openedMs),
    lastSeenMs: Math.max(incident.lastSeenMs, seenUntilMs(anomaly)),
    members:
      isMember(member, incident.members) || !hasRoom
        ? incident.members
        : [...incident.members, member],
    anomalies: isNew
      ? [...incident.anomalies, anomaly.id].slice(-ANOMALIES_MAX)
      : incident.anomalies,
    anomalyCount: incident.anomalyCount + (isNew ? 1 : 0),
  };
};

/** It is over, by somebody's word or by quiet. */
export const resolve = (incident: Incident, step: NewStep): Change =>
  changed(
    incident,
    {
      state: 'resolved',
      resolvedMs: step.atMs,
      snoozedUntilMs: null,
      flappingSinceMs: null,
      turnsMs: withTurn(incident, step.atMs),
    },
    step,
    'always',
  );

export const withTurn = ({ turnsMs }: Incident, nowMs: number): readonly number[] =>
  [...turnsMs, nowMs].slice(-TURNS_KEPT);

/** It is there again: the same incident in its next generation, in which only what comes now counts. */
export const reopen = (incident: Incident, anomaly: Anomaly, nowMs: number): Change => {
  const turnsMs = withTurn(incident, nowMs);
  const recent = turnsMs.filter((turnMs) => nowMs - turnMs < FLAPPING_SPAN_MS).length;
  const again = withAnomaly(
    { ...incident, members: [], band: anomaly.band, lastSeenMs: seenUntilMs(anomaly) },
    anomaly,
  );
  const opened = {
    ...again,
    generation: incident.generation + 1,
    state: 'identified',
    resolvedMs: null,
    acknowledgedMs: null,
    acknowledgedBy: null,
    turnsMs,
    flappingSinceMs: recent >= FLAPPING_TURNS ? nowMs : null,
  } as const;
  const text =
    opened.flappingSinceMs === null
      ? anomaly.why
      : `It opens and resolves again and again, and nothing more is reported until it is quiet: ${anomaly.why}`;
  return changed(
    incident,
    opened,
    { atMs: nowMs, by: SLUICE, kind: 'reopened', text },
    // Whoever hears of it last hears that it is open.
    opened.flappingSinceMs === null ? 'usual' : 'always',
  );
};

/** What correlation says by now. null: nothing that anybody would see is different. */
export const withCause = (incident: Incident, cause: Cause, nowMs: number): Change | null => {
  if (JSON.stringify(incident.cause) === JSON.stringify(cause)) return null;
  const { root } = cause;
  const isNew = rootName(cause) !== rootName(incident.cause);
  if (!isNew && incident.cause !== null && !isSurer(incident.cause, cause)) return null;
  const text = root === null ? 'The cause is not clear.' : `The likely cause is ${root.service}.`;
  return changed(
    incident,
    { cause },
    { atMs: nowMs, by: SLUICE, kind: 'cause', text },
    isNew ? 'usual' : 'none',
  );
};

const rootName = (cause: Cause | null): string =>
  cause === null || cause.root === null ? '' : sourceName(cause.root);

/** Enough to write it again: figures that move with every look are no news. */
const isSurer = (before: Cause, now: Cause): boolean =>
  Math.abs(now.confidence - before.confidence) >= CONFIDENCE_MIN / 2 ||
  now.affected.length !== before.affected.length ||
  now.gaps.length !== before.gaps.length;
