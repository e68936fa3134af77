import { isWorse, type Anomaly, type AnomalyKind } from '../domain/anomaly.ts';
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
  readonly reason: string;
  /** Who set it. */
  readonly by: string;
  /** What is worse is told all the same; null: nothing is. */
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
    .filter(({ bandMax }) => bandMax === null || !isWorse(anomaly.band, bandMax))
    .filter(({ pattern }) => fits(pattern, anomaly))
    .toSorted((left, right) => right.untilMs - left.untilMs)[0] ?? null;

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
