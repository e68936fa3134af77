import {
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb';
import { AppError } from '../shared/app-error.ts';
import { recordMetrics } from './metrics.ts';

/** Runs one storage call; whatever is not a failed condition means that the store is unavailable: fail closed. */
export const stored = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) throw error;
    if (error instanceof TransactionCanceledException && isConditional(error)) throw error;
    recordMetrics({ storageFailures: 1 });
    throw new AppError({
      code: 'storage_unavailable',
      publicMessage: 'Storage is unavailable. Nothing was forwarded; try again.',
      internal: error instanceof Error ? `${error.name}: ${error.message}` : 'storage failed',
      cause: error,
    });
  }
};

/** Did a transaction end because an item was there already (and not by a conflict or a throttle)? */
const isConditional = (error: TransactionCanceledException): boolean =>
  (error.CancellationReasons ?? []).some((reason) => reason.Code === 'ConditionalCheckFailed');
