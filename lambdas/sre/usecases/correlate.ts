import { causeOf } from '../correlate/cause-of.ts';
import { deploysIn, versionsOf, type Deploy } from '../correlate/deploys.ts';
import { flagCalls } from '../correlate/flags.ts';
import { hotMetricsOf } from '../correlate/hot-metrics.ts';
import { Usual } from '../correlate/usual.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { Cause } from '../domain/cause.ts';
import type { Source } from '../domain/log-record.ts';
import { ANY, isNamedBy } from '../domain/service-setting.ts';
import { sourceName } from '../domain/summary.ts';
import { AROUND_MS, mergedBaseline, wholeCalls, type LearnDeps } from './learn-calls.ts';

export interface CorrelateInput {
  readonly tenant: string;
  /** Those that belong together, one at least. */
  readonly anomalies: readonly Anomaly[];
  /** Versions that somebody reported; those that telemetry shows are found here. */
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
  const sources = [...baseline.services.values(), ...calls, ...anomalies].map((one) => one.source);
  return causeOf({
    anomalies,
    flagged: flagCalls(calls, new Usual(baseline)),
    baseline,
    deploys: [...deploysOf(deploys, sources), ...seen],
    hotMetrics: hotMetricsOf(window.metrics, baseline),
    records: window.lines.length + window.spans.length,
    isCut: window.isCut,
  });
};

/** Deploys of the services that they name: where an environment or a namespace was left out, of each that is known. */
const deploysOf = (deploys: readonly Deploy[], sources: readonly Source[]): readonly Deploy[] => {
  const known = [...new Map(sources.map((source) => [sourceName(source), source])).values()];
  return deploys.flatMap((deploy) =>
    deploy.source.environment === ANY || deploy.source.namespace === ANY
      ? known
          .filter((source) => isNamedBy(deploy.source, source))
          .map((source) => ({ ...deploy, source }))
      : [deploy],
  );
};
