import type { Tables } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import { assert } from '../../shared/assert.ts';
import { unpackHold } from '../domain/hold.ts';
import { CALLER_SCOPES } from '../domain/key.ts';
import { refusalOf } from '../domain/refusal.ts';
import { storedSettlement } from '../domain/settlement.ts';
import type { Settlement } from '../domain/usage.ts';
import type { Hold, HoldOutcome, HoldRequest, SpendLedger } from '../ports.ts';
import type { HoldPricer } from '../ports/reprice.ts';
import { balanceItem, keyStateOf, windowOfHold, type BalanceItem } from './key-item.ts';
import { keyUpdate, type KeyUpdate } from './key-update.ts';
import { packedHold, stateKey, takenAs } from './ledger-expressions.ts';

const TRIES_MAX = 8;
const ENDED_MAX = 1_000;

export interface HoldPricerDeps {
  readonly tables: Tables;
  /** Ends the old hold and takes the new one where that is no single write. */
  readonly ledger: Pick<SpendLedger, 'hold' | 'settle' | 'withdraw'>;
}

export const dynamoHoldPricer = (deps: HoldPricerDeps): HoldPricer => {
  // Ended here in the first of two steps, and the second was refused: the next model's hold starts afresh.
  const ended = new Set<string>();
  const beginAnew = async (request: HoldRequest): Promise<HoldOutcome> => {
    const outcome = await deps.ledger.hold({ ...request, secretHash: null });
    if (outcome.kind === 'held') ended.delete(request.holdId);
    return outcome;
  };
  return {
    reprice: async (hold, request, billed) => {
      if (ended.has(hold.holdId)) return await beginAnew(request);
      const outcome = await reprice(deps, hold, request, billed);
      if (outcome !== 'of a project') return outcome;
      if (billed === null) await deps.ledger.withdraw(hold);
      else await deps.ledger.settle(hold, billed);
      if (ended.size >= ENDED_MAX) ended.clear();
      ended.add(hold.holdId);
      return await beginAnew(request);
    },
  };
};

/** A roll-over may come in between: what the item shows is tried next. */
const reprice = async (
  deps: HoldPricerDeps,
  hold: Hold,
  request: HoldRequest,
  billed: Settlement | null,
): Promise<HoldOutcome | 'of a project'> => {
  assert(Number.isSafeInteger(request.amountNanoUsd) && request.amountNanoUsd >= 0, 'hold amount');
  assert(billed === null || request.holdId !== hold.holdId, 'what was billed keeps its id');
  let window = hold.window;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const change: Change = { hold, request, billed, window };
    const outcome = await deps.tables.update(repriceUpdate(change));
    if (outcome.item === null) return { kind: 'refused', reason: 'invalid_key', key: null };
    const item = balanceItem.parse(outcome.item);
    // The SDK repeats a write whose answer was lost: the money is moved once.
    if (outcome.kind === 'written' || isMovedAlready(item, change)) return heldBy(item, change);
    if (item.project_holds !== undefined) return 'of a project';
    if (item.holds[hold.holdId] === undefined) throw hasEnded();
    const refused = refusalOf(refusedKey(item, change), request);
    if (refused !== null)
      return { kind: 'refused', reason: refused, key: keyWithout(item, change) };
    window = item.window;
  }
  throw new AppError({ code: 'storage_unavailable', publicMessage: 'The key is too busy.' });
};

interface Change {
  readonly hold: Hold;
  readonly request: HoldRequest;
  readonly billed: Settlement | null;
  /** The key's, as it was last seen: the new hold is of it. */
  readonly window: string;
}

/** What the key gives for it: of a window that is over nothing comes back, and nothing is charged there. */
const needOf = ({ hold, request, billed, window }: Change): number =>
  request.amountNanoUsd +
  (window === hold.window ? (billed?.costNanoUsd ?? 0) - hold.amountNanoUsd : 0);

/** It began when the first one did: its count in that minute is the call's. */
const packedNew = ({ hold, request, window }: Change): string =>
  packedHold({ ...request, nowMs: hold.heldAtMs }, window);

/** By an id of its own it is there; by the same one it looks as it was to look. */
const isMovedAlready = (item: BalanceItem, change: Change): boolean => {
  const { hold, request } = change;
  const packed = item.holds[request.holdId];
  return packed !== undefined && (request.holdId !== hold.holdId || packed === packedNew(change));
};

const CLAUSES = [
  // The hold as it was taken: one that somebody moved or ended is not moved again.
  'begins_with(holds.#old, :old)',
  '#status = :active',
  'valid_until > :now',
  '#scope IN (:standard, :admin)',
  '(attribute_not_exists(models) OR contains(models, :model))',
  'available >= :need',
  '#window = :window',
  'attribute_not_exists(project_holds)',
];

const repriceUpdate = (change: Change): KeyUpdate => {
  const { hold, request, billed, window } = change;
  const isMoved = request.holdId !== hold.holdId;
  const cost = window === hold.window ? (billed?.costNanoUsd ?? 0) : 0;
  return keyUpdate({
    key: stateKey(request.keyId),
    condition: [
      ...CLAUSES,
      // Where the SDK repeats a write whose answer was lost, it is refused: the amount alone may be the same as before.
      isMoved ? 'attribute_not_exists(holds.#new)' : 'holds.#new <> :packed',
    ].join(' AND '),
    update:
      'SET available = available - :need, holds.#new = :packed, ' +
      'sweep_at = if_not_exists(sweep_at, :expiry), #write = :kind' +
      (billed === null ? '' : ', spent = spent + :cost, #last = :last') +
      (isMoved ? ' REMOVE holds.#old' : ''),
    names: {
      '#status': 'status',
      '#scope': 'scope',
      '#window': 'window',
      '#write': 'write',
      '#old': hold.holdId,
      '#new': request.holdId,
      ...(billed === null ? {} : { '#last': 'last' }),
    },
    values: {
      ':old': takenAs(hold),
      ':active': 'active',
      ':now': request.nowMs,
      ':standard': 'standard',
      ':admin': 'admin',
      ':model': request.allowedAs ?? request.model,
      ':need': needOf(change),
      ':window': window,
      ':packed': packedNew(change),
      ':expiry': request.expiresAtMs,
      // A settlement is in it: the stream reads it as one.
      ':kind': billed === null ? 'reprice' : 'settle',
      ...(billed === null ? {} : { ':cost': cost, ':last': storedSettlement(billed) }),
    },
  });
};

const heldBy = (item: BalanceItem, { hold, request }: Change): HoldOutcome => ({
  kind: 'held',
  hold: {
    holdId: request.holdId,
    keyId: request.keyId,
    window: windowOfHold(item, unpackHold(item.holds[request.holdId] ?? '')),
    amountNanoUsd: request.amountNanoUsd,
    heldAtMs: hold.heldAtMs,
    expiresAtMs: request.expiresAtMs,
    staleMinutes: hold.staleMinutes,
  },
  key: keyStateOf(item),
});

/** Its rate and its place among the calls in flight are the ones that the call has. */
const refusedKey = (item: BalanceItem, { hold, billed }: Change) => {
  const isOpen = item.window === hold.window;
  const free = isOpen ? hold.amountNanoUsd - (billed?.costNanoUsd ?? 0) : 0;
  return {
    secretMatches: true,
    status: item.status,
    validUntilMs: item.valid_until,
    isCaller: CALLER_SCOPES.has(item.scope),
    models: item.models ?? null,
    capNanoUsd: item.cap,
    spentNanoUsd: item.spent + (isOpen ? (billed?.costNanoUsd ?? 0) : 0),
    availableNanoUsd: item.available + free,
    holdCount: 0,
    maxConcurrency: 1,
    callsThisMinute: 0,
    rpm: 1,
  };
};

/** The key as it would be without the old hold: what a new one could have. */
const keyWithout = (item: BalanceItem, change: Change) => {
  const { spentNanoUsd, availableNanoUsd } = refusedKey(item, change);
  const state = keyStateOf(item);
  const held = unpackHold(item.holds[change.hold.holdId] ?? '0').amountNanoUsd;
  return {
    ...state,
    spentNanoUsd,
    availableNanoUsd,
    heldNanoUsd: item.window === change.hold.window ? state.heldNanoUsd - held : state.heldNanoUsd,
  };
};

const hasEnded = (): AppError =>
  new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The hold of this call has ended.',
  });
