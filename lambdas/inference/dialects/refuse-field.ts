import { AppError } from '../../shared/app-error.ts';

/** What a caller hears of a field that no turn carries, or not to this model. */
export const fieldRefused = (param: string, problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });
