import { ERROR_TABLE, type AppError } from '../shared/app-error.ts';

export type Dialect = 'openai' | 'anthropic' | 'elevenlabs' | 'native';

/** An error as the SDK of this dialect reads it. */
export const errorBody = (dialect: Dialect, error: AppError, requestId: string): object => {
  const { type } = ERROR_TABLE[error.code];
  const { code, publicMessage: message, facts } = error;
  switch (dialect) {
    case 'openai':
      return { error: { message, type, code, param: null, ...facts, request_id: requestId } };
    case 'anthropic':
      return { type: 'error', error: { type, message, code, ...facts }, request_id: requestId };
    case 'elevenlabs':
      return { detail: { type, code, status: code, message, ...facts, request_id: requestId } };
    case 'native':
      return { error: { type, code, message, ...facts, request_id: requestId } };
  }
};
