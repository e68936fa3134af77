import type { Baseline } from './baseline.ts';
import { partsOfKey } from './calls.ts';
import { excessOf, type EdgeTally, type WindowTally } from './tally.ts';

/** From this z on an edge of a caller counts as slow. */
const Z_OF_A_SLOW_EDGE = 3;
const SLOW_CALLEES_MIN = 2;

export type BlameKind = 'shape' | 'slowness' | 'lateness' | 'waiting' | 'silence';

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
  for (const ofCaller of Map.groupBy(edges.values(), ({ caller }) => caller).values())
    found.push(...edgeBlames(ofCaller, baseline));
  for (const [calleeKey, { calls, hits }] of silences) {
    // Nobody learns how often a callee is silent as a rule.
    const { score } = excessOf({ calls, hits }, undefined);
    const { service, operation } = partsOfKey(calleeKey);
    if (score > 0) found.push({ service, kind: 'silence', score, hits, calls, of: operation });
  }
  return found.toSorted((left, right) => right.score - left.score);
};

/**
 * The callee is to blame, unless most of what a caller calls is late: then it is the caller. A callee that has too little
 * of a processor keeps one caller waiting before its work begins and the next one within it, so both count there.
 */
const edgeBlames = (edges: readonly EdgeTally[], baseline: Baseline): readonly Blame[] => {
  const callees = new Set(edges.map(({ callee }) => callee));
  const judged = edges.map((edge) => {
    const usual = baseline.services.get(edge.caller)?.edges.get(edge.calleeKey)?.background;
    return { edge, usual, lateness: excessOf(edge.lateness, usual) };
  });
  const late = new Set(
    judged
      .filter(({ lateness }) => lateness.z >= Z_OF_A_SLOW_EDGE)
      .map(({ edge: { callee } }) => callee),
  );
  const isCaller = late.size >= SLOW_CALLEES_MIN && 2 * late.size >= callees.size;
  return judged.flatMap(({ edge, usual, lateness }): readonly Blame[] => {
    const { caller, callee, calleeKey } = edge;
    if (lateness.score === 0) return [];
    const { score } = lateness;
    const late: Blame = {
      service: isCaller ? caller : callee,
      kind: 'lateness',
      ...edge.lateness,
      score,
      of: calleeKey,
    };
    if (isCaller) return [late];
    const { service, operation } = partsOfKey(calleeKey);
    const own = baseline.services.get(service)?.keys.get(operation)?.slowness;
    const waiting = excessOf(edge.waiting, usual, own);
    return waiting.score > score
      ? [{ ...late, kind: 'waiting', ...edge.waiting, score: waiting.score }]
      : [late];
  });
};
