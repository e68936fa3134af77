import { AppError } from '../../shared/app-error.ts';
import type { Clock } from '../../shared/deps.ts';
import { conclude, type AnomalyChange, type Conclusion } from '../domain/conclude.ts';
import type { NamedTemplate } from '../domain/evidence.ts';
import { driftsByName, dueDrifts, foldDrift, type DriftFold } from '../domain/fold-drift.ts';
import {
  EMPTY_PART,
  foldPart,
  OVERLAP_MS,
  PARTS,
  shareOut,
  type Fold,
  type FoldInput,
  type SettingsOf,
} from '../domain/part.ts';
import { bucketOf, sourceName, type StampedSummary } from '../domain/summary.ts';
import type {
  PartCommit,
  StoredPart,
  SummaryLog,
  SummaryPage,
  WindowStore,
} from '../ports/windows.ts';

const RACES_MAX = 8;
/** Summaries of one read: some 5 MB. */
const BLOCKS_A_READ_MAX = 4_000;
/** Reads of one evaluation; what is left is for the next one. */
const READS_MAX = 8;
/** What came before was not evaluated in time, and is not any more. */
const HISTORY_MS = 3_600_000;
/** Where a tenant begins. */
const NEW_TENANT_MS = 600_000;

export interface EvaluateDeps {
  readonly log: SummaryLog;
  readonly windows: WindowStore;
  readonly clock: Clock;
  /** What people set, read once an evaluation. */
  readonly settings: (tenant: string) => Promise<SettingsOf>;
  /** Templates of lines, read once an evaluation. */
  readonly templates: (
    tenant: string,
    blocks: readonly StampedSummary[],
  ) => Promise<(text: string) => NamedTemplate | null>;
}

export interface EvaluateInput {
  readonly tenant: string;
  /** Blocks that the caller holds: an index may not show them yet. */
  readonly hot?: readonly StampedSummary[];
}

/** What an evaluation did, for metrics. */
export interface Evaluated {
  readonly changes: readonly AnomalyChange[];
  /** Summaries that were read, those of the overlap among them. */
  readonly blocks: number;
  /** Records that counted for `other` for want of room, since the tenant began. */
  readonly recordsFolded: number;
  /** How far the windows lag. */
  readonly lagMs: number;
  /** There is more than one evaluation takes: evaluate again at once. */
  readonly isBehind: boolean;
}

/**
 * Folds what arrived into the windows of a tenant and decides what of it is an anomaly. Any number may run at a time and
 * each may die at any moment: a part is written on the condition that nobody else wrote it, with what was found in it.
 */
export const evaluate = async (deps: EvaluateDeps, input: EvaluateInput): Promise<Evaluated> => {
  let evaluated = await readOnce(deps, input);
  for (let reads = 1; evaluated.isBehind && reads < READS_MAX; reads++) {
    const next = await readOnce(deps, input);
    evaluated = {
      ...next,
      blocks: evaluated.blocks + next.blocks,
      changes: [...evaluated.changes, ...next.changes],
    };
  }
  return evaluated;
};

const readOnce = async (deps: EvaluateDeps, input: EvaluateInput): Promise<Evaluated> => {
  const changes: AnomalyChange[] = [];
  let blocks = 0;
  for (let races = 0; races < RACES_MAX; races++) {
    const round = await evaluateRound(deps, input);
    changes.push(...round.changes);
    blocks += round.blocks;
    if (!round.isLost) return { ...round, changes, blocks };
  }
  throw new AppError({
    code: 'conflict',
    publicMessage: 'The windows are being written by too many at once.',
  });
};

/** A part that somebody else wrote meanwhile is lost, and comes again in the next round; the others are past it. */
const evaluateRound = async (
  deps: EvaluateDeps,
  { tenant, hot = [] }: EvaluateInput,
): Promise<Evaluated & { readonly isLost: boolean }> => {
  const stored = await deps.windows.load(tenant);
  const nowMs = deps.clock.nowMs();
  const sinceMs = readFrom(stored, nowMs);
  const page = await deps.log.read({
    tenant,
    fromMs: sinceMs - OVERLAP_MS,
    freshMs: sinceMs,
    limit: BLOCKS_A_READ_MAX,
  });
  const shown = new Set(page.blocks.map(({ block }) => block));
  const blocks = [
    ...page.blocks,
    ...hot.filter((block) => isWithin(block, page) && !shown.has(block.block)),
  ];
  // What is not read yet must not be judged as missing.
  const judgedMs = page.untilMs ?? nowMs;
  const [settingsOf, templateOf] = await Promise.all([
    deps.settings(tenant),
    deps.templates(tenant, blocks),
  ]);
  const drifted = await learnHours(deps, {
    tenant,
    folds: foldAll(stored, { blocks, sinceMs, nowMs: judgedMs, settingsOf }),
    nowMs: judgedMs,
    settingsOf,
  });
  const folds = new Map([...drifted].map(([index, { fold }]) => [index, fold]));
  const concluded = conclude({ tenant, folds, blocks, nowMs: judgedMs, settingsOf, templateOf });
  const commits = await Promise.all(
    [...concluded].map(
      async ([index, conclusion]) =>
        await commitPart(deps, {
          tenant,
          index,
          stored: stored.get(index),
          conclusion,
          drifts: driftsOf(drifted.get(index)),
        }),
    ),
  );
  return {
    changes: commits.flatMap((changes) => changes ?? []),
    isLost: commits.includes(null),
    blocks: page.blocks.length,
    recordsFolded: [...folds.values()].reduce((sum, { part }) => sum + part.folded, 0),
    lagMs: nowMs - judgedMs,
    isBehind: page.untilMs !== null,
  };
};

/** The part that lags most needs the most; what it does not need, the others leave alone. */
const readFrom = (stored: ReadonlyMap<number, StoredPart>, nowMs: number): number => {
  const cursors = [...stored.values()].map(({ part }) => part.cursorMs);
  return cursors.length === 0
    ? nowMs - NEW_TENANT_MS
    : Math.max(Math.min(...cursors), nowMs - HISTORY_MS);
};

const isWithin = ({ stampMs }: StampedSummary, { untilMs }: SummaryPage): boolean =>
  untilMs === null || stampMs <= untilMs;

const foldAll = (
  stored: ReadonlyMap<number, StoredPart>,
  input: Pick<FoldInput, 'blocks' | 'sinceMs' | 'nowMs' | 'settingsOf'>,
): ReadonlyMap<number, Fold> => {
  const shares = shareOut(input.blocks);
  const youngestMs = input.blocks.reduce((max, { stampMs }) => Math.max(max, stampMs), 0);
  return new Map(
    Array.from({ length: PARTS }, (_, index) => {
      const part = stored.get(index)?.part ?? EMPTY_PART;
      const blocks = shares.get(index) ?? [];
      return [index, foldPart({ ...input, index, part, blocks, youngestMs })];
    }),
  );
};

/** Reads what is known of the sources whose hour is over, after the parts, and learns it. */
const learnHours = async (
  { windows }: EvaluateDeps,
  {
    tenant,
    folds,
    nowMs,
    settingsOf,
  }: {
    readonly tenant: string;
    readonly folds: ReadonlyMap<number, Fold>;
    readonly nowMs: number;
    readonly settingsOf: SettingsOf;
  },
): Promise<ReadonlyMap<number, DriftFold>> => {
  const now = bucketOf(nowMs);
  const drifted = await Promise.all(
    [...folds].map(async ([index, fold]): Promise<[number, DriftFold]> => {
      const due = dueDrifts(fold.part, now);
      const stored = await windows.drifts(tenant, index, due);
      return [index, foldDrift({ fold, due: driftsByName(due, stored), now, nowMs, settingsOf })];
    }),
  );
  return new Map(drifted);
};

const driftsOf = (drifted: DriftFold | undefined): NonNullable<PartCommit['drifts']> =>
  [...(drifted?.fold.part.windows.values() ?? [])].flatMap(({ source }) => {
    const drift = drifted?.drifts.get(sourceName(source));
    return drift === undefined ? [] : [{ source, drift }];
  });

interface Commit {
  readonly tenant: string;
  readonly index: number;
  readonly stored: StoredPart | undefined;
  readonly conclusion: Conclusion;
  readonly drifts: NonNullable<PartCommit['drifts']>;
}

/** null: it was lost. A part in which nothing happened is not written. */
const commitPart = async (
  deps: EvaluateDeps,
  { tenant, index, stored, conclusion, drifts }: Commit,
): Promise<readonly AnomalyChange[] | null> => {
  const { part, hasNews, changes } = conclusion;
  const before = stored?.part ?? EMPTY_PART;
  const isIdle =
    !hasNews && changes.length === 0 && drifts.length === 0 && part.cursorMs === before.cursorMs;
  const isUnused = stored === undefined && part.windows.size === 0 && part.lost === null;
  if (isIdle || isUnused) return [];
  const version = stored?.version ?? 0;
  const isWritten = await deps.windows.commit({
    tenant,
    index,
    version,
    part,
    changes,
    drifts,
  });
  return isWritten ? changes : null;
};
