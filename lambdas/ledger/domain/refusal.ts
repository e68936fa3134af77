import { AppError } from '../../shared/app-error.ts';
import { invalidKey } from '../../shared/credential.ts';

/** Why a caller was refused: its key is none, is not good at the moment, or is for something else. */
export type CallerRefusal = 'invalid_key' | 'revoked' | 'paused' | 'expired' | 'other_scope';

/** Why a hold was refused. */
export type HoldRefusal =
  | CallerRefusal
  | 'model_not_allowed'
  | 'rate_limited'
  | 'concurrency_limited'
  /** Would never fit, even in an untouched window. */
  | 'exceeds_cap'
  /** Spent: nothing or too little is left, whatever settles. */
  | 'cap_exceeded'
  /** Fits once the holds of other calls settle. */
  | 'in_flight';

/** Is it the money that a hold was refused for? */
export const isMoney = (
  reason: HoldRefusal,
): reason is 'exceeds_cap' | 'cap_exceeded' | 'in_flight' =>
  reason === 'exceeds_cap' || reason === 'cap_exceeded' || reason === 'in_flight';

/** What a refused hold was checked against. */
export interface RefusedKey {
  readonly secretMatches: boolean;
  readonly status: 'active' | 'paused' | 'revoked';
  readonly validUntilMs: number;
  /** May it call models at all? */
  readonly isCaller: boolean;
  readonly models: readonly string[] | null;
  readonly capNanoUsd: number;
  readonly spentNanoUsd: number;
  readonly availableNanoUsd: number;
  readonly holdCount: number;
  readonly maxConcurrency: number;
  readonly callsThisMinute: number;
  readonly rpm: number;
}

/**
 * Which clause refused, in the order a caller should learn of it: who you are, what you may, how fast, how much.
 * null: nothing refuses any more, so the item changed under the write (try again).
 */
export const refusalOf = (
  key: RefusedKey,
  request: {
    readonly amountNanoUsd: number;
    readonly model: string;
    readonly allowedAs?: string;
    readonly nowMs: number;
  },
): HoldRefusal | null => {
  if (!key.secretMatches) return 'invalid_key';
  if (key.status !== 'active') return key.status;
  if (key.validUntilMs <= request.nowMs) return 'expired';
  if (!key.isCaller) return 'other_scope';
  if (key.models !== null && !key.models.includes(request.allowedAs ?? request.model))
    return 'model_not_allowed';
  if (request.amountNanoUsd > key.capNanoUsd) return 'exceeds_cap';
  if (key.availableNanoUsd < request.amountNanoUsd)
    return key.capNanoUsd - key.spentNanoUsd >= request.amountNanoUsd
      ? 'in_flight'
      : 'cap_exceeded';
  if (key.callsThisMinute >= key.rpm) return 'rate_limited';
  if (key.holdCount >= key.maxConcurrency) return 'concurrency_limited';
  return null;
};

/** What a refused caller receives. */
export const refusedCaller = (reason: CallerRefusal): AppError =>
  reason === 'other_scope'
    ? new AppError({
        code: 'scope_not_allowed',
        publicMessage:
          "This key's scope does not allow this: ingest sends telemetry and nothing else; viewer reads; oncall reads, and acts on incidents, silences and steps of runbooks.",
      })
    : invalidKey();
