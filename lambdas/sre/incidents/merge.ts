import { isWorse } from '../domain/anomaly.ts';
import type { Incident } from './incident.ts';
import { changed, isMember, type Change } from './life.ts';
import { ANOMALIES_MAX, MEMBERS_MAX } from './limits.ts';

interface Merging {
  readonly atMs: number;
  readonly by: string;
}

/** The older one takes the younger one in. */
export const merge = (
  older: Incident,
  younger: Incident,
  { atMs, by }: Merging,
): readonly [Change, Change] => {
  const fresh = younger.members.filter((member) => !isMember(member, older.members));
  const took = changed(
    older,
    {
      band: isWorse(younger.band, older.band) ? younger.band : older.band,
      firstSeenMs: Math.min(older.firstSeenMs, younger.firstSeenMs),
      lastSeenMs: Math.max(older.lastSeenMs, younger.lastSeenMs),
      members: [...older.members, ...fresh].slice(0, MEMBERS_MAX),
      anomalies: [...older.anomalies, ...younger.anomalies].slice(-ANOMALIES_MAX),
      anomalyCount: older.anomalyCount + younger.anomalyCount,
    },
    { atMs, by, kind: 'took_in', text: `${younger.id} is a part of it.` },
    'usual',
  );
  const gone = changed(
    younger,
    { state: 'resolved', resolvedMs: atMs, mergedInto: older.id },
    { atMs, by, kind: 'merged', text: `It is a part of ${older.id}.` },
    'always',
  );
  return [took, gone];
};

/** Takes apart what was merged; the two stay apart from then on. */
export const unmerge = (
  older: Incident,
  younger: Incident,
  { atMs, by }: Merging,
): readonly [Change, Change] => {
  const gave = changed(
    older,
    {
      members: older.members.filter((member) => !isMember(member, younger.members)),
      anomalies: older.anomalies.filter((id) => !younger.anomalies.includes(id)),
      anomalyCount: Math.max(0, older.anomalyCount - younger.anomalyCount),
      apartFrom: [...older.apartFrom, younger.id],
    },
    { atMs, by, kind: 'gave_back', text: `${younger.id} is an incident of its own.` },
    'always',
  );
  const back = changed(
    younger,
    {
      state: 'identified',
      resolvedMs: null,
      mergedInto: null,
      apartFrom: [...younger.apartFrom, older.id],
    },
    { atMs, by, kind: 'unmerged', text: `It is no part of ${older.id}.` },
    'always',
  );
  return [gave, back];
};
