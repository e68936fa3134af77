import { AppError } from '../../shared/app-error.ts';

/** Throws AppError 400 for a range that ends before it begins. */
export const checkRange = (fromMs: number, toMs: number): void => {
  if (fromMs <= toMs) return;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'from_ms: later than to_ms',
    facts: { param: 'from_ms' },
  });
};
