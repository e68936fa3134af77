import { AppError } from '../../shared/app-error.ts';

/** The id of a request came again with another body; `param` is where it came from. */
export const requestIdReused = (param: 'request_id' | 'idempotency-key' = 'request_id'): AppError =>
  new AppError({
    code: 'request_id_reused',
    publicMessage: `${param}: was used before with another body.`,
    facts: { param },
  });
