import type { MetricMinute } from '../domain/metric-minute.ts';
import { sourceName } from '../domain/summary.ts';
import type { Baseline } from './baseline.ts';

/** A level of a service that is far beyond what it was. */
export interface HotMetric {
  readonly service: string;
  readonly because: string;
}

const SHARE_MIN = 0.5;
const ROBUST_Z_MIN = 20;
const MINUTES_MIN = 10;
/** Of a normal distribution the median deviation is this part of the standard deviation. */
const MAD_TO_SIGMA = 1.4826;
/** Shares are counted in hundredths: what never moved has no deviation. */
const SIGMA_MIN = 0.01;

/** Levels of the processor as a share of one: others have no scale. */
export const isLevel = ({ kind, counts, unit }: MetricMinute): boolean =>
  kind === 'cpu' && counts === 'level' && unit === '1';

/** Processors at half or more that no minute before came near. */
export const hotMetricsOf = (
  minutes: readonly MetricMinute[],
  { services }: Baseline,
): readonly HotMetric[] => {
  const series = Map.groupBy(
    minutes.filter(isLevel),
    ({ source, name }) => `${sourceName(source)} ${name}`,
  );
  return [...series.values()].flatMap((points) => {
    const [first] = points;
    const highest = Math.max(0, ...points.map(({ max }) => max));
    if (first === undefined || highest < SHARE_MIN) return [];
    const service = sourceName(first.source);
    const before = services.get(service)?.levels.get(first.name) ?? [];
    if (before.length < MINUTES_MIN) return [];
    const middle = medianOf(before);
    const sigma = MAD_TO_SIGMA * medianOf(before.map((level) => Math.abs(level - middle)));
    if ((highest - middle) / Math.max(SIGMA_MIN, sigma) < ROBUST_Z_MIN) return [];
    const because = `${first.name} is at ${percent(highest)}, usually ${percent(middle)}`;
    return [{ service, because }];
  });
};

const medianOf = (values: readonly number[]): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;

const percent = (share: number): string => `${Math.round(share * 100)} %`;
