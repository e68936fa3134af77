import type { Background, Baseline, KeyBaseline, ServiceBaseline } from './baseline.ts';
import type { Histogram } from './histogram.ts';

const LIMITS = {
  servicesMax: 1_000,
  keysMax: 200,
  eventsMax: 120,
  operationsMax: 60,
  edgesMax: 300,
  failuresMax: 100,
  versionsMax: 5,
} as const;

/** Keeps what is counted most: a sender that invents names fills no baseline. */
export const boundBaseline = ({ services }: Baseline): void => {
  keepMost(services, LIMITS.servicesMax, callsOfService);
  for (const { keys, edges, failures, versions } of services.values()) {
    keepMost(keys, LIMITS.keysMax, ({ calls }) => calls);
    keepMost(edges, LIMITS.edgesMax, ({ gaps }) => timesOf(gaps));
    keepMost(failures, LIMITS.failuresMax, (minutes) => minutes);
    keepMost(versions, LIMITS.versionsMax, (minute) => minute);
    for (const { events, selves } of keys.values()) {
      keepMost(events, LIMITS.eventsMax, (times) => times);
      keepMost(selves, LIMITS.operationsMax, timesOf);
    }
  }
};

/** Makes what was learned count half: what is no more is forgotten, what is new is soon usual. */
export const fadeBaseline = (baseline: Baseline): void => {
  baseline.minutes = half(baseline.minutes);
  for (const { keys, edges, failures } of baseline.services.values()) {
    halve(failures);
    for (const [operation, key] of keys) {
      fadeKey(key);
      if (key.calls === 0) keys.delete(operation);
    }
    for (const [callee, { gaps, background }] of edges) {
      halve(gaps);
      fadeBackground(background);
      if (gaps.size === 0) edges.delete(callee);
    }
  }
  for (const [service, { keys }] of baseline.services)
    if (keys.size === 0) baseline.services.delete(service);
};

const fadeKey = (key: KeyBaseline): void => {
  key.calls = half(key.calls);
  halve(key.events);
  for (const [operation, times] of key.selves) {
    halve(times);
    if (times.size === 0) key.selves.delete(operation);
  }
  fadeBackground(key.shape);
  fadeBackground(key.slowness);
};

const fadeBackground = (background: Background): void => {
  background.calls = half(background.calls);
  background.hits = half(background.hits);
};

const halve = <Name>(counts: Map<Name, number>): void => {
  for (const [name, times] of counts)
    if (times <= 1) counts.delete(name);
    else counts.set(name, half(times));
};

const half = (count: number): number => Math.floor(count / 2);

const callsOfService = ({ keys }: ServiceBaseline): number =>
  [...keys.values()].reduce((sum, { calls }) => sum + calls, 0);

const timesOf = (times: Histogram): number =>
  [...times.values()].reduce((sum, count) => sum + count, 0);

const keepMost = <Name, Value>(
  from: Map<Name, Value>,
  max: number,
  weightOf: (value: Value) => number,
): void => {
  if (from.size <= max) return;
  const least = [...from].toSorted(([, left], [, right]) => weightOf(left) - weightOf(right));
  for (const [name] of least.slice(0, from.size - max)) from.delete(name);
};
