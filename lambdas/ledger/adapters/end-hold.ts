import type { Tables, Update, WriteOutcome } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import { assert } from '../../shared/assert.ts';
import type { HoldOfProject } from '../domain/project-cap.ts';
import { unpackHold } from '../domain/hold.ts';
import type { Settlement } from '../domain/usage.ts';
import type { Hold, SettleOutcome } from '../ports.ts';
import { balanceItem, keyItem, windowOfHold, type BalanceItem } from './key-item.ts';
import * as write from './ledger-expressions.ts';
import type { ProjectSpend } from './project-spend.ts';

const TRIES_MAX = 8;

export interface EndDeps {
  readonly tables: Tables;
  /** Loaded when a key of a project with a cap is first met. */
  readonly loadProject: () => Promise<ProjectSpend>;
}

/** What a hold in this item took from its project. */
export const partOf = (item: BalanceItem, holdId: string): HoldOfProject | null => {
  const part = item.project_holds?.[holdId];
  return part === undefined ? null : { projectId: item.project_id, part };
};

/**
 * A roll-over may come in between, and the hold may have a part of its project that the caller does not know of: what the
 * item shows is tried next.
 */
export const settleHold = async (
  deps: EndDeps,
  hold: Hold,
  settlement: Settlement,
): Promise<SettleOutcome> => {
  let held = hold;
  const { costNanoUsd } = settlement;
  assert(Number.isSafeInteger(costNanoUsd) && costNanoUsd >= 0, 'cost');
  let isOfWindow = true;
  let project = held.project ?? null;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const update = isOfWindow ? write.settleUpdate : write.settleLateUpdate;
    const keyUpdate = update(held, settlement, project?.part ?? null);
    const outcome = await end(deps, held, costNanoUsd, project, keyUpdate);
    if (outcome.kind === 'written') return { kind: 'settled' };
    const item = outcome.item === null ? null : keyItem.parse(outcome.item);
    if (item?.holds[held.holdId] === undefined)
      return { kind: item?.last?.holdId === held.holdId ? 'settled' : 'already_ended' };
    const found = asFound(item, held);
    // An expiry costs the whole hold: of one that was moved it is another cost, which the next sweep sees.
    if (settlement.status === 'expired' && found.amountNanoUsd !== held.amountNanoUsd)
      return { kind: 'already_ended' };
    held = found;
    isOfWindow = item.window === held.window;
    project = partOf(item, held.holdId);
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The settlement failed.' });
};

/** As a settlement; one that cleared the hold's minute may come in between too. */
export const withdrawHold = async (deps: EndDeps, hold: Hold): Promise<void> => {
  let held = hold;
  let trace: write.HoldTrace = { isOfWindow: true, isCounted: true };
  let project = held.project ?? null;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const keyUpdate = write.withdrawUpdate(held, trace, project?.part ?? null);
    const outcome = await end(deps, held, 0, project, keyUpdate);
    if (outcome.kind === 'written' || outcome.item === null) return;
    const item = balanceItem.parse(outcome.item);
    if (item.holds[held.holdId] === undefined) return;
    held = asFound(item, held);
    project = partOf(item, held.holdId);
    trace = {
      isOfWindow: item.window === held.window,
      isCounted: item.rate[write.minuteOf(held.heldAtMs)] !== undefined,
    };
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The key is too busy.' });
};

/** A hold as the item has it: a write that moved it to another model may have landed though its answer was lost. */
const asFound = (item: BalanceItem, held: Hold): Hold => {
  const packed = item.holds[held.holdId];
  if (packed === undefined) return held;
  const found = unpackHold(packed);
  return {
    ...held,
    amountNanoUsd: found.amountNanoUsd,
    window: windowOfHold(item, found),
    heldAtMs: found.heldAtMs,
  };
};

/** One write of the key's item, or one step of it and of its project. */
const end = async (
  deps: EndDeps,
  { holdId, amountNanoUsd }: Hold,
  costNanoUsd: number,
  project: HoldOfProject | null,
  keyUpdate: Update,
): Promise<WriteOutcome> => {
  if (project === null) return await deps.tables.write(keyUpdate);
  const projects = await deps.loadProject();
  const outcome = await projects.giveBack({
    ...project,
    holdId,
    amountNanoUsd,
    costNanoUsd,
    keyUpdate,
  });
  return outcome.kind === 'given_back'
    ? { kind: 'written' }
    : { kind: 'refused', item: outcome.item };
};
