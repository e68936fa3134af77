import { AppError } from '../shared/app-error.ts';
import { AwsError } from './aws/aws-error.ts';
import { recordMetrics } from './metrics.ts';

/** Runs one storage call; whatever it throws means that the store is unavailable: fail closed. */
export const stored = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch (error) {
    recordMetrics({ storageFailures: 1 });
    throw new AppError({
      code: 'storage_unavailable',
      publicMessage: 'Storage is unavailable. Nothing was forwarded; try again.',
      internal: error instanceof Error ? wordsOf(error) : 'storage failed',
      cause: error,
    });
  }
};

/** AWS finds a request by its id. */
const wordsOf = (error: Error): string => {
  const words = `${error.name}: ${error.message}`;
  if (!(error instanceof AwsError)) return words;
  const { requestId, attempts } = error.$metadata;
  return `${words} (request ${requestId ?? 'without an id'}, attempt ${attempts})`;
};
