import { readAll, type Tables } from '../../platform/tables/tables.ts';
import { assert } from '../../shared/assert.ts';
import { AppError } from '../../shared/app-error.ts';
import { NO_TOKENS, type Settlement } from '../domain/usage.ts';
import { unpackHold } from '../domain/hold.ts';
import { refusalOf } from '../domain/refusal.ts';
import { windowOf } from '../domain/window.ts';
import { requestIdOf } from '../../shared/ids.ts';
import type {
  Hold,
  HoldOutcome,
  HoldRequest,
  HoldWitnesses,
  SettleOutcome,
  SpendLedger,
} from '../ports.ts';
import {
  balanceItem,
  keyItem,
  keyStateOf,
  windowOfHold,
  type BalanceItem,
  type KeyItem,
} from './key-item.ts';
import { callOfItem } from './ledger-call.ts';
import * as write from './ledger-expressions.ts';

const TRIES_MAX = 8;
export const SWEEP_SHARDS = 16;

export interface LedgerDeps {
  readonly tables: Tables;
  /** Of who expires holds; absent: every one is charged. */
  readonly witnesses?: HoldWitnesses;
}

/** The ledger on one DynamoDB item a key: a hold is one conditional write, a settle is one. */
export const dynamoSpendLedger = (deps: LedgerDeps): SpendLedger => ({
  hold: async (request) => await hold(deps, request),
  settle: async (held, settlement) => await settle(deps, held, settlement),
  withdraw: async (held) => await withdraw(deps, held),
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
    }
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The key is too busy.' });
};

const isMoney = (reason: string): boolean =>
  reason === 'exceeds_cap' || reason === 'cap_exceeded' || reason === 'in_flight';

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
  return { holdId, keyId: item.key_id, window, amountNanoUsd, heldAtMs, expiresAtMs, staleMinutes };
};

const secretMatches = (item: BalanceItem, request: HoldRequest): boolean =>
  request.secretHash === null ||
  item.secret_hash === request.secretHash ||
  (item.old_secret_hash === request.secretHash && (item.old_secret_until ?? 0) > request.nowMs);

const refusedKey = (item: BalanceItem, request: HoldRequest) => ({
  secretMatches: secretMatches(item, request),
  status: item.status,
  validUntilMs: item.valid_until,
  isCaller: item.scope !== 'ingest',
  models: item.models ?? null,
  capNanoUsd: item.cap,
  spentNanoUsd: item.spent,
  availableNanoUsd: item.available,
  holdCount: Object.keys(item.holds).length,
  maxConcurrency: item.max_concurrency,
  callsThisMinute: item.rate[write.minuteOf(request.nowMs)] ?? 0,
  rpm: item.rpm,
});

const settle = async (
  deps: LedgerDeps,
  held: Hold,
  settlement: Settlement,
): Promise<SettleOutcome> => {
  assert(Number.isSafeInteger(settlement.costNanoUsd) && settlement.costNanoUsd >= 0, 'cost');
  for (const update of [write.settleUpdate, write.settleLateUpdate]) {
    const outcome = await deps.tables.write(update(held, settlement));
    if (outcome.kind === 'written') return { kind: 'settled' };
    const item = outcome.item === null ? null : keyItem.parse(outcome.item);
    if (item?.holds[held.holdId] === undefined)
      return { kind: item?.last?.holdId === held.holdId ? 'settled' : 'already_ended' };
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The settlement failed.' });
};

/** A roll-over, or a settlement that cleared the minute, may come in between: what the item shows is tried next. */
const withdraw = async (deps: LedgerDeps, held: Hold): Promise<void> => {
  let trace: write.HoldTrace = { isOfWindow: true, isCounted: true };
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const outcome = await deps.tables.write(write.withdrawUpdate(held, trace));
    if (outcome.kind === 'written' || outcome.item === null) return;
    const item = balanceItem.parse(outcome.item);
    if (item.holds[held.holdId] === undefined) return;
    trace = {
      isOfWindow: item.window === held.window,
      isCounted: item.rate[write.minuteOf(held.heldAtMs)] !== undefined,
    };
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The key is too busy.' });
};

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
      await withdraw(deps, holdOf(item, holdId, packed, nowMs));
      continue;
    }
    const outcome = await settle(
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
  return {
    holdId,
    requestId: requestIdOf(item.key_id, holdId),
    keyId: item.key_id,
    projectId: item.project_id,
    model: hold.model,
    provider: hold.provider,
    tokens: NO_TOKENS,
    costNanoUsd: hold.amountNanoUsd,
    estimated: true,
    status: 'expired',
    startedAtMs: hold.heldAtMs,
    settledAtMs: nowMs,
    firstTokenMs: null,
    totalMs: nowMs - hold.heldAtMs,
    feature: hold.feature,
    threadId: null,
    endUserId: item.user_id ?? null,
  };
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
