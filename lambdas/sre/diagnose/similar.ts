import { sourceName } from '../domain/summary.ts';
import type { Incident } from '../incidents/incident.ts';
import { SIMILAR_MAX } from './limits.ts';

/** Weights add up to 1; what shares less than that little is another story. */
const WEIGHTS = { template: 0.5, root: 0.3, signals: 0.2 } as const;
const SCORE_MIN = 0.3;

export interface SimilarIncident {
  readonly incident: Incident;
  /** 0 to 1. */
  readonly score: number;
}

/** Resolved incidents that are most like this one by the line, the service and the signals of their roots, the newest of equals first. */
export const similarIncidents = (
  incident: Incident,
  past: readonly Incident[],
): readonly SimilarIncident[] =>
  past
    .filter(({ id, resolvedMs, mergedInto, isDigest }) =>
      id === incident.id ? false : resolvedMs !== null && mergedInto === null && !isDigest,
    )
    .map((other) => ({ incident: other, score: likenessOf(incident, other) }))
    .filter(({ score }) => score >= SCORE_MIN)
    .toSorted(
      (left, right) => right.score - left.score || right.incident.openedMs - left.incident.openedMs,
    )
    .slice(0, SIMILAR_MAX);

const likenessOf = (one: Incident, other: Incident): number => {
  const template = one.cause?.template?.text;
  const isSameLine = template !== undefined && template === other.cause?.template?.text;
  return (
    (isSameLine ? WEIGHTS.template : 0) +
    WEIGHTS.root * shareOf(rootsOf(one), rootsOf(other)) +
    WEIGHTS.signals * shareOf(signalsOf(one), signalsOf(other))
  );
};

/** The root where one is named, else the services that had anomalies. */
const rootsOf = ({ cause, members }: Incident): ReadonlySet<string> =>
  cause !== null && cause.root !== null
    ? new Set([sourceName(cause.root)])
    : new Set(members.map(({ source }) => sourceName(source)));

const signalsOf = ({ members }: Incident): ReadonlySet<string> =>
  new Set(members.map(({ kind }) => kind));

/** What two sets share of all that they have. */
const shareOf = (one: ReadonlySet<string>, other: ReadonlySet<string>): number => {
  const all = one.union(other).size;
  return all === 0 ? 0 : one.intersection(other).size / all;
};
