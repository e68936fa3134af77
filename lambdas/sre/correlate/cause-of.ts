import type { Anomaly } from '../domain/anomaly.ts';
import { CONFIDENCE_MIN, type Cause, type Moment, type Suspect } from '../domain/cause.ts';
import type { Source } from '../domain/log-record.ts';
import { sourceName } from '../domain/summary.ts';
import type { Baseline } from './baseline.ts';
import { blames, type Blame } from './blame.ts';
import type { Call } from './calls.ts';
import type { Deploy } from './deploys.ts';
import type { Flagged } from './flags.ts';
import { gapsOf } from './gaps.ts';
import { ServiceGraph } from './graph.ts';
import type { HotMetric } from './hot-metrics.ts';
import { layersOf } from './layers.ts';
import { proofOf } from './proof.ts';
import { becauseOf, titleOf } from './sentences.ts';
import { tallyOf } from './tally.ts';

const SUSPECTS_MAX = 5;
const BECAUSE_MAX = 5;
const TIMELINE_MAX = 20;
const AFFECTED_MAX = 50;

export interface Evidence {
  readonly anomalies: readonly Anomaly[];
  /** Calls of the window, judged by the baseline. */
  readonly flagged: readonly Flagged[];
  readonly baseline: Baseline;
  readonly deploys: readonly Deploy[];
  readonly hotMetrics: readonly HotMetric[];
  /** Lines and spans that were read, and whether there were more than may be. */
  readonly records: number;
  readonly isCut: boolean;
}

interface Scored {
  readonly service: string;
  score: number;
  readonly reasons: { readonly score: number; readonly text: string }[];
}

/** The root of some anomalies, by what calls, services and times show of it. */
export const causeOf = (evidence: Evidence): Cause => {
  const { anomalies, flagged, baseline, deploys, hotMetrics } = evidence;
  const calls = flagged.map(({ call }) => call);
  const graph = new ServiceGraph(baseline, calls);
  const sources = sourcesOf(evidence, calls);
  const title = (service: string): string => titleOf(sources.get(service), service);
  const found = blames(tallyOf(flagged), baseline);
  const scored = new Map<string, Scored>();
  for (const blame of strongest(found))
    add(scored, blame.service, blame.score, becauseOf(blame, title));
  for (const { service, score, because } of layersOf({
    anomalies,
    flagged,
    graph,
    deploys,
    hotMetrics,
    title,
  }))
    add(scored, service, score, because);
  const explains = explainer(anomalies, graph);
  const ranked = [...scored.values()]
    .filter(({ service }) => explains(service))
    .toSorted((left, right) => right.score - left.score);
  const suspects = ranked.slice(0, SUSPECTS_MAX).flatMap((one): readonly Suspect[] => {
    const source = sources.get(one.service);
    return source === undefined ? [] : [suspectOf(source, one)];
  });
  const [first] = suspects;
  const confidence = first?.score ?? 0;
  const root = first !== undefined && confidence >= CONFIDENCE_MIN ? first.source : null;
  const rootName = root === null ? null : sourceName(root);
  const proof = rootName === null ? null : proofOf(rootName, flagged, anomalies);
  const shown = (services: Iterable<string>): readonly Source[] =>
    [...services].flatMap((service) => sources.get(service) ?? []);
  return {
    root,
    confidence,
    suspects,
    template: proof?.template ?? null,
    samples: proof?.samples ?? [],
    chain: rootName === null ? [] : shown(chainOf(rootName, anomalies, graph)),
    affected: shown(affectedBy(rootName, anomalies, graph)).slice(0, AFFECTED_MAX),
    timeline: timelineOf(evidence, rootName, title),
    gaps: gapsOf(evidence, suspects),
  };
};

/** Of each service the strongest of its blames: they are often the same calls seen twice. */
const strongest = (found: readonly Blame[]): readonly Blame[] => {
  const best = new Map<string, Blame>();
  for (const blame of found) if (!best.has(blame.service)) best.set(blame.service, blame);
  return [...best.values()];
};

const add = (scored: Map<string, Scored>, service: string, score: number, text: string): void => {
  const one = scored.get(service) ?? { service, score: 0, reasons: [] };
  scored.set(service, one);
  one.score += score;
  one.reasons.push({ score, text });
};

const suspectOf = (source: Source, { score, reasons }: Scored): Suspect => ({
  source,
  score: Math.round(score * 100) / 100,
  because: reasons
    .toSorted((left, right) => right.score - left.score)
    .slice(0, BECAUSE_MAX)
    .map(({ text }) => text),
});

/** A root deviates itself, or somebody who deviates calls it; who fell silent may have lost its callers as well. */
const explainer = (
  anomalies: readonly Anomaly[],
  graph: ServiceGraph,
): ((service: string) => boolean) => {
  const near = new Set<string>();
  for (const { source, kind } of anomalies) {
    const service = sourceName(source);
    if (kind === 'telemetry_lost' || !graph.has(service)) return () => true;
    near.add(service);
    for (const callee of graph.calleesOf(service)) near.add(callee);
    if (kind === 'went_silent') for (const caller of graph.callersOf(service)) near.add(caller);
  }
  return (service) => near.size === 0 || near.has(service);
};

const sourcesOf = (
  { anomalies, baseline, deploys }: Evidence,
  calls: readonly Call[],
): ReadonlyMap<string, Source> => {
  const sources = new Map<string, Source>();
  for (const [service, { source }] of baseline.services) sources.set(service, source);
  for (const { service, source } of calls) sources.set(service, source);
  for (const { source } of [...anomalies, ...deploys]) sources.set(sourceName(source), source);
  return sources;
};

/** From the root to the farthest of its callers that deviate. */
const chainOf = (
  root: string,
  anomalies: readonly Anomaly[],
  graph: ServiceGraph,
): readonly string[] => {
  const ways = anomalies.map(({ source }) => graph.wayUp(root, sourceName(source)));
  return ways.reduce((longest, way) => (way.length > longest.length ? way : longest), [root]);
};

/** Who deviates, and the blast radius: all that call the root. */
const affectedBy = (
  root: string | null,
  anomalies: readonly Anomaly[],
  graph: ServiceGraph,
): ReadonlySet<string> =>
  new Set([
    ...(root === null ? [] : [root]),
    ...anomalies.map(({ source }) => sourceName(source)),
    ...(root === null ? [] : graph.callersOf(root)),
  ]);

const timelineOf = (
  { anomalies, deploys, flagged }: Evidence,
  root: string | null,
  title: (service: string) => string,
): readonly Moment[] => {
  const moments: Moment[] = [
    ...deploys.map(({ source, version, atMs }) => ({
      atMs,
      source,
      what: `version ${version} of ${title(sourceName(source))} is seen first`,
    })),
    ...anomalies.map(({ source, openedMs, why }) => ({ atMs: openedMs, source, what: why })),
  ];
  const first = flagged
    .filter(
      ({ call, isOddShape, slow }) => call.service === root && (isOddShape || slow.length > 0),
    )
    .reduce<Call | null>(
      (before, { call }) => (before === null || call.startMs < before.startMs ? call : before),
      null,
    );
  if (first !== null)
    moments.push({
      atMs: first.startMs,
      source: first.source,
      what: `the first call of ${title(first.service)} that is not as usual: ${first.operation}`,
    });
  return moments.toSorted((left, right) => left.atMs - right.atMs).slice(0, TIMELINE_MAX);
};
