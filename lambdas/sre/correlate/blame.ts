import type { Baseline } from './baseline.ts';
import { partsOfKey } from './calls.ts';
import { excessOf, type Excess, type WindowTally } from './tally.ts';

/** From this z on an edge of a caller counts as slow. */
const Z_OF_A_SLOW_EDGE = 3;
const SLOW_CALLEES_MIN = 2;

export type BlameKind = 'shape' | 'slowness' | 'lateness' | 'silence';

/** What speaks against a service. */
export interface Blame {
  readonly service: string;
  readonly kind: BlameKind;
  readonly score: number;
  readonly hits: number;
  readonly calls: number;
  /** Operation, or the key of the call that is called. */
  readonly of: string;
}

interface SlowEdge extends Excess {
  readonly caller: string;
  readonly callee: string;
  readonly calleeKey: string;
  readonly hits: number;
  readonly calls: number;
}

/** All that speaks against services, the strongest first. */
export const blames = (
  { keys, edges, silences }: WindowTally,
  baseline: Baseline,
): readonly Blame[] => {
  const found: Blame[] = [];
  for (const { service, operation, shape, slowness } of keys.values()) {
    const known = baseline.services.get(service)?.keys.get(operation);
    const parts = [
      ['shape', shape, excessOf(shape, known?.shape)],
      ['slowness', slowness, excessOf(slowness, known?.slowness)],
    ] as const;
    for (const [kind, { calls, hits }, { score }] of parts)
      if (score > 0) found.push({ service, kind, score, hits, calls, of: operation });
  }
  const slow = [...edges.values()].map((edge): SlowEdge => {
    const { caller, callee, calleeKey, lateness } = edge;
    const known = baseline.services.get(caller)?.edges.get(calleeKey);
    return { caller, callee, calleeKey, ...lateness, ...excessOf(lateness, known?.background) };
  });
  for (const ofCaller of Map.groupBy(slow, ({ caller }) => caller).values())
    found.push(...edgeBlames(ofCaller));
  for (const [calleeKey, { calls, hits }] of silences) {
    const { score } = excessOf({ calls, hits });
    const { service, operation } = partsOfKey(calleeKey);
    if (score > 0) found.push({ service, kind: 'silence', score, hits, calls, of: operation });
  }
  return found.toSorted((left, right) => right.score - left.score);
};

/** The callee is to blame, unless most of what a caller calls is late: then it is the caller. */
const edgeBlames = (edges: readonly SlowEdge[]): readonly Blame[] => {
  const callees = new Set(edges.map(({ callee }) => callee));
  const late = new Set(edges.filter(({ z }) => z >= Z_OF_A_SLOW_EDGE).map(({ callee }) => callee));
  const isCaller = late.size >= SLOW_CALLEES_MIN && 2 * late.size >= callees.size;
  return edges
    .filter(({ score }) => score > 0)
    .map(({ caller, callee, calleeKey, score, hits, calls }) => ({
      service: isCaller ? caller : callee,
      kind: 'lateness',
      score,
      hits,
      calls,
      of: calleeKey,
    }));
};
