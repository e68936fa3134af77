import { ERROR_TABLE, type AppError } from '../shared/app-error.ts';
import { googleStatus } from '../shared/google-status.ts';

export type Dialect = 'openai' | 'anthropic' | 'google' | 'elevenlabs' | 'native';

/** An error as the SDK of this dialect reads it. */
export const errorBody = (dialect: Dialect, error: AppError, requestId: string): object => {
  const { type } = ERROR_TABLE[error.code];
  const { code, publicMessage: message, facts } = error;
  switch (dialect) {
    case 'openai':
      return { error: { message, type, code, param: null, ...facts, request_id: requestId } };
    case 'anthropic':
      return { type: 'error', error: { type, message, code, ...facts }, request_id: requestId };
    case 'google':
      return googleError(error, requestId);
    case 'elevenlabs':
      return { detail: { type, code, status: code, message, ...facts, request_id: requestId } };
    case 'native':
      return { error: { type, code, message, ...facts, request_id: requestId } };
  }
};

/** Facts are texts here, in one detail, and how long to wait is another: https://cloud.google.com/apis/design/errors#error_model */
const googleError = (
  { code, status, publicMessage: message, facts, retryAfterSeconds }: AppError,
  requestId: string,
): object => ({
  error: {
    code: status,
    message,
    status: googleStatus(status),
    details: [
      {
        '@type': `${RPC}ErrorInfo`,
        reason: code.toUpperCase(),
        domain: 'sluice',
        metadata: Object.fromEntries(
          Object.entries<string | number | null>({ ...facts, request_id: requestId }).map(
            ([name, fact]) => [name, String(fact)],
          ),
        ),
      },
      ...(retryAfterSeconds === null
        ? []
        : [{ '@type': `${RPC}RetryInfo`, retryDelay: `${retryAfterSeconds}s` }]),
    ],
  },
});

const RPC = 'type.googleapis.com/google.rpc.';
