import { readAll, type Tables } from '../../platform/tables/tables.ts';
import { assert } from '../../shared/assert.ts';
import { AppError } from '../../shared/app-error.ts';
import { once } from '../../shared/once.ts';
import { timers } from '../../platform/timers.ts';
import type { Settlement } from '../domain/usage.ts';
import { expiredSettlement } from '../domain/expired-settlement.ts';
import { threadIdOf, unpackHold } from '../domain/hold.ts';
import { CALLER_SCOPES } from '../domain/key.ts';
import { isMoney, refusalOf } from '../domain/refusal.ts';
import { windowOf } from '../domain/window.ts';
import { requestIdOf } from '../../shared/ids.ts';
import type { Hold, HoldOutcome, HoldRequest, SpendLedger } from '../ports.ts';
import type { HoldWitnesses } from '../ports/witnesses.ts';
import {
  balanceItem,
  keyItem,
  keyStateOf,
  windowOfHold,
  type BalanceItem,
  type KeyItem,
} from './key-item.ts';
import { partOf, settleHold, withdrawHold, type EndDeps } from './end-hold.ts';
import { callOfItem } from './ledger-call.ts';
import * as write from './ledger-expressions.ts';

const TRIES_MAX = 8;
export const SWEEP_SHARDS = 16;

export interface LedgerOptions {
  readonly tables: Tables;
  /** Of who expires holds; absent: every one is charged. */
  readonly witnesses?: HoldWitnesses;
  /** Before a step that met another one is tried again. */
  readonly pause?: (ms: number) => Promise<void>;
}

type LedgerDeps = LedgerOptions & EndDeps;

/**
 * The ledger on one DynamoDB item a key: a hold is one conditional write, a settle is one. Of a key whose project has a cap
 * each is one transaction with the project's shards.
 */
export const dynamoSpendLedger = (options: LedgerOptions): SpendLedger => {
  const { tables, pause = async (ms) => await timers.sleep(ms) } = options;
  const loadProject = once(async () =>
    (await import('#beside/project-spend')).projectSpend({ tables, pause }),
  );
  return ledgerOf({ ...options, loadProject });
};

const ledgerOf = (deps: LedgerDeps): SpendLedger => ({
  hold: async (request) => await hold(deps, request),
  settle: async (held, settlement) => await settleHold(deps, held, settlement),
  withdraw: async (held) => await withdrawHold(deps, held),
  find: async (keyId, holdId) => {
    const stored = await deps.tables.get('keys', write.stateKey(keyId));
    return stored === null ? null : callOfItem(keyItem.parse(stored), holdId);
  },
  expireHolds: async (keyId, nowMs) => await expireHolds(deps, keyId, nowMs),
  keysToSweep: async (nowMs, limit) => await keysToSweep(deps, nowMs, limit),
});

const hold = async (deps: LedgerDeps, request: HoldRequest): Promise<HoldOutcome> => {
  assert(Number.isSafeInteger(request.amountNanoUsd) && request.amountNanoUsd >= 0, 'hold amount');
  let knownWindow: string | null = null;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const outcome = await deps.tables.update(write.holdUpdate(request, knownWindow));
    if (outcome.item === null) return { kind: 'refused', reason: 'invalid_key', key: null };
    const item = balanceItem.parse(outcome.item);
    if (outcome.kind === 'written' || isHeldAlready(item, request)) return held(item, request);
    const current = windowOf(item.period, request.nowMs);
    const reason = refusalOf(refusedKey(item, request), request);
    const mayBeStale = reason === null || isMoney(reason);
    if (mayBeStale && item.window < current) {
      await deps.tables.write(write.rollOverUpdate(request.keyId, item.period, current));
    } else if (mayBeStale && item.window > current && knownWindow !== item.window) {
      knownWindow = item.window;
    } else if (reason !== null) {
      return { kind: 'refused', reason, key: reason === 'invalid_key' ? null : keyStateOf(item) };
    } else if (item.project_holds !== undefined) {
      const outcome = await holdOfProject(deps, request, item, knownWindow);
      if (outcome !== null) return outcome;
    }
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The key is too busy.' });
};

/** null: the key's item has changed meanwhile, and is to be looked at again. */
const holdOfProject = async (
  deps: LedgerDeps,
  request: HoldRequest,
  item: BalanceItem,
  knownWindow: string | null,
): Promise<HoldOutcome | null> => {
  const projects = await deps.loadProject();
  const outcome = await projects.take({
    projectId: item.project_id,
    holdId: request.holdId,
    amountNanoUsd: request.amountNanoUsd,
    nowMs: request.nowMs,
    keyUpdate: (part) => write.holdWithPart(request, knownWindow, part),
  });
  switch (outcome.kind) {
    case 'taken':
      return held(write.itemWithHold(item, request, knownWindow, outcome.part), request);
    case 'key_refused':
      return null;
    case 'project_refused':
      return {
        kind: 'refused',
        reason: outcome.reason,
        key: keyStateOf(item),
        project: outcome.project,
      };
  }
};

/** The SDK repeats a write whose answer was lost: the money is taken once. */
const isHeldAlready = (item: BalanceItem, request: HoldRequest): boolean =>
  item.holds[request.holdId] !== undefined && secretMatches(item, request);

const held = (item: BalanceItem, request: HoldRequest): HoldOutcome => {
  const packed = item.holds[request.holdId];
  assert(packed !== undefined, 'the hold is in the item it was written to');
  return {
    kind: 'held',
    hold: holdOf(item, request.holdId, packed, request.nowMs),
    key: keyStateOf(item),
  };
};

const holdOf = (item: BalanceItem, holdId: string, packed: string, nowMs: number): Hold => {
  const hold = unpackHold(packed);
  const { amountNanoUsd, heldAtMs, expiresAtMs } = hold;
  // The minute before stays: a caller whose clock is behind still counts in it.
  const oldest = write.minuteOf(nowMs - 60_000);
  const staleMinutes = Object.keys(item.rate).filter((minute) => minute < oldest);
  const window = windowOfHold(item, hold);
  const project = partOf(item, holdId);
  return {
    holdId,
    keyId: item.key_id,
    window,
    amountNanoUsd,
    heldAtMs,
    expiresAtMs,
    staleMinutes,
    ...(project === null ? {} : { project }),
  };
};

const secretMatches = (item: BalanceItem, request: HoldRequest): boolean =>
  request.secretHash === null ||
  item.secret_hash === request.secretHash ||
  (item.old_secret_hash === request.secretHash && (item.old_secret_until ?? 0) > request.nowMs);

const refusedKey = (item: BalanceItem, request: HoldRequest) => ({
  secretMatches: secretMatches(item, request),
  status: item.status,
  validUntilMs: item.valid_until,
  isCaller: CALLER_SCOPES.has(item.scope),
  models: item.models ?? null,
  capNanoUsd: item.cap,
  spentNanoUsd: item.spent,
  availableNanoUsd: item.available,
  holdCount: Object.keys(item.holds).length,
  maxConcurrency: item.max_concurrency,
  callsThisMinute: item.rate[write.minuteOf(request.nowMs)] ?? 0,
  rpm: item.rpm,
});

/** Fails closed: a hold whose call died is settled at its full amount, unless it is proven that no call was made. */
const expireHolds = async (deps: LedgerDeps, keyId: string, nowMs: number): Promise<number> => {
  const stored = await deps.tables.get('keys', write.stateKey(keyId));
  if (stored === null) return 0;
  const item = keyItem.parse(stored);
  let expired = 0;
  let nextMs = Number.POSITIVE_INFINITY;
  for (const [holdId, packed] of Object.entries(item.holds)) {
    const { expiresAtMs, witness } = unpackHold(packed);
    if (expiresAtMs > nowMs) {
      nextMs = Math.min(nextMs, expiresAtMs);
      continue;
    }
    if (witness !== null && (await deps.witnesses?.isUnused(holdId, witness)) === true) {
      await withdrawHold(deps, holdOf(item, holdId, packed, nowMs));
      continue;
    }
    const outcome = await settleHold(
      deps,
      holdOf(item, holdId, packed, nowMs),
      expiry(item, holdId, packed, nowMs),
    );
    if (outcome.kind === 'settled') expired += 1;
  }
  if (item.sweep_at === undefined) return expired;
  await deps.tables.write(
    Number.isFinite(nextMs)
      ? write.sweepLaterUpdate(keyId, item.sweep_at, nextMs)
      : write.sweepDoneUpdate(keyId),
  );
  return expired;
};

const expiry = (item: KeyItem, holdId: string, packed: string, nowMs: number): Settlement => {
  const hold = unpackHold(packed);
  const call = {
    holdId,
    requestId: requestIdOf(item.key_id, holdId),
    keyId: item.key_id,
    projectId: item.project_id,
    model: hold.model,
    provider: hold.provider,
    feature: hold.feature,
    threadId: threadIdOf(hold.witness),
    endUserId: item.user_id ?? null,
  };
  return expiredSettlement(call, hold, nowMs);
};

const DUE = { table: 'keys', index: 'by_sweep', from: null, isAscending: true } as const;

const keysToSweep = async (
  deps: LedgerDeps,
  nowMs: number,
  limit: number,
): Promise<readonly string[]> => {
  const shards = Array.from({ length: SWEEP_SHARDS }, (_, index) => `SWEEP#${index}`);
  const found = await Promise.all(
    shards.map(async (pk) => await readAll(deps.tables, { ...DUE, pk, to: nowMs, limit })),
  );
  return found
    .flat()
    .slice(0, limit)
    .map((item) => String(item['pk']).slice('KEY#'.length));
};
