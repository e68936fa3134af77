import { isWorse, type Anomaly, type AnomalyKind } from '../domain/anomaly.ts';
import { isOpenAt, nextClosedMs, type OfficeHours } from '../domain/office-hours.ts';
import type { Band } from '../score/composite.ts';

/** What a silence holds for; null: any. */
export interface Pattern {
  readonly environment: string | null;
  readonly namespace: string | null;
  readonly service: string | null;
  readonly kind: AnomalyKind | null;
  /** Of the template of its lines. */
  readonly template: string | null;
}

/** Why nothing is opened: somebody works there, somebody does not want to hear it, or it was called noise. */
export type SilenceKind = 'maintenance' | 'silence' | 'noise';

export interface Silence {
  readonly id: string;
  readonly kind: SilenceKind;
  readonly pattern: Pattern;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Within them alone it holds, week by week; null: all the time. */
  readonly hours: OfficeHours | null;
  readonly reason: string;
  /** Who set it. */
  readonly by: string;
  /** What is worse is reported all the same; null: nothing is. */
  readonly bandMax: Band | null;
}

/** The silence that ends last of those that hold for an anomaly; null: none does. */
export const silenceOf = (
  anomaly: Anomaly,
  silences: readonly Silence[],
  nowMs: number,
): Silence | null =>
  silences
    .filter(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs)
    .filter(({ hours }) => hours === null || isOpenAt(hours, nowMs))
    .filter(({ bandMax }) => bandMax === null || !isWorse(anomaly.band, bandMax))
    .filter(({ pattern }) => fits(pattern, anomaly))
    .toSorted((left, right) => endMs(right, nowMs) - endMs(left, nowMs))[0] ?? null;

/** When one that holds now holds no longer. */
export const endMs = ({ hours, untilMs }: Silence, nowMs: number): number =>
  hours === null ? untilMs : Math.min(untilMs, nextClosedMs(hours, nowMs) ?? untilMs);

const fits = (pattern: Pattern, { source, kind, template }: Anomaly): boolean =>
  is(pattern.environment, source.environment) &&
  is(pattern.namespace, source.namespace) &&
  is(pattern.service, source.service) &&
  is(pattern.kind, kind) &&
  is(pattern.template, template?.text ?? '');

const is = (wanted: string | null, given: string): boolean => wanted === null || wanted === given;

/** What is called noise when somebody calls an anomaly noise. */
export const patternOf = ({ source, kind, template }: Anomaly): Pattern => ({
  ...source,
  kind,
  template: template?.text ?? null,
});
