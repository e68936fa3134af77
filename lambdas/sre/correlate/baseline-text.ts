import * as z from 'zod';
import type { Baseline, EdgeBaseline, KeyBaseline, ServiceBaseline } from './baseline.ts';
import { sourceName } from '../domain/summary.ts';

const count = z.number();
const counts = z.array(z.tuple([z.string(), count]));
/** Place and times, by turns. */
const histogram = z.array(count);
const keyRow = z.tuple([
  z.string(),
  count,
  counts,
  z.array(z.tuple([z.string(), histogram])),
  z.tuple([count, count, count, count]),
  count,
]);
const edgeRow = z.tuple([z.string(), histogram, z.tuple([count, count]), count]);
const serviceRow = z.tuple([
  z.tuple([z.string(), z.string(), z.string()]),
  z.array(keyRow),
  z.array(edgeRow),
  counts,
  counts,
  z.array(z.tuple([z.string(), histogram])),
]);
const stored = z.tuple([z.literal(1), count, z.array(serviceRow)]);
type KeyRow = z.infer<typeof keyRow>;
type EdgeRow = z.infer<typeof edgeRow>;
type ServiceRow = z.infer<typeof serviceRow>;

/** A baseline as it is stored: arrays in a stated order. */
export const baselineText = ({ minutes, services }: Baseline): string =>
  JSON.stringify([1, minutes, [...services.values()].map(serviceRowOf)]);

/** null: another version wrote it, and learning starts again. */
export const readBaseline = (text: string): Baseline | null => {
  const { data } = stored.safeParse(JSON.parse(text));
  if (data === undefined) return null;
  const [, minutes, rows] = data;
  const services = rows.map(serviceOf);
  return {
    minutes,
    services: new Map(services.map((service) => [sourceName(service.source), service])),
  };
};

const serviceRowOf = ({
  source,
  keys,
  edges,
  failures,
  versions,
  levels,
}: ServiceBaseline): ServiceRow => [
  [source.environment, source.namespace, source.service],
  [...keys].map(keyRowOf),
  [...edges].map(([callee, { gaps, background, frozenMinute }]): EdgeRow => [
    callee,
    flat(gaps),
    [background.calls, background.hits],
    frozenMinute,
  ]),
  [...failures],
  [...versions],
  [...levels].map(([name, values]): [string, number[]] => [name, [...values]]),
];

const keyRowOf = ([operation, key]: readonly [string, KeyBaseline]): KeyRow => [
  operation,
  key.calls,
  [...key.events],
  [...key.selves].map(([name, times]): [string, number[]] => [name, flat(times)]),
  [key.shape.calls, key.shape.hits, key.slowness.calls, key.slowness.hits],
  key.frozenMinute,
];

const flat = (histogram: ReadonlyMap<number, number>): number[] => [...histogram].flat();

const serviceOf = ([
  [environment, namespace, service],
  keys,
  edges,
  failures,
  versions,
  levels,
]: ServiceRow): ServiceBaseline => ({
  source: { environment, namespace, service },
  keys: new Map(keys.map(keyOf)),
  edges: new Map(edges.map(edgeOf)),
  failures: new Map(failures),
  versions: new Map(versions),
  levels: new Map(levels),
});

const keyOf = ([operation, calls, events, selves, background, frozenMinute]: KeyRow): [
  string,
  KeyBaseline,
] => {
  const [shapeCalls, shapeHits, slowCalls, slowHits] = background;
  return [
    operation,
    {
      calls,
      events: new Map(events),
      selves: new Map(selves.map(([name, times]) => [name, paired(times)])),
      shape: { calls: shapeCalls, hits: shapeHits },
      slowness: { calls: slowCalls, hits: slowHits },
      frozenMinute,
    },
  ];
};

const edgeOf = ([callee, gaps, [calls, hits], frozenMinute]: EdgeRow): [string, EdgeBaseline] => [
  callee,
  { gaps: paired(gaps), background: { calls, hits }, frozenMinute },
];

const paired = (row: readonly number[]): Map<number, number> => {
  const histogram = new Map<number, number>();
  for (let at = 0; at + 1 < row.length; at += 2) histogram.set(row[at] ?? 0, row[at + 1] ?? 0);
  return histogram;
};
