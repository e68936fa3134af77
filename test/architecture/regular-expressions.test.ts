import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** A literal of one part that repeats: a character, an escape or a class. */
const PART = String.raw`(?:\\.|\[(?:\\.|[^\]\\])+\]|[^\\[\]/()*+?{}|^$.])`;
// As /=+$/ and /\s*[\r\n]+/: it begins anywhere with what repeats, and needs something behind it.
const SLOW = new RegExp(
  String.raw`(?<=^\s*|[(=,?[]\s?|:\s)/${PART}[*+](?:\$|${PART})[^/\n]*/[dgimsuv]*[,);\s]`,
  'g',
);

/** Where the same text is bounded before it is read, each with the bound. */
const BOUNDED: readonly string[] = [
  // Shown shapes of lines: SHAPE_TEXT_CHARACTERS_MAX.
  String.raw`lambdas/sre/domain/hours.ts /[^\s]*\d[^\s]*/g;`,
];

/**
 * An engine that finds no end of a run tries it again from each of its characters. A stranger's text of one character then takes
 * minutes: 120 kB took five seconds.
 */
test('no regular expression begins with a run that must end in something', () => {
  const found = globSync('lambdas/**/*.ts').flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(?:\*|\/[/*])/.test(line))
      .flatMap((line) => (line.match(SLOW) ?? []).map((literal) => `${path} ${literal}`)),
  );
  expect(found.filter((line) => !BOUNDED.includes(line))).toEqual([]);
});
