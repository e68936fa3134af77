import type { Source } from '../domain/log-record.ts';
import type { Histogram } from './histogram.ts';

/** How often a flag was judged, and how often it was up. */
export interface Background {
  calls: number;
  hits: number;
}

/** What is usual for the calls of one operation of a service. All counts simply add. */
export interface KeyBaseline {
  calls: number;
  /** In how many calls each event was. */
  readonly events: Map<string, number>;
  /** Own time by the operation of the span. */
  readonly selves: Map<string, Histogram>;
  readonly shape: Background;
  readonly slowness: Background;
  /** The minute since which it is not learned; 0: it is. */
  frozenMinute: number;
}

/** What is usual for the calls of a service to one operation of another. */
export interface EdgeBaseline {
  readonly gaps: Histogram;
  readonly background: Background;
  frozenMinute: number;
}

export interface ServiceBaseline {
  readonly source: Source;
  /** By operation. */
  readonly keys: Map<string, KeyBaseline>;
  /** By the key of the call that is called. */
  readonly edges: Map<string, EdgeBaseline>;
  /** In how many minutes each failure event was seen. */
  readonly failures: Map<string, number>;
  /** Versions that it ran, and the minute in which each was seen last. */
  readonly versions: Map<string, number>;
  /** Levels of the processor by the name of the metric, one a minute, the newest last. */
  readonly levels: Map<string, readonly number[]>;
}

/** What a tenant's calls are like when nothing is wrong. */
export interface Baseline {
  /** Minutes that were learned. */
  minutes: number;
  /** By `sourceName`. */
  readonly services: Map<string, ServiceBaseline>;
}

export const emptyBaseline = (): Baseline => ({ minutes: 0, services: new Map() });

export const newService = (source: Source): ServiceBaseline => ({
  source,
  keys: new Map(),
  edges: new Map(),
  failures: new Map(),
  versions: new Map(),
  levels: new Map(),
});

export const newKey = (): KeyBaseline => ({
  calls: 0,
  events: new Map(),
  selves: new Map(),
  shape: { calls: 0, hits: 0 },
  slowness: { calls: 0, hits: 0 },
  frozenMinute: 0,
});

export const newEdge = (): EdgeBaseline => ({
  gaps: new Map(),
  background: { calls: 0, hits: 0 },
  frozenMinute: 0,
});
