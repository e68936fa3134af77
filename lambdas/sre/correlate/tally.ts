import type { Background } from './baseline.ts';
import type { Flagged } from './flags.ts';

/** How many calls of a window were judged, and how many of them a flag was up for. */
export interface Tally {
  calls: number;
  hits: number;
}

export interface KeyTally {
  readonly service: string;
  readonly operation: string;
  readonly shape: Tally;
  readonly slowness: Tally;
}

export interface EdgeTally {
  readonly caller: string;
  readonly callee: string;
  readonly calleeKey: string;
  readonly lateness: Tally;
  /** The same, where what the callee itself worked too long counts too. */
  readonly waiting: Tally;
}

export interface WindowTally {
  readonly keys: ReadonlyMap<string, KeyTally>;
  readonly edges: ReadonlyMap<string, EdgeTally>;
  /** Calls to operations that failed and that nobody answered for, among all calls to them: by the key of the call. */
  readonly silences: ReadonlyMap<string, Tally>;
}

/** The flags of a window, by kind of call and by edge. */
export const tallyOf = (flagged: readonly Flagged[]): WindowTally => {
  const [keys, edges] = [new Map<string, KeyTally>(), new Map<string, EdgeTally>()];
  const silences = new Map<string, Tally>();
  for (const { dead } of flagged)
    for (const calleeKey of dead) count(addedTo(silences, calleeKey), true);
  for (const { call } of flagged) {
    const silence = silences.get(call.key);
    if (silence !== undefined) count(silence, false);
  }
  const slowCalls = new Set(flagged.filter(({ slow }) => slow.length > 0).map(({ call }) => call));
  flagged.forEach(({ call, isKnown, isOddShape, slow, late }) => {
    const { service, operation } = call;
    const key = keys.get(call.key) ?? { service, operation, shape: none(), slowness: none() };
    keys.set(call.key, key);
    if (isKnown) {
      count(key.shape, isOddShape);
      count(key.slowness, slow.length > 0);
    }
    for (let index = 0; index < call.gaps.length; index += 1) {
      const gap = call.gaps[index];
      if (gap === undefined) continue;
      const { service: callee, key: calleeKey } = gap.callee;
      const name = edgeName(service, calleeKey);
      const edge = edges.get(name) ?? {
        caller: service,
        callee,
        calleeKey,
        lateness: none(),
        waiting: none(),
      };
      edges.set(name, edge);
      count(edge.lateness, late.includes(gap));
      count(edge.waiting, late.includes(gap) || slowCalls.has(gap.callee));
    }
  });
  return { keys, edges, silences };
};

export const edgeName = (caller: string, calleeKey: string): string => `${caller}>${calleeKey}`;

const addedTo = (tallies: Map<string, Tally>, name: string): Tally => {
  const tally = tallies.get(name) ?? none();
  tallies.set(name, tally);
  return tally;
};

const none = (): Tally => ({ calls: 0, hits: 0 });

const count = (tally: Tally, isHit: boolean): void => {
  tally.calls += 1;
  if (isHit) tally.hits += 1;
};

/** How far a tally is beyond what is usual. */
export interface Excess {
  readonly z: number;
  readonly score: number;
}

const NOTHING: Background = { calls: 0, hits: 0 };
const USUAL_MAX = 0.99;
/** One-sided 95 %. */
const WILSON_Z = 1.64;

/** The share of calls that a flag is up for as a rule. */
const usualShareOf = ({ calls, hits }: Background): number => (hits + 0.5) / (calls + 10);

/**
 * How sure it is that more is wrong than usual, times how much more at least. Of flags of which one is enough no more
 * than the sum of their shares is usual.
 */
export const excessOf = (
  { calls, hits }: Tally,
  background: Background | undefined,
  ...others: readonly (Background | undefined)[]
): Excess => {
  if (calls === 0 || hits === 0) return { z: 0, score: 0 };
  const shares = [background, ...others].map((known = NOTHING) => usualShareOf(known));
  const usual = Math.min(
    USUAL_MAX,
    shares.reduce((sum, share) => sum + share, 0),
  );
  const z = (hits - calls * usual) / Math.sqrt(calls * usual * (1 - usual) + 1);
  return { z, score: Math.max(0, z) * Math.max(0, wilsonLower(hits, calls) - usual) };
};

/** Wilson, 1927: the lower end of where a share may be. */
const wilsonLower = (hits: number, calls: number): number => {
  const share = hits / calls;
  const square = WILSON_Z ** 2;
  const middle = share + square / (2 * calls);
  const reach = WILSON_Z * Math.sqrt((share * (1 - share)) / calls + square / (4 * calls ** 2));
  return Math.max(0, (middle - reach) / (1 + square / calls));
};
