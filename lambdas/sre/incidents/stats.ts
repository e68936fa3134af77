import type { Band } from '../score/composite.ts';
import type { Incident } from './incident.ts';
import { acknowledgedAfterMs, resolvedAfterMs } from './times.ts';

/** null: none of them was, so there is nothing to take the middle of. */
export interface Spread {
  readonly medianMs: number;
  readonly meanMs: number;
}

export interface IncidentFigures {
  readonly incidents: number;
  readonly live: number;
  readonly acknowledged: number;
  readonly resolved: number;
  readonly reopened: number;
  readonly noise: number;
  readonly acknowledge: Spread | null;
  readonly resolve: Spread | null;
}

export interface IncidentStats {
  readonly totals: IncidentFigures;
  /** The most incidents first. */
  readonly byService: readonly (readonly [string, IncidentFigures])[];
  readonly bySeverity: readonly (readonly [Band, IncidentFigures])[];
}

export interface SummedIncidents extends IncidentStats {
  /** There were more than are read: these are the newest of them. */
  readonly isTruncated: boolean;
}

const BANDS: readonly Band[] = ['critical', 'high', 'medium', 'low'];

/**
 * What became of incidents. One that another took in is a part of that one, and counts there alone; one that was called
 * noise counts as noise, and not in the times of what was real.
 */
export const statsOf = (all: readonly Incident[]): IncidentStats => {
  const incidents = all.filter(({ mergedInto }) => mergedInto === null);
  return {
    totals: figuresOf(incidents),
    byService: [...Map.groupBy(incidents, serviceOf)]
      .toSorted(
        ([one, left], [other, right]) => right.length - left.length || one.localeCompare(other),
      )
      .map(([service, ofService]) => [service, figuresOf(ofService)]),
    bySeverity: BANDS.map((band) => [
      band,
      figuresOf(incidents.filter((incident) => incident.band === band)),
    ]),
  };
};

/** The likely root, so that each incident counts once; without one the service that it was opened for. */
const serviceOf = ({ cause, members }: Incident): string =>
  cause?.root?.service ?? members[0]?.source.service ?? '';

const figuresOf = (incidents: readonly Incident[]): IncidentFigures => {
  const real = incidents.filter((incident) => !isNoise(incident));
  const acknowledged = real.map(acknowledgedAfterMs).filter((ms) => ms !== null);
  const resolved = real.map(resolvedAfterMs).filter((ms) => ms !== null);
  return {
    incidents: incidents.length,
    live: incidents.filter(({ resolvedMs }) => resolvedMs === null).length,
    acknowledged: acknowledged.length,
    resolved: resolved.length,
    reopened: incidents.filter(({ generation }) => generation > 1).length,
    noise: incidents.length - real.length,
    acknowledge: spreadOf(acknowledged),
    resolve: spreadOf(resolved),
  };
};

/** What opens again after it was called noise is no noise. */
const isNoise = ({ noiseGeneration, generation }: Incident): boolean =>
  noiseGeneration === generation;

const spreadOf = (all: readonly number[]): Spread | null => {
  const sorted = all.toSorted((left, right) => left - right);
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return sorted.length === 0 ? null : { medianMs: mean(middle), meanMs: mean(sorted) };
};

const mean = (all: readonly number[]): number =>
  Math.round(all.reduce((sum, one) => sum + one, 0) / all.length);
