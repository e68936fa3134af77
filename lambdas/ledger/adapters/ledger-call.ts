import { unpackHold } from '../domain/hold.ts';
import type { LedgerCall } from '../ports.ts';
import type { KeyItem } from './key-item.ts';

/** A call by its hold, else by the latest settlement. */
export const callOfItem = (item: KeyItem, holdId: string): LedgerCall | null => {
  const packed = item.holds[holdId];
  if (packed === undefined)
    return item.last?.holdId === holdId ? { kind: 'settled', settlement: item.last } : null;
  const hold = unpackHold(packed);
  return {
    kind: 'running',
    call: {
      keyId: item.key_id,
      holdId,
      model: hold.model,
      provider: hold.provider,
      feature: hold.feature,
      heldNanoUsd: hold.amountNanoUsd,
      startedAtMs: hold.heldAtMs,
      expiresAtMs: hold.expiresAtMs,
    },
  };
};
