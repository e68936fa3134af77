import { causeOf } from '../correlate/cause-of.ts';
import { deploysIn, versionsOf, type Deploy } from '../correlate/deploys.ts';
import { flagCalls } from '../correlate/flags.ts';
import { hotMetricsOf } from '../correlate/hot-metrics.ts';
import { Usual } from '../correlate/usual.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { Cause } from '../domain/cause.ts';
import { AROUND_MS, mergedBaseline, wholeCalls, type LearnDeps } from './learn-calls.ts';

export interface CorrelateInput {
  readonly tenant: string;
  /** Those that belong together, one at least. */
  readonly anomalies: readonly Anomaly[];
  /** Versions that somebody told of; those that telemetry shows are found here. */
  readonly deploys?: readonly Deploy[];
  readonly nowMs: number;
}

/** A window of failures opens up to a step late. */
const BEFORE_MS = 10_000;
const WINDOW_MS = 300_000;
/** What was sent last may still be on its way: half of a call looks like one that went wrong. */
const SETTLE_MS = 5_000;

/** The root of anomalies that belong together, by what is at hand at `nowMs`: asked again later it may know more. */
export const correlate = async (
  { telemetry, baselines }: LearnDeps,
  { tenant, anomalies, deploys = [], nowMs }: CorrelateInput,
): Promise<Cause> => {
  const onsetMs = Math.min(nowMs, ...anomalies.map(({ openedMs }) => openedMs));
  const fromMs = onsetMs - BEFORE_MS;
  const toMs = Math.min(nowMs, fromMs + WINDOW_MS);
  const [window, parts] = await Promise.all([
    telemetry.read({ tenant, fromMs: fromMs - AROUND_MS, toMs }),
    baselines.load(tenant),
  ]);
  const baseline = mergedBaseline(parts);
  const calls = wholeCalls(window, fromMs).filter(({ endMs }) => endMs <= toMs - SETTLE_MS);
  const versions = versionsOf(
    window.lines.map(({ record }) => record),
    window.spans,
  );
  const seen = deploysIn(
    versions,
    (service) => new Set(baseline.services.get(service)?.versions.keys()),
  );
  return causeOf({
    anomalies,
    flagged: flagCalls(calls, new Usual(baseline)),
    baseline,
    deploys: [...deploys, ...seen],
    hotMetrics: hotMetricsOf(window.metrics, baseline),
    records: window.lines.length + window.spans.length,
    isCut: window.isCut,
  });
};
