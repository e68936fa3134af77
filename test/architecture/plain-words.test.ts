import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** What users read: pages, and the texts that commands print. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...globSync('docs/*.md'),
];

/** Words that say little, or something else than what is meant, with what stands in their place. */
const WORST: readonly (readonly [found: RegExp, say: string])[] = [
  [/\banew\b/i, 'again'],
  [/\bgo(?:es)? on behind\b/i, 'continue(s) after'],
  [/\bis told of\b/i, 'is notified of'],
  [/\bbegins? anew\b/i, 'starts again'],
  [/\blies (?:beside|in the|behind)\b/i, 'is stored'],
  [/\bfor ever\b/i, 'always'],
  [/\bgoes before\b/i, 'precedes'],
];

test.each(PAGES)('%s is in plain words', (page) => {
  const lines = readFileSync(page, 'utf8').split('\n');
  const found = lines.flatMap((line, index) =>
    WORST.filter(([pattern]) => pattern.test(line)).map(
      ([pattern, say]) => `${page}:${index + 1}: ${pattern.exec(line)?.[0] ?? ''} -> ${say}`,
    ),
  );
  expect(found).toEqual([]);
});
