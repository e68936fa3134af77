import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import * as z from 'zod';

const report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          title: z.string(),
          fullName: z.string(),
          ancestorTitles: z.array(z.string()),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

export type TestReport = z.infer<typeof report>;

/** Of a failure's message, what says why: the rest stands where the test failed. */
const REASON_CHARACTERS = 1_500;

const printFailure = (place: string, message: string): void => {
  const reason = stripVTControlCharacters(message).slice(0, REASON_CHARACTERS);
  console.log(`failed: ${place}: ${JSON.stringify(reason)}`);
};

/** Reads what vitest's JSON reporter wrote, or null, and prints a line a failure: `.ci/run` repeats them at its end. */
export const readReport = (path: string): TestReport | null => {
  if (!existsSync(path)) return null;
  const found = report.parse(JSON.parse(readFileSync(path, 'utf8')));
  for (const { name, message, assertionResults } of found.testResults) {
    const file = relative('.', name);
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    if (failed.length === 0 && message !== '') printFailure(file, message);
    for (const { fullName, failureMessages } of failed)
      printFailure(`${file} > ${fullName}`, failureMessages?.[0] ?? '');
  }
  return found;
};
