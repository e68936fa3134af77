import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';

const { scripts } = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync('package.json', 'utf8')));
const documents = globSync(['*.md', '{clients,docs,examples,findings,lambdas,lib,local}/**/*.md'], {
  exclude: ['**/node_modules/**'],
});
const sources = globSync(
  '{bench,bin,clients,cost,examples,findings,lambdas,lib,local,ops,scripts,test}/**/*.*',
  { exclude: ['**/node_modules/**'] },
);
/** A source as a page quotes it, by its whole path or the end of it; `x` stands for any. */
const SOURCE = /`((?!x\.)[\w./-]+\.(?:[cm]?ts|tsx|mjs|py))`/g;

/** The headings of a page, as links name them. */
const headingsOf = (page: string): readonly string[] =>
  Array.from(readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('the documents', () => {
  test.each(documents)('%s names only commands and files that exist', (path) => {
    const text = readFileSync(path, 'utf8');
    for (const [, name = ''] of text.matchAll(
      /npm (?:run )?(start|dev|test|check|findings|tour|simulate|ops|cost|[a-z]+:[a-z-]+)\b/g,
    ))
      expect(Object.keys(scripts)).toContain(name);
    for (const [, file = ''] of text.matchAll(SOURCE))
      expect(
        sources.some((source) => `/${source}`.endsWith(`/${file}`)),
        file,
      ).toBe(true);
    for (const [, link = '', heading] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
      const target = link === '' ? path : join(dirname(path), link);
      expect(existsSync(target), link).toBe(true);
      if (heading !== undefined) expect(headingsOf(target)).toContain(heading);
    }
  });

  test('every script runs a file that exists', () => {
    for (const command of Object.values(scripts)) {
      const file = /scripts\/run\.mjs (\S+)/.exec(command)?.[1];
      if (file !== undefined) expect(existsSync(file), file).toBe(true);
    }
  });
});

test('a test that a deployed stage cannot show is skipped with its reason, never silently', () => {
  const bare = globSync('test/e2e/**/*.ts').filter((path) =>
    readFileSync(path, 'utf8').includes('skipIf(deployedStage'),
  );
  expect(bare).toEqual([]);
});

/** What users read: pages, and the texts that commands print. */
const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
  ...globSync(['{docs,examples,findings,lib,local,lambdas}/**/*.md', 'clients/*/README.md'], {
    exclude: ['**/node_modules/**'],
  }),
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
  [/\bgo(?:es)? on\b/i, 'continue(s)'],
  [/\btells?\b(?! (?:the )?(?:callers|keys apart))/i, 'report(s), send(s), notifies'],
  [/\blies\b/i, 'is, is stored'],
  [
    /\bbehind (?:(?:an?|the|its|each|every|that|this|their) )?(?:answers?|cursor|end|event|first|grace|it|last|one|response|revocation|run|second|settlement|subscribe|them|transaction|wait|words?)\b/i,
    'after',
  ],
];

const wordsIn = (
  page: string,
  worst: readonly (readonly [found: RegExp, say: string])[],
  read = /^/,
): readonly string[] =>
  readFileSync(page, 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      worst
        .filter(([pattern]) => read.test(line) && pattern.test(line))
        .map(
          ([pattern, say]) => `${page}:${index + 1}: ${pattern.exec(line)?.[0] ?? ''} -> ${say}`,
        ),
    );

test.each(PAGES)('%s is in plain words', (page) => {
  expect(wordsIn(page, WORST)).toEqual([]);
});

/** A line of a comment, or with one after it. */
const COMMENT = /^ *\/?\*|\/\/ /;
const WORST_IN_COMMENTS: typeof WORST = [
  [/\banew\b/i, 'again'],
  [/\bgo(?:es)? on\b/i, 'continue(s)'],
  [/\blies\b/i, 'is, is stored'],
];

/** In sources they are words of comments and messages alone; others are names too. */
const WORST_IN_SOURCES: typeof WORST = [
  ...WORST_IN_COMMENTS,
  [/\b(?:is|are|was|were|be|been|being) told\b(?! (?:apart|from|to))/i, 'is reported, is notified'],
];

test('the comments of all sources are in plain words', () => {
  const sources = globSync('{bench,bin,cost,lambdas,lib,local,ops,scripts}/**/*.{ts,mjs}');
  expect(sources.length).toBeGreaterThan(1_000);
  expect(sources.flatMap((page) => wordsIn(page, WORST_IN_COMMENTS, COMMENT))).toEqual([]);
});

test('the sources of the SRE are in plain words', () => {
  const sources = globSync('{lambdas,lib}/sre/**/*.ts');
  expect(sources.length).toBeGreaterThan(200);
  expect(sources.flatMap((page) => wordsIn(page, WORST_IN_SOURCES))).toEqual([]);
});
