import {
  newEdge,
  newKey,
  newService,
  type Background,
  type Baseline,
  type ServiceBaseline,
} from './baseline.ts';
import type { Call } from './calls.ts';
import { isFailureEvent } from './event.ts';
import { sourceName } from '../domain/summary.ts';
import type { MetricMinute } from '../domain/metric-minute.ts';
import type { Deploy } from './deploys.ts';
import { isLevel } from './hot-metrics.ts';
import type { Flagged } from './flags.ts';
import { addTime, type Histogram } from './histogram.ts';
import { edgeName, tallyOf, type Tally } from './tally.ts';

const FROZEN_HITS_MIN = 3;
const FROZEN_SHARE_MIN = 0.3;
const FROZEN_MINUTES_MAX = 10;

/** A minute that was judged becomes part of what is usual, but for what was wrong in it. */
export const learnMinute = (
  baseline: Baseline,
  { minute, flagged }: { readonly minute: number; readonly flagged: readonly Flagged[] },
): void => {
  const { keys, edges } = tallyOf(flagged);
  const frozen = new Set<string>();
  for (const [name, { service, operation, shape, slowness }] of keys) {
    const known = baseline.services.get(service)?.keys.get(operation);
    if (known === undefined) continue;
    const isWrong = isOutOfHand(shape) || isOutOfHand(slowness);
    if (staysFrozen(known, isWrong, minute)) frozen.add(name);
    else {
      addTally(known.shape, shape);
      addTally(known.slowness, slowness);
    }
  }
  for (const [name, { caller, calleeKey, lateness }] of edges) {
    const known = baseline.services.get(caller)?.edges.get(calleeKey);
    if (known === undefined) continue;
    if (staysFrozen(known, isOutOfHand(lateness), minute)) frozen.add(name);
    else addTally(known.background, lateness);
  }
  const failures = new Map<ServiceBaseline, Set<string>>();
  for (const { call } of flagged) {
    const service = baseline.services.get(call.service) ?? newService(call.source);
    baseline.services.set(call.service, service);
    const seen = failures.get(service) ?? new Set();
    failures.set(service, seen);
    for (const event of call.events) if (isFailureEvent(event)) seen.add(event);
    if (!frozen.has(call.key)) learnCall(service, call);
    for (const { callee, ms } of call.gaps) {
      if (frozen.has(edgeName(call.service, callee.key))) continue;
      const edge = service.edges.get(callee.key) ?? newEdge();
      service.edges.set(callee.key, edge);
      addTime(edge.gaps, ms);
    }
  }
  for (const [service, events] of failures)
    for (const event of events) addOne(service.failures, event);
  baseline.minutes += 1;
};

/** Versions and levels of a minute. Of a service that made no call nothing is kept. */
export const learnFacts = (
  { services }: Baseline,
  { minute, versions, metrics }: MinuteFacts,
): void => {
  for (const { source, version } of versions)
    services.get(sourceName(source))?.versions.set(version, minute);
  for (const { source, name, max } of metrics.filter(isLevel)) {
    const service = services.get(sourceName(source));
    const before = service?.levels.get(name) ?? [];
    service?.levels.set(name, [...before, Math.round(max * 1_000) / 1_000].slice(-LEVELS_MAX));
  }
};

interface MinuteFacts {
  readonly minute: number;
  readonly versions: readonly Deploy[];
  readonly metrics: readonly MetricMinute[];
}

const LEVELS_MAX = 30;

const learnCall = ({ keys }: ServiceBaseline, call: Call): void => {
  const key = keys.get(call.operation) ?? newKey();
  keys.set(call.operation, key);
  key.calls += 1;
  for (const event of call.events) addOne(key.events, event);
  for (const { operation, ms } of call.selves) {
    const times: Histogram = key.selves.get(operation) ?? new Map();
    key.selves.set(operation, times);
    addTime(times, ms);
  }
};

const isOutOfHand = ({ calls, hits }: Tally): boolean =>
  hits >= FROZEN_HITS_MIN && hits > FROZEN_SHARE_MIN * calls;

/** What continues for longer is the new normal. */
const staysFrozen = (
  known: { frozenMinute: number },
  isWrong: boolean,
  minute: number,
): boolean => {
  if (!isWrong) {
    known.frozenMinute = 0;
    return false;
  }
  if (known.frozenMinute === 0) known.frozenMinute = minute;
  return minute - known.frozenMinute < FROZEN_MINUTES_MAX;
};

const addTally = (background: Background, { calls, hits }: Tally): void => {
  background.calls += calls;
  background.hits += hits;
};

const addOne = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1);
};
