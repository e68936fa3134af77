import { packHold } from '../domain/hold.ts';
import { storedSettlement } from '../domain/settlement.ts';
import type { Settlement } from '../domain/usage.ts';
import { windowsAt } from '../domain/window.ts';
import type { Hold, HoldRequest } from '../ports.ts';
import { keyUpdate, type KeyUpdate } from './key-update.ts';

const MINUTE_MS = 60_000;

export const stateKey = (keyId: string) => ({ pk: `KEY#${keyId}`, sk: 'STATE' });
export const minuteOf = (nowMs: number): string => `m${Math.floor(nowMs / MINUTE_MS)}`;

/** Each clause of a hold's condition by name. */
const HOLD_CLAUSES = {
  secret: '(secret_hash = :hash OR (old_secret_hash = :hash AND old_secret_until > :now))',
  status: '#status = :active',
  expiry: 'valid_until > :now',
  scope: '#scope <> :ingest',
  window: '#window IN (:lifetime, :day, :week, :month)',
  models: '(attribute_not_exists(models) OR contains(models, :model))',
  cap: 'available >= :hold',
  concurrency: 'size(holds) < max_concurrency',
  id: 'attribute_not_exists(holds.#id)',
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
      ':ingest': 'ingest',
      ':lifetime': windows.lifetime,
      ':day': knownWindow ?? windows.day,
      ':week': windows.week,
      ':month': windows.month,
      ':model': request.model,
      ':hold': request.amountNanoUsd,
      ':packed': packHold({
        amountNanoUsd: request.amountNanoUsd,
        window: knownWindow,
        heldAtMs: request.nowMs,
        expiresAtMs: request.expiresAtMs,
        provider: request.provider,
        model: request.model,
        feature: request.feature,
        witness: request.witness ?? null,
      }),
      ':zero': 0,
      ':one': 1,
      ':expiry': request.expiresAtMs,
      ':kind': 'hold',
    },
  });
};

/** Ends a hold in the window it was taken from. */
export const settleUpdate = (hold: Hold, settlement: Settlement): KeyUpdate =>
  keyUpdate({
    key: stateKey(hold.keyId),
    condition: 'attribute_exists(holds.#id) AND #window = :window',
    update: `SET available = available + :delta, spent = spent + :cost, #last = :last, #write = :kind ${removals(hold)}`,
    names: { ...settleNames(hold), '#window': 'window' },
    values: {
      ...settleValues(settlement),
      ':window': hold.window,
      ':delta': hold.amountNanoUsd - settlement.costNanoUsd,
      ':cost': settlement.costNanoUsd,
    },
  });

/** Ends a hold whose window has passed: the new window's numbers are not touched. */
export const settleLateUpdate = (hold: Hold, settlement: Settlement): KeyUpdate =>
  keyUpdate({
    key: stateKey(hold.keyId),
    condition: 'attribute_exists(holds.#id) AND #window <> :window',
    update: `SET #last = :last, #write = :kind ${removals(hold)}`,
    names: { ...settleNames(hold), '#window': 'window' },
    values: { ...settleValues(settlement), ':window': hold.window },
  });

/** What a hold left in its key's item: money of the window that is open, and its count in a minute that is still kept. */
export interface HoldTrace {
  readonly isOfWindow: boolean;
  readonly isCounted: boolean;
}

/** Takes a hold back as if it had never been. Nobody is notified: the stream passes settlements alone. */
export const withdrawUpdate = (hold: Hold, { isOfWindow, isCounted }: HoldTrace): KeyUpdate =>
  keyUpdate({
    key: stateKey(hold.keyId),
    condition:
      `attribute_exists(holds.#id) AND #window ${isOfWindow ? '=' : '<>'} :window ` +
      `AND ${isCounted ? 'attribute_exists' : 'attribute_not_exists'}(rate.#minute)`,
    update: `SET #write = :kind${isOfWindow ? ', available = available + :hold' : ''}${
      isCounted ? ', rate.#minute = rate.#minute - :one' : ''
    } REMOVE holds.#id`,
    names: {
      '#window': 'window',
      '#write': 'write',
      '#id': hold.holdId,
      '#minute': minuteOf(hold.heldAtMs),
    },
    values: {
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
