import type { CompleteAnswer } from './call-types.ts';

/** What came of the model that was asked for: an answer with an error's status, or an error. */
export type FailedCall =
  | { readonly kind: 'answer'; readonly answer: CompleteAnswer }
  | { readonly kind: 'error'; readonly error: unknown };

/** What one try came to. Never throws. */
export const outcomeOf = async (ask: () => Promise<CompleteAnswer>): Promise<FailedCall> => {
  try {
    return { kind: 'answer', answer: await ask() };
  } catch (error) {
    return { kind: 'error', error };
  }
};
