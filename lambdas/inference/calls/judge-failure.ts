import { AppError } from '../../shared/app-error.ts';
import type { Settlement } from '../../ledger/domain/usage.ts';
import type { FailedCall } from './failed-call.ts';
import type { Failure } from './route-walk.ts';

/** Codes of a target that cannot be asked this, though another one may. */
const PASSED: ReadonlySet<string> = new Set([
  'model_not_found',
  'model_not_allowed',
  'model_not_priced',
  'feature_not_priced',
  'provider_not_configured',
  'dialect_not_supported_for_model',
  'invalid_request',
  'body_too_large',
]);

/** What of a settlement decides. */
type Settled = Pick<Settlement, 'status' | 'firstTokenMs'>;

const NOTHING_BILLED: Settled = { status: 'released', firstTokenMs: null };

/** The same of what nobody bills. */
export const judgeFree = (failed: FailedCall): Failure => {
  const unasked = judgeFailure(failed, null, false);
  return unasked.kind === 'passed' ? unasked : judgeFailure(failed, NOTHING_BILLED, false);
};

/**
 * What a failed try means for the next one. `settlement` is what was kept of it, null where nothing was: what a provider
 * billed goes no further, but for silence before the first token, which is settled and left behind.
 */
export const judgeFailure = (
  failed: FailedCall,
  settlement: Settled | null,
  wasSilent: boolean,
): Failure => {
  if (settlement !== null && wasSilent) return { failed, word: 'timeout', kind: 'next' };
  if (failed.kind === 'answer') return judgeStatus(failed, failed.answer.status, settlement);
  const { error } = failed;
  if (!(error instanceof AppError)) return { failed, word: 'internal', kind: 'final' };
  if (error.status === 402) return { failed, word: 'cap', kind: 'money' };
  // A hold that is given back may be of a call that was not made: its files could not be had.
  if ((settlement === null || settlement.status === 'released') && PASSED.has(error.code))
    return { failed, word: error.code, kind: 'passed' };
  if (settlement === null) return { failed, word: error.code, kind: 'final' };
  // Of an answer that had begun, silence is the end: its words are paid, and would be again.
  if (error.code === 'provider_timeout' && settlement.firstTokenMs === null)
    return { failed, word: 'timeout', kind: 'next' };
  if (settlement.status !== 'released') return { failed, word: 'billed', kind: 'final' };
  const status = statusOf(error);
  if (status !== null) return judgeStatus(failed, status, settlement);
  if (!error.code.startsWith('provider_')) return { failed, word: error.code, kind: 'final' };
  // An account that its provider refuses is refused again; a connection may come back.
  return {
    failed,
    word: error.isFinal ? 'account' : 'failed',
    kind: error.isFinal ? 'next' : 'again',
  };
};

const judgeStatus = (failed: FailedCall, status: number, settlement: Settled | null): Failure => {
  const word = String(status);
  if (settlement === null || settlement.status !== 'released')
    return { failed, word, kind: 'final' };
  if (status === 429) return { failed, word, kind: 'next' };
  // A stream that ended with an error before it said anything.
  if (status < 400) return { failed, word: 'stream', kind: 'again' };
  return { failed, word, kind: status === 408 || status >= 500 ? 'again' : 'final' };
};

/** The status that a provider refused with, where an error of ours carries it. */
const statusOf = (error: AppError): number | null => {
  const answer: unknown = 'answer' in error ? error.answer : null;
  const status: unknown =
    typeof answer === 'object' && answer !== null && 'status' in answer ? answer.status : null;
  return typeof status === 'number' ? status : null;
};
