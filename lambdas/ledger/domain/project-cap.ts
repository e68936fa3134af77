import type { Period } from './key.ts';
import { windowOf } from './window.ts';

/** What lines about a project's cap are of; the Keys stream passes them to the roll-up. */
export const CAP_SUBJECT = 'cap';
/** Writes of one project go to so many items at most, so that a busy one is no hot item. */
export const PROJECT_SHARDS = 16;
/** A cap below this is kept in one shard: cut finer, a usual call would find no shard with enough. */
const NANO_USD_A_SHARD = 20_000_000_000;

/**
 * One of the counters that a project's cap is spread over. Figures hold in sum over all of them and for none alone: a call
 * may take from several, and gives back to one. Money in nano-USD.
 */
export interface ProjectShard {
  readonly index: number;
  /** false: the cap was removed. */
  readonly isOn: boolean;
  /** Grows with each change by an administrator. */
  readonly revision: number;
  /** Grows when the budget starts again; a part of an earlier one is none of this one's. */
  readonly epoch: number;
  readonly capNanoUsd: number;
  readonly period: Period;
  readonly window: string;
  /** What a new window gives this shard; all of them together are the cap. */
  readonly allottedNanoUsd: number;
  readonly availableNanoUsd: number;
  readonly spentNanoUsd: number;
  readonly heldNanoUsd: number;
  /** What was spent in the window before this one: notices of it may come after its end. null: there was none. */
  readonly before: WindowSpend | null;
  /** What was spent when the cap was last changed. */
  readonly spentAtChangeNanoUsd: number;
  /** Another shard may owe more than it has: nothing is taken unless all are counted. */
  readonly isTight: boolean;
}

export interface WindowSpend {
  readonly window: string;
  readonly spentNanoUsd: number;
}

/** A project's budget as one sum. */
export interface ProjectBudget {
  readonly projectId: string;
  readonly epoch: number;
  readonly capNanoUsd: number;
  readonly period: Period;
  readonly window: string;
  readonly spentNanoUsd: number;
  readonly heldNanoUsd: number;
  readonly availableNanoUsd: number;
}

/** What a hold took from its project: from which budget, and where it is given back. */
export interface ProjectPart {
  readonly shard: number;
  readonly epoch: number;
  readonly window: string;
}

/** `part`: as the key's item has it beside the hold. */
export interface HoldOfProject {
  readonly projectId: string;
  readonly part: string;
}

/** One entry of a key's `project_holds`: `shard|epoch|window`. */
export const packPart = ({ shard, epoch, window }: ProjectPart): string =>
  [shard, epoch, window].join('|');

export const unpackPart = (packed: string): ProjectPart => {
  const [shard, epoch, window] = packed.split('|');
  return { shard: Number(shard), epoch: Number(epoch), window: window ?? '' };
};

/** A number that spreads ids evenly (FNV-1a, 32 bits). */
export const spread = (id: string): number => {
  let hash = 0x811c9dc5;
  for (const letter of id) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
};

/** A cap spread over the shards, to the last nano-USD. */
export const allotmentsOf = (capNanoUsd: number): readonly number[] => {
  const funded = Math.max(1, Math.min(PROJECT_SHARDS, Math.floor(capNanoUsd / NANO_USD_A_SHARD)));
  const each = Math.floor(capNanoUsd / funded);
  return Array.from({ length: PROJECT_SHARDS }, (_, index) =>
    index >= funded ? 0 : index === 0 ? capNanoUsd - each * (funded - 1) : each,
  );
};

/** The window that is open: the clock's, or a later one that another caller has opened. */
export const openWindow = (shards: readonly ProjectShard[], nowMs: number): string =>
  shards.reduce(
    (latest, { period, window }) => latestOf(latest, window, windowOf(period, nowMs)),
    '',
  );

const latestOf = (...windows: readonly string[]): string =>
  windows.reduce((latest, window) => (window > latest ? window : latest));

/** A shard as whoever writes to it in this window would find it. */
export const shardAsOf = (shard: ProjectShard, window: string): ProjectShard =>
  shard.window >= window
    ? shard
    : {
        ...shard,
        window,
        availableNanoUsd: shard.allottedNanoUsd,
        spentNanoUsd: 0,
        heldNanoUsd: 0,
        before: { window: shard.window, spentNanoUsd: shard.spentNanoUsd },
      };

/** The sum over all shards; null: the project has no cap. */
export const budgetOf = (
  projectId: string,
  shards: readonly ProjectShard[],
  nowMs: number,
): ProjectBudget | null => {
  const [first] = shards;
  if (first?.isOn !== true) return null;
  const window = openWindow(shards, nowMs);
  const open = shards.map((shard) => shardAsOf(shard, window));
  return {
    projectId,
    epoch: first.epoch,
    capNanoUsd: first.capNanoUsd,
    period: first.period,
    window,
    spentNanoUsd: sumOf(open, (shard) => shard.spentNanoUsd),
    heldNanoUsd: sumOf(open, (shard) => shard.heldNanoUsd),
    availableNanoUsd: sumOf(open, (shard) => shard.availableNanoUsd),
  };
};

export const sumOf = (
  shards: readonly ProjectShard[],
  figure: (shard: ProjectShard) => number,
): number => shards.reduce((sum, shard) => sum + figure(shard), 0);

/** Where a call's money comes from. */
export type Taking =
  /** From one shard or a few, each of which has what is taken from it. */
  | { readonly kind: 'some'; readonly from: readonly TakenShare[] }
  /** All shards are counted and levelled, because one may owe what another has. */
  | { readonly kind: 'all'; readonly available: readonly number[] }
  /** Together they have too little. */
  | { readonly kind: 'short' };

export interface TakenShare {
  readonly shard: ProjectShard;
  readonly amountNanoUsd: number;
}

/** How to take an amount from these shards of one window; `seed` spreads callers over them. */
export const takingOf = (
  shards: readonly ProjectShard[],
  amountNanoUsd: number,
  seed: number,
): Taking => {
  const rest = sumOf(shards, (shard) => shard.availableNanoUsd) - amountNanoUsd;
  if (rest < 0) return { kind: 'short' };
  if (shards.some(({ isTight }) => isTight)) return { kind: 'all', available: allotmentsOf(rest) };
  // What costs nothing takes from where money is, too: the first shard is always one of those.
  const enough = shards.filter(
    ({ availableNanoUsd, allottedNanoUsd }) =>
      availableNanoUsd >= amountNanoUsd && availableNanoUsd + allottedNanoUsd > 0,
  );
  const one = enough[seed % Math.max(1, enough.length)];
  if (one !== undefined) return { kind: 'some', from: [{ shard: one, amountNanoUsd }] };
  return { kind: 'some', from: fromSeveral(shards, amountNanoUsd) };
};

/** From the fullest first, so that few are written to. */
const fromSeveral = (
  shards: readonly ProjectShard[],
  amountNanoUsd: number,
): readonly TakenShare[] => {
  const from: TakenShare[] = [];
  let missing = amountNanoUsd;
  for (const shard of shards.toSorted((a, b) => b.availableNanoUsd - a.availableNanoUsd)) {
    const taken = Math.min(missing, shard.availableNanoUsd);
    if (taken > 0 || from.length === 0) from.push({ shard, amountNanoUsd: Math.max(0, taken) });
    missing -= Math.max(0, taken);
    if (missing <= 0) break;
  }
  return from;
};

/** Why a project refuses, in the words of a key's refusal; null: it does not. */
export const projectRefusalOf = (
  { capNanoUsd, spentNanoUsd, availableNanoUsd }: ProjectBudget,
  amountNanoUsd: number,
): 'exceeds_cap' | 'cap_exceeded' | 'in_flight' | null => {
  if (availableNanoUsd >= amountNanoUsd) return null;
  if (amountNanoUsd > capNanoUsd) return 'exceeds_cap';
  return capNanoUsd - spentNanoUsd >= amountNanoUsd ? 'in_flight' : 'cap_exceeded';
};
