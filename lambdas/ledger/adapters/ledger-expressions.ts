import { packHold } from '../domain/hold.ts';
import { storedSettlement } from '../domain/settlement.ts';
import type { Settlement } from '../domain/usage.ts';
import { unpackPart } from '../domain/project-cap.ts';
import { windowsAt } from '../domain/window.ts';
import type { Hold, HoldRequest } from '../ports.ts';
import type { BalanceItem } from './key-item.ts';
import { keyUpdate, type KeyUpdate } from './key-update.ts';

const MINUTE_MS = 60_000;

export const stateKey = (keyId: string) => ({ pk: `KEY#${keyId}`, sk: 'STATE' });
export const minuteOf = (nowMs: number): string => `m${Math.floor(nowMs / MINUTE_MS)}`;

/** Each clause of a hold's condition by name. */
const HOLD_CLAUSES = {
  secret: '(secret_hash = :hash OR (old_secret_hash = :hash AND old_secret_until > :now))',
  status: '#status = :active',
  expiry: 'valid_until > :now',
  scope: '#scope IN (:standard, :admin)',
  window: '#window IN (:lifetime, :day, :week, :month)',
  models: '(attribute_not_exists(models) OR contains(models, :model))',
  cap: 'available >= :hold',
  concurrency: 'size(holds) < max_concurrency',
  id: 'attribute_not_exists(holds.#id)',
  project: 'attribute_not_exists(project_holds)',
  rate: '(attribute_not_exists(rate.#minute) OR rate.#minute < rpm)',
} as const;

const NEW_CALLER = Object.values(HOLD_CLAUSES).join(' AND ');
/** Who was authenticated before presents no secret again; everything else is checked as ever. */
const KNOWN_CALLER = Object.values({
  ...HOLD_CLAUSES,
  secret: 'attribute_exists(secret_hash)',
}).join(' AND ');

/**
 * Takes money for one call. `knownWindow` is set when an earlier refusal showed the key's window
 * (this caller's clock is behind it); else any of the four ids of `nowMs` matches the key's own kind of period.
 */
export const holdUpdate = (request: HoldRequest, knownWindow: string | null): KeyUpdate => {
  const windows = windowsAt(request.nowMs);
  return keyUpdate({
    key: stateKey(request.keyId),
    condition: request.secretHash === null ? KNOWN_CALLER : NEW_CALLER,
    update:
      'SET available = available - :hold, holds.#id = :packed, ' +
      'rate.#minute = if_not_exists(rate.#minute, :zero) + :one, ' +
      'sweep_at = if_not_exists(sweep_at, :expiry), #write = :kind',
    names: {
      '#status': 'status',
      '#scope': 'scope',
      '#window': 'window',
      '#write': 'write',
      '#id': request.holdId,
      '#minute': minuteOf(request.nowMs),
    },
    values: {
      ...(request.secretHash === null ? {} : { ':hash': request.secretHash }),
      ':now': request.nowMs,
      ':active': 'active',
      ':standard': 'standard',
      ':admin': 'admin',
      ':lifetime': windows.lifetime,
      ':day': knownWindow ?? windows.day,
      ':week': windows.week,
      ':month': windows.month,
      ':model': request.allowedAs ?? request.model,
      ':hold': request.amountNanoUsd,
      ':packed': packedHold(request, knownWindow),
      ':zero': 0,
      ':one': 1,
      ':expiry': request.expiresAtMs,
      ':kind': 'hold',
    },
  });
};

export const packedHold = (request: HoldRequest, knownWindow: string | null): string =>
  packHold({
    amountNanoUsd: request.amountNanoUsd,
    window: knownWindow,
    heldAtMs: request.nowMs,
    expiresAtMs: request.expiresAtMs,
    provider: request.provider,
    model: request.model,
    feature: request.feature,
    witness: request.witness ?? null,
  });

/**
 * The same of a key whose project has a cap, one step with what the project's shards give; `part` null: its project's cap was
 * removed meanwhile.
 */
export const holdWithPart = (
  request: HoldRequest,
  knownWindow: string | null,
  part: string | null,
): KeyUpdate => {
  const { condition, update, values, ...rest } = holdUpdate(request, knownWindow);
  return {
    ...rest,
    condition: condition.replace(HOLD_CLAUSES.project, 'attribute_exists(project_holds)'),
    update: part === null ? update : `${update}, project_holds.#id = :part, project_epoch = :epoch`,
    values: part === null ? values : { ...values, ':part': part, ':epoch': unpackPart(part).epoch },
  };
};

/** The key as a hold of a transaction left it, which answers no item, when nothing else was written since it was read. */
export const itemWithHold = (
  item: BalanceItem,
  request: HoldRequest,
  knownWindow: string | null,
  part: string | null,
): BalanceItem => ({
  ...item,
  available: item.available - request.amountNanoUsd,
  holds: { ...item.holds, [request.holdId]: packedHold(request, knownWindow) },
  ...(part === null ? {} : { project_holds: { ...item.project_holds, [request.holdId]: part } }),
});

/** A hold ends together with its project's part, or has none: whoever knows of none learns of it by the refusal. */
const partOf = (part: string | null) =>
  part === null
    ? { clause: 'attribute_not_exists(project_holds.#id)', removal: '', values: {} }
    : {
        clause: 'project_holds.#id = :part',
        removal: ', project_holds.#id',
        values: { ':part': part },
      };

/** A hold of another amount was moved meanwhile: what is given back is what the item has, never what somebody remembers. */
const AS_TAKEN = 'begins_with(holds.#id, :held)';
export const takenAs = ({ amountNanoUsd }: Pick<Hold, 'amountNanoUsd'>): string =>
  `${amountNanoUsd}|`;

/** Ends a hold in the window it was taken from. */
export const settleUpdate = (hold: Hold, settlement: Settlement, part: string | null): KeyUpdate =>
  keyUpdate({
    key: stateKey(hold.keyId),
    condition: `${AS_TAKEN} AND #window = :window AND ${partOf(part).clause}`,
    update: `SET available = available + :delta, spent = spent + :cost, #last = :last, #write = :kind ${removals(hold)}${partOf(part).removal}`,
    names: { ...settleNames(hold), '#window': 'window' },
    values: {
      ...settleValues(settlement),
      ...partOf(part).values,
      ':held': takenAs(hold),
      ':window': hold.window,
      ':delta': hold.amountNanoUsd - settlement.costNanoUsd,
      ':cost': settlement.costNanoUsd,
    },
  });

/** Ends a hold whose window has passed: the new window's numbers are not touched. */
export const settleLateUpdate = (
  hold: Hold,
  settlement: Settlement,
  part: string | null,
): KeyUpdate =>
  keyUpdate({
    key: stateKey(hold.keyId),
    condition: `${AS_TAKEN} AND #window <> :window AND ${partOf(part).clause}`,
    update: `SET #last = :last, #write = :kind ${removals(hold)}${partOf(part).removal}`,
    names: { ...settleNames(hold), '#window': 'window' },
    values: {
      ...settleValues(settlement),
      ...partOf(part).values,
      ':held': takenAs(hold),
      ':window': hold.window,
    },
  });

/** What a hold left in its key's item: money of the window that is open, and its count in a minute that is still kept. */
export interface HoldTrace {
  readonly isOfWindow: boolean;
  readonly isCounted: boolean;
}

/** Takes a hold back as if it had never been. Nobody is notified: the stream passes settlements alone. */
export const withdrawUpdate = (
  hold: Hold,
  { isOfWindow, isCounted }: HoldTrace,
  part: string | null,
): KeyUpdate =>
  keyUpdate({
    key: stateKey(hold.keyId),
    condition:
      `${AS_TAKEN} AND #window ${isOfWindow ? '=' : '<>'} :window ` +
      `AND ${isCounted ? 'attribute_exists' : 'attribute_not_exists'}(rate.#minute) AND ${partOf(part).clause}`,
    update: `SET #write = :kind${isOfWindow ? ', available = available + :hold' : ''}${
      isCounted ? ', rate.#minute = rate.#minute - :one' : ''
    } REMOVE holds.#id${partOf(part).removal}`,
    names: {
      '#window': 'window',
      '#write': 'write',
      '#id': hold.holdId,
      '#minute': minuteOf(hold.heldAtMs),
    },
    values: {
      ':held': takenAs(hold),
      ...partOf(part).values,
      ':window': hold.window,
      ':kind': 'withdraw',
      ...(isOfWindow ? { ':hold': hold.amountNanoUsd } : {}),
      ...(isCounted ? { ':one': 1 } : {}),
    },
  });

/** Opens a later window with the whole cap; never an earlier one, whatever a clock says. */
export const rollOverUpdate = (keyId: string, period: string, window: string): KeyUpdate =>
  keyUpdate({
    key: stateKey(keyId),
    condition: '#period = :period AND #window < :window',
    update: 'SET #window = :window, available = cap, spent = :zero, #write = :kind',
    names: { '#window': 'window', '#period': 'period', '#write': 'write' },
    values: { ':window': window, ':period': period, ':zero': 0, ':kind': 'roll_over' },
  });

/** The next time to look, unless somebody changed it meanwhile. */
export const sweepLaterUpdate = (keyId: string, seenMs: number, nextMs: number): KeyUpdate =>
  keyUpdate({
    key: stateKey(keyId),
    condition: 'sweep_at = :seen',
    update: 'SET sweep_at = :next, #write = :kind',
    names: { '#write': 'write' },
    values: { ':seen': seenMs, ':next': nextMs, ':kind': 'sweep' },
  });

/** Nothing is held: nothing to look at. */
export const sweepDoneUpdate = (keyId: string): KeyUpdate =>
  keyUpdate({
    key: stateKey(keyId),
    condition: 'attribute_exists(sweep_at) AND size(holds) = :zero',
    update: 'SET #write = :kind REMOVE sweep_at',
    names: { '#write': 'write' },
    values: { ':zero': 0, ':kind': 'sweep' },
  });

const settleNames = (hold: Hold): Record<string, string> => ({
  '#last': 'last',
  '#write': 'write',
  '#id': hold.holdId,
  ...Object.fromEntries(hold.staleMinutes.map((minute, index) => [`#stale${index}`, minute])),
});

const settleValues = (settlement: Settlement) => ({
  ':last': storedSettlement(settlement),
  ':kind': settlement.status === 'expired' ? 'expire' : 'settle',
});

const removals = (hold: Hold): string =>
  `REMOVE ${['holds.#id', ...hold.staleMinutes.map((_, index) => `rate.#stale${index}`)].join(', ')}`;
