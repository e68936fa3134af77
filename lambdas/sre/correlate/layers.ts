import type { Anomaly } from '../domain/anomaly.ts';
import { IMMEDIATE_GROUPS } from '../domain/signal.ts';
import { sourceName } from '../domain/summary.ts';
import type { Call } from './calls.ts';
import type { Deploy } from './deploys.ts';
import { isFailureEvent } from './event.ts';
import type { Flagged } from './flags.ts';
import type { ServiceGraph } from './graph.ts';
import type { HotMetric } from './hot-metrics.ts';

/** What one layer says for a service. */
export interface LayerEvidence {
  readonly service: string;
  readonly score: number;
  readonly because: string;
}

/** None of them but the first and the last is enough alone: `CONFIDENCE_MIN` is 2. */
const LAYER_SCORES = {
  ownCrash: 2.2,
  callers: 1.2,
  deepest: 1.6,
  first: 0.4,
  deploy: 0.8,
  metric: 2.5,
};

/** Clocks of services differ by so much after ingestion corrected what it could. */
const SKEW_MS = 2_000;
const DEPLOY_BEFORE_MS = 900_000;
const FAILING_TRACES_MIN = 3;

export interface LayerInput {
  readonly anomalies: readonly Anomaly[];
  readonly flagged: readonly Flagged[];
  readonly graph: ServiceGraph;
  readonly deploys: readonly Deploy[];
  readonly hotMetrics: readonly HotMetric[];
  /** A service as people call it. */
  readonly title: (service: string) => string;
}

/** What speaks for a root besides calls that deviate. */
export const layersOf = (input: LayerInput): readonly LayerEvidence[] => [
  ...ownCrashes(input),
  ...calledByOthers(input),
  ...deepestFailures(input),
  ...firstOfAll(input),
  ...deployed(input),
  ...input.hotMetrics.map(({ service, because }) => ({
    service,
    score: LAYER_SCORES.metric,
    because,
  })),
];

/** A process that ran out of memory, crashed or used up a resource says so of itself. */
const ownCrashes = ({ anomalies }: LayerInput): readonly LayerEvidence[] =>
  anomalies
    .filter(({ kind }) => IMMEDIATE_GROUPS.some((group) => group === kind))
    .map(({ source, why }) => ({
      service: sourceName(source),
      score: LAYER_SCORES.ownCrash,
      because: why,
    }));

/** Service dependencies: what others that deviate call. */
const calledByOthers = ({ anomalies, graph, title }: LayerInput): readonly LayerEvidence[] => {
  const deviating = new Set(anomalies.map(({ source }) => sourceName(source)));
  if (deviating.size < 2) return [];
  return [...deviating].flatMap((service) => {
    const callers = [...graph.callersOf(service)].filter((caller) => deviating.has(caller));
    if (callers.length === 0) return [];
    // In a circle of calls each is called by the other: that says nothing.
    const mutual = [...graph.calleesOf(service)].filter((callee) => deviating.has(callee)).length;
    const share = Math.max(0, callers.length - mutual) / (deviating.size - 1);
    if (share === 0) return [];
    return [
      {
        service,
        score: LAYER_SCORES.callers * share,
        because: `${listed(callers.map(title))} deviate too and call it`,
      },
    ];
  });
};

/** Error propagation in traces of calls that no baseline knows yet: the deepest call that failed. */
const deepestFailures = ({ flagged }: LayerInput): readonly LayerEvidence[] => {
  const failing = flagged.filter(({ call, isKnown }) => !isKnown && hasFailure(call));
  const explained = new Set<Call>();
  for (const { call } of failing)
    for (let { caller } = call; caller !== null && !explained.has(caller); { caller } = caller)
      explained.add(caller);
  const deepest = failing.filter(({ call }) => !explained.has(call));
  const traces = new Set(deepest.map(({ call }) => call.traceId));
  if (traces.size < FAILING_TRACES_MIN) return [];
  // Without a caller in the trace a failure is one of the service that people see, not one that spread.
  const spread = deepest.filter(({ call }) => call.caller !== null);
  return [...Map.groupBy(spread, ({ call }) => call.service)].map(([service, ofService]) => {
    const own = new Set(ofService.map(({ call }) => call.traceId)).size;
    return {
      service,
      score: (LAYER_SCORES.deepest * own) / traces.size,
      because: `it is where ${own} of ${traces.size} failing traces failed first`,
    };
  });
};

const hasFailure = ({ events }: Call): boolean => [...events].some(isFailureEvent);

/** Time proximity: weak, because clocks differ and windows have steps. */
const firstOfAll = ({ anomalies }: LayerInput): readonly LayerEvidence[] => {
  const firsts = new Map<string, number>();
  for (const { source, openedMs } of anomalies) {
    const service = sourceName(source);
    firsts.set(service, Math.min(firsts.get(service) ?? openedMs, openedMs));
  }
  const [first, second] = [...firsts].toSorted(([, left], [, right]) => left - right);
  if (first === undefined || second === undefined) return [];
  const leadMs = second[1] - first[1];
  if (leadMs <= SKEW_MS) return [];
  return [
    {
      service: first[0],
      score: LAYER_SCORES.first,
      because: `it deviated ${Math.round(leadMs / 1_000)} s before any other`,
    },
  ];
};

const deployed = ({ deploys, anomalies }: LayerInput): readonly LayerEvidence[] => {
  const onsetMs = Math.min(...anomalies.map(({ openedMs }) => openedMs));
  return deploys
    .filter(({ atMs }) => atMs >= onsetMs - DEPLOY_BEFORE_MS && atMs <= onsetMs + SKEW_MS)
    .map(({ source, version, atMs }) => ({
      service: sourceName(source),
      score: LAYER_SCORES.deploy,
      because: `version ${version} of it came ${Math.max(0, Math.round((onsetMs - atMs) / 1_000))} s before`,
    }));
};

const NAMES_MAX = 3;

const listed = (names: readonly string[]): string =>
  names.length <= NAMES_MAX
    ? names.join(', ')
    : `${names.slice(0, NAMES_MAX).join(', ')} and ${names.length - NAMES_MAX} more`;
