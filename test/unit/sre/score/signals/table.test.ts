import { describe, expect, test } from 'vitest';
import { WARN } from '../../../../../lambdas/sre/domain/signal.ts';
import { INFO } from '../../../../../lambdas/sre/score/signals/context.ts';
import { SIGNAL_LIMITS } from '../../../../../lambdas/sre/score/signals/limits.ts';
import { isNegated } from '../../../../../lambdas/sre/score/signals/negation.ts';
import {
  firstKeys,
  initialsByKey,
  matchAt,
  readPattern,
  type Pattern,
} from '../../../../../lambdas/sre/score/signals/pattern.ts';
import { rulesOf, SHAPES } from '../../../../../lambdas/sre/score/signals/shapes.ts';
import type { Shape } from '../../../../../lambdas/sre/score/signals/signal.ts';
import { Words } from '../../../../../lambdas/sre/score/signals/words.ts';

/** The pattern of a shape that fits, by its source. */
const fitting = ({ patterns, strength }: Shape, text: string): string | null => {
  const words = new Words();
  const severity = strength === 'strong' ? INFO : WARN;
  const read = patterns.map((source) => ({ source, pattern: readPattern(source) }));
  words.read(text, initialsByKey(read.map(({ pattern }) => pattern)));
  for (const from of words.candidates.subarray(0, words.candidateCount))
    for (const { source, pattern } of read) {
      const end = matchAt(pattern, words, from);
      if (end !== -1 && !isNegated(words, from, end, severity)) return source;
    }
  return null;
};

/** Texts that a pattern describes: one for each option of its first word, another for the last options of all. */
const spellings = ({ elements }: Pattern): readonly string[] => {
  const spell = (first: number, others: number): string =>
    elements
      .map(({ kind, options }, place) => {
        if (kind === 'gap') return 'one two';
        if (kind === 'number') return '7';
        const option = options.at(place === 0 ? first : others);
        return option === undefined ? 'x' : `${option.word}${option.after}`;
      })
      .join(' ');
  const options = elements[0]?.options ?? [];
  return [...options.keys().map((first) => spell(first, 0)), spell(-1, -1)];
};

describe('each entry of the table', () => {
  test.each(SHAPES.map((shape) => [shape.name, shape] as const))(
    '%s fits its examples and none of its counter-examples',
    (name, shape) => {
      expect(shape.examples.length).toBeGreaterThan(0);
      expect(shape.counterExamples.length).toBeGreaterThan(0);
      expect(name.startsWith(`${shape.group}.`)).toBe(true);
      for (const example of shape.examples) expect(fitting(shape, example), example).not.toBeNull();
      for (const counter of shape.counterExamples)
        expect(fitting(shape, counter), counter).toBeNull();
    },
  );

  test.each(SHAPES.map((shape) => [shape.name, shape] as const))(
    '%s has no pattern that fits nothing: each fits what it spells, in each spelling',
    (_, shape) => {
      for (const source of shape.patterns)
        for (const text of spellings(readPattern(source)))
          expect(fitting({ ...shape, patterns: [source] }, text), text).toBe(source);
    },
  );

  test('has a name of its own', () => {
    expect(new Set(SHAPES.map(({ name }) => name)).size).toBe(SHAPES.length);
  });
});

const fits = (pattern: string, text: string): boolean =>
  fitting(
    {
      name: 'x',
      group: 'crash',
      strength: 'weak',
      patterns: [pattern],
      examples: [],
      counterExamples: [],
    },
    text,
  ) !== null;

describe('a pattern', () => {
  test.each([
    ['out of memory', 'It is Out Of Memory.', true],
    ['out of memory', 'it is out of memory_limit', false],
    ['out of memory', 'the way out. Of memory', false],
    ['out of memory', 'out of the memory', false],
    ['oom', 'chat room', false],
    ['BUG: *', 'BUG: x', true],
    ['BUG: *', 'bug: x', false],
    ['BUG: *', 'BUG x', false],
    ['panic: *', 'panic:1 dump', false],
    ['kill|killed process', 'killed process', true],
    ['kill|killed process', 'kills process', false],
    ['code #', 'code: 137', true],
    ['code #', 'code: none', false],
    ['a ... z', 'a b c d e z', true],
    ['a ... z', 'a z', true],
    ['a ... z', 'a b c d e f g z', false],
    ['^panic', '[ 1.2] panic', true],
    ['^panic', 'do not panic', false],
    ['full$', 'disk is full, again', true],
    ['full$', 'disk is full of it', false],
    ['timeout$', 'read timeout: 30s', false],
    ['timeout$', 'read timeout: no answer', true],
    ['disk full', 'GET /disk-full 200', false],
    ['disk full', 'see https://x.example/disk/full now', false],
    ['disk full', '/var/lib: disk full', true],
  ])('%s on "%s" is %s', (pattern, text, expected) => {
    expect(fits(pattern, text)).toBe(expected);
  });

  test.each(['', '# errors', 'a-b', '... x'])('that is none is refused: "%s"', (source) => {
    expect(() => readPattern(source)).toThrow();
  });
});

/** Words that one try of a pattern may look at. */
const wordsTried = ({ elements }: Pattern): number => {
  const gaps = elements.filter(({ kind }) => kind === 'gap').length;
  return elements.length * (SIGNAL_LIMITS.gapWordsMax + 1) ** gaps;
};

test('the work behind a word is bounded: a pattern has one gap at most, a word begins few patterns', () => {
  const patterns = SHAPES.flatMap(({ patterns: sources }) => sources.map(readPattern));
  for (const { elements } of patterns)
    expect(elements.filter(({ kind }) => kind === 'gap').length).toBeLessThanOrEqual(1);
  const costs = new Set(patterns.flatMap(firstKeys))
    .values()
    .map((key) => rulesOf(key).reduce((sum, { pattern }) => sum + wordsTried(pattern), 0));
  expect(Math.max(...costs)).toBeLessThan(400);
});
