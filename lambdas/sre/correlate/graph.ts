import type { Source } from '../domain/log-record.ts';
import type { Baseline } from './baseline.ts';
import { partsOfKey, type Call } from './calls.ts';
import { isOutgoingEvent, outgoingCall } from './event.ts';

/** Who calls whom, of what was learned. */
export const edgesOf = ({ services }: Baseline): readonly (readonly [Source, Source])[] =>
  [...services.values()].flatMap((caller) => {
    const callees = new Set(
      [...caller.keys.values()].flatMap(({ events }) =>
        [...events.keys()]
          .filter(isOutgoingEvent)
          .map((event) => partsOfKey(outgoingCall(event)).service),
      ),
    );
    return [...callees].flatMap((name): (readonly [Source, Source])[] => {
      const callee = services.get(name);
      return callee === undefined ? [] : [[caller.source, callee.source]];
    });
  });

/** A circle of calls ends somewhere. */
const HOPS_MAX = 8;

/** Which service calls which: of what was learned, and of what a window shows. */
export class ServiceGraph {
  private readonly callees = new Map<string, Set<string>>();
  private readonly callers = new Map<string, Set<string>>();

  constructor(baseline: Baseline, calls: readonly Call[]) {
    for (const [caller, { keys }] of baseline.services)
      for (const { events } of keys.values())
        for (const event of events.keys())
          if (isOutgoingEvent(event)) this.add(caller, partsOfKey(outgoingCall(event)).service);
    for (const { caller, service } of calls) if (caller !== null) this.add(caller.service, service);
  }

  has(service: string): boolean {
    return this.callees.has(service) || this.callers.has(service);
  }

  /** All that call it, over any number of hops, the nearest first; itself left out. */
  callersOf(service: string): ReadonlySet<string> {
    return reached(this.callers, service);
  }

  calleesOf(service: string): ReadonlySet<string> {
    return reached(this.callees, service);
  }

  /** A shortest way from a callee to one that calls it; empty: there is none. */
  wayUp(from: string, to: string): readonly string[] {
    const cameFrom = new Map<string, string>([[from, from]]);
    for (const service of this.callersOf(from)) {
      const below = [...(this.callees.get(service) ?? [])].find((callee) => cameFrom.has(callee));
      if (below !== undefined) cameFrom.set(service, below);
    }
    if (!cameFrom.has(to)) return [];
    const way = [to];
    for (let at = to; at !== from;) {
      at = cameFrom.get(at) ?? from;
      way.unshift(at);
    }
    return way;
  }

  private add(caller: string, callee: string): void {
    if (caller === callee) return;
    addTo(this.callees, caller, callee);
    addTo(this.callers, callee, caller);
  }
}

const addTo = (edges: Map<string, Set<string>>, from: string, to: string): void => {
  const known = edges.get(from) ?? new Set();
  known.add(to);
  edges.set(from, known);
};

const reached = (edges: ReadonlyMap<string, Set<string>>, from: string): ReadonlySet<string> => {
  const seen = new Set([from]);
  let border = [from];
  for (let hop = 0; hop < HOPS_MAX && border.length > 0; hop += 1) {
    border = border
      .flatMap((service) => [...(edges.get(service) ?? [])])
      .filter((next) => {
        const isNew = !seen.has(next);
        seen.add(next);
        return isNew;
      });
  }
  seen.delete(from);
  return seen;
};
