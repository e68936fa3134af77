import type { Settlement } from '../../ledger/domain/usage.ts';
import { microsFloorFromNanoUsd } from '../../shared/money.ts';
import type { CallInput, HeldCall } from './call-types.ts';

/** Which call it is, whose, and of which model: the part of its settlement that no count decides. */
export const settlementFacts = (
  { requestId }: Pick<CallInput, 'requestId'>,
  {
    hold,
    key,
    call,
    route,
    startedAtMs,
  }: Pick<HeldCall, 'route' | 'startedAtMs'> & {
    readonly hold: Pick<HeldCall['hold'], 'holdId'>;
    readonly key: Pick<HeldCall['key'], 'keyId' | 'projectId' | 'userId'>;
    readonly call: Pick<HeldCall['call'], 'model'>;
  },
  nowMs: number,
) =>
  ({
    holdId: hold.holdId,
    requestId,
    keyId: key.keyId,
    projectId: key.projectId,
    model: call.model,
    provider: route.provider,
    startedAtMs,
    settledAtMs: nowMs,
    totalMs: nowMs - startedAtMs,
    endUserId: key.userId,
  }) satisfies Partial<Settlement>;

/** What the answer's headers say of it. */
export const heldHeaders = (
  { requestId }: Pick<CallInput, 'requestId'>,
  { route, key, account }: Pick<HeldCall, 'route' | 'key' | 'account'>,
): Record<string, string> => ({
  'x-request-id': requestId,
  'x-sluice-model': route.model,
  'x-sluice-provider': route.provider,
  ...(key.capNanoUsd === null
    ? {}
    : { 'x-sluice-remaining-micros': String(microsFloorFromNanoUsd(key.availableNanoUsd)) }),
  ...(account.simulated ? { 'x-sluice-simulated': 'true' } : {}),
});
