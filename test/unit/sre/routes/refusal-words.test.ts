import { expect, test } from 'vitest';
import { AppError } from '../../../../lambdas/shared/app-error.ts';
import { refusalWords } from '../../../../lambdas/sre/routes/refusal-words.ts';

test.each(['storage_unavailable', 'internal'] as const)(
  'a tool that acts and fails by %s is said to have acted perhaps, one that reads is called again',
  (code) => {
    const error = new AppError({ code, publicMessage: 'no' });
    expect(refusalWords(error, false)).toContain('may have been done');
    expect(refusalWords(error, false)).not.toContain('Nothing was done');
    expect(refusalWords(error, true)).toContain('The same call again may succeed');
  },
);

test('what was refused was not done, and its advice stays', () => {
  const error = new AppError({ code: 'not_found', publicMessage: 'no' });
  expect(refusalWords(error, false)).toContain('Ids come from');
  expect(refusalWords(error, false)).not.toContain('may have been done');
});
