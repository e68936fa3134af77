import { NO_TOKENS, type Settlement } from './usage.ts';

/** A hold whose call may have been made, and nobody knows what came of it. */
type EndlessCall = Pick<
  Settlement,
  | 'holdId'
  | 'requestId'
  | 'keyId'
  | 'projectId'
  | 'model'
  | 'provider'
  | 'feature'
  | 'threadId'
  | 'endUserId'
>;

/** It is charged whole. */
export const expiredSettlement = (
  call: EndlessCall,
  { amountNanoUsd, heldAtMs }: { readonly amountNanoUsd: number; readonly heldAtMs: number },
  nowMs: number,
): Settlement => ({
  ...call,
  tokens: NO_TOKENS,
  costNanoUsd: amountNanoUsd,
  estimated: true,
  status: 'expired',
  startedAtMs: heldAtMs,
  settledAtMs: nowMs,
  firstTokenMs: null,
  totalMs: nowMs - heldAtMs,
});
