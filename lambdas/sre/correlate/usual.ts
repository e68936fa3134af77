import type { Baseline, KeyBaseline } from './baseline.ts';
import { isFailureEvent } from './event.ts';
import { addAll, countOf, quantileOf, type Histogram } from './histogram.ts';

/** Fewer say nothing of what is usual. */
const SAMPLES_MIN = 5;
const SHARE_MAX = 0.1;
const SLACK_MS = 20;
const CHRONIC_SERVICES_MIN = 3;
const CHRONIC_MINUTES_SHARE = 0.1;

/** A baseline as a window is judged by: limits are worked out once, when they are first asked for. */
export class Usual {
  private readonly baseline: Baseline;
  private readonly expected = new Map<KeyBaseline, readonly string[]>();
  private readonly limits = new Map<Histogram, number>();
  private byCallee: Map<string, Histogram> | null = null;
  private readonly all: Histogram = new Map();
  private names: ReadonlySet<string> | null = null;
  private chronic: ReadonlySet<string> | null = null;

  constructor(baseline: Baseline) {
    this.baseline = baseline;
  }

  /** null: too few calls of this kind are known. */
  keyOf(service: string, operation: string): KeyBaseline | null {
    const key = this.baseline.services.get(service)?.keys.get(operation);
    return key === undefined || key.calls < SAMPLES_MIN ? null : key;
  }

  /** Events that hardly a call of the key is without. */
  expectedOf(key: KeyBaseline): readonly string[] {
    const known = this.expected.get(key);
    if (known !== undefined) return known;
    const expected = [...key.events]
      .filter(([, count]) => isRare(key.calls - count, key.calls))
      .map(([event]) => event);
    this.expected.set(key, expected);
    return expected;
  }

  isRareIn(key: KeyBaseline, event: string): boolean {
    return isRare(key.events.get(event) ?? 0, key.calls);
  }

  /** Above it a time is out of the ordinary; null: too few are known. */
  selfLimitMs(key: KeyBaseline, operation: string): number | null {
    const times = key.selves.get(operation);
    return times === undefined ? null : this.limitOf(times);
  }

  /** The same of a gap: of the edge, else of all that call the operation, else of all. */
  gapLimitMs(caller: string, calleeKey: string): number | null {
    const edge = this.baseline.services.get(caller)?.edges.get(calleeKey)?.gaps;
    const own = edge === undefined ? null : this.limitOf(edge);
    if (own !== null) return own;
    const callee = this.calleeGaps().get(calleeKey);
    return (callee === undefined ? null : this.limitOf(callee)) ?? this.limitOf(this.all);
  }

  /** Its caller waits for its answer; nobody waits for a consumer of a queue. */
  isWaitedFor(caller: string, calleeKey: string): boolean {
    return this.baseline.services.get(caller)?.edges.has(calleeKey) === true;
  }

  /** How many client spans of an operation nobody answers, of each call of a kind. */
  unansweredShare({ selves, calls }: KeyBaseline, operation: string): number {
    const times = selves.get(operation);
    return times === undefined ? 0 : countOf(times) / calls;
  }

  /** A host is named as a service is, or as a service with the names of its cluster behind it. In lower case. */
  isService(host: string): boolean {
    this.names ??= namesOf(this.baseline);
    for (let end = host.indexOf('.'); end !== -1; end = host.indexOf('.', end + 1))
      if (this.names.has(host.slice(0, end))) return true;
    return this.names.has(host);
  }

  /** What a service calls itself, in lower case; '' of one that is not known. */
  nameOf(service: string): string {
    return this.baseline.services.get(service)?.source.service.toLowerCase() ?? '';
  }

  /** Failures that several services have all the time. */
  isChronic(event: string): boolean {
    this.chronic ??= chronicOf(this.baseline);
    return this.chronic.has(event);
  }

  private limitOf(times: Histogram): number | null {
    const known = this.limits.get(times);
    if (known !== undefined) return known;
    if (countOf(times) < SAMPLES_MIN) return null;
    const limit = quantileOf(times, 0.95) + Math.max(SLACK_MS, quantileOf(times, 0.5));
    this.limits.set(times, limit);
    return limit;
  }

  private calleeGaps(): Map<string, Histogram> {
    if (this.byCallee !== null) return this.byCallee;
    this.byCallee = new Map();
    for (const { edges } of this.baseline.services.values())
      for (const [calleeKey, { gaps }] of edges) {
        const sum: Histogram = this.byCallee.get(calleeKey) ?? new Map();
        addAll(sum, gaps);
        addAll(this.all, gaps);
        this.byCallee.set(calleeKey, sum);
      }
    return this.byCallee;
  }
}

const namesOf = ({ services }: Baseline): ReadonlySet<string> =>
  new Set(
    services
      .values()
      .map(({ source }) => source.service.toLowerCase())
      .filter((name) => name !== ''),
  );

/** Jeffreys' estimate of a share. */
const isRare = (count: number, of: number): boolean => (count + 0.5) / (of + 1) <= SHARE_MAX;

const chronicOf = ({ services, minutes }: Baseline): ReadonlySet<string> => {
  const seen = new Map<string, { services: number; minutes: number }>();
  for (const { failures } of services.values())
    for (const [event, times] of failures) {
      const sum = seen.get(event) ?? { services: 0, minutes: 0 };
      seen.set(event, { services: sum.services + 1, minutes: Math.max(sum.minutes, times) });
    }
  const chronic = [...seen].filter(
    ([event, sum]) =>
      isFailureEvent(event) &&
      sum.services >= CHRONIC_SERVICES_MIN &&
      sum.minutes >= CHRONIC_MINUTES_SHARE * minutes,
  );
  return new Set(chronic.map(([event]) => event));
};
