import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MINER_LIMITS } from '../../../../../lambdas/sre/score/templates/limits.ts';
import { createMiner, type Miner } from '../../../../../lambdas/sre/score/templates/miner.ts';
import { minerState } from '../../../../../lambdas/sre/score/templates/state.ts';
import { hostileLine, randomOf } from '../../../../support/hostile-lines.ts';

const idsOf = (miner: Miner, lines: readonly string[]): readonly number[] =>
  lines.map((line) => miner.mine(line).id);

const stored = (miner: Miner) => minerState.parse(JSON.parse(JSON.stringify(miner.state())));

describe('templates merge', () => {
  test('where a word stands against a variable and three words are alike', () => {
    const miner = createMiner();
    expect(idsOf(miner, ['block 7 moved to node', 'block alpha moved to node'])).toEqual([1, 1]);
    expect(miner.mine('block beta moved to node').template).toBe('block <*> moved to node');
    expect(idsOf(miner, ['disk 7 full', 'disk alpha full'])).toEqual([2, 3]);
  });

  test('where two words follow a noun that names instances', () => {
    const miner = createMiner();
    const lines = ['Invalid user webmaster from 10.0.0.1', 'Invalid user admin from 10.0.0.2'];
    expect(idsOf(miner, lines)).toEqual([1, 1]);
    const stations = ['Query for StationName: shanghai', 'Query for StationName: suzhou'];
    expect(idsOf(miner, stations)).toEqual([2, 2]);
  });

  test('at four words in one place; the younger ids become aliases of the oldest', () => {
    const miner = createMiner();
    const lines = ['apple', 'pear', 'plum', 'fig'].map((fruit) => `basket holds ${fruit} today`);
    expect(idsOf(miner, lines)).toEqual([1, 2, 3, 1]);
    expect([1, 2, 3].map((id) => miner.resolve(id))).toEqual([1, 1, 1]);
    expect(idsOf(miner, lines)).toEqual([1, 1, 1, 1]);
    expect(miner.mine('basket holds grape today').template).toBe('basket holds <*> today');
  });

  test.each([
    [
      'the first word',
      (word: string) => `${word} holds one thing today`,
      ['apple', 'pear', 'plum', 'fig'],
    ],
    [
      'words in capitals',
      (word: string) => `state of user ${word} now`,
      ['NEW', 'DONE', 'LOST', 'KEPT'],
    ],
    [
      'how it ended',
      (word: string) => `job of user ${word} now`,
      ['failed', 'succeeded', 'started', 'stopped'],
    ],
    [
      'which way it went',
      (word: string) => `the valve went ${word} again`,
      ['up', 'down', 'on', 'off'],
    ],
    [
      'classes of failure',
      (word: string) => `call of service ${word} today`,
      ['IOException', 'TimeoutError', 'PageFault', 'SQLException'],
    ],
  ])('never over %s', (_, line, words) => {
    expect(new Set(idsOf(createMiner(), words.map(line))).size).toBe(4);
  });

  test('by similarity in a crowd only', () => {
    const words = (seed: number): string => {
      const random = randomOf(seed);
      return Array.from(
        { length: 7 },
        () => `w${'abcdefgh'.charAt(random(8))}${'klmnopqr'.charAt(random(8))}z`,
      ).join(' ');
    };
    const miner = createMiner();
    for (let seed = 1; seed <= 30; seed += 1) miner.mine(`crowd of ${words(seed)} x`);
    const { id } = miner.mine('crowd of one two three four five six seven x');
    expect(miner.mine('crowd of one two other four five six again x').id).toBe(id);
    const quiet = createMiner();
    const first = quiet.mine('crowd of one two three four five six seven x').id;
    expect(quiet.mine('crowd of one two other four five six again x').id).not.toBe(first);
  });
});

/** Lines that resemble each other, so that they merge. */
const line = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'user',
        'host',
        'alpha',
        'beta',
        'gamma',
        'delta',
        'failed',
        'for',
        'a.b.c',
        'x=1',
        '[a, b]',
        '"q r"',
      ),
      fc.nat(99).map(String),
    ),
    { minLength: 2, maxLength: 5 },
  )
  .map((words) => `event ${words.join(' ')}`);

describe('ids', () => {
  test('an id at arrival leads to the template that the line has later, whatever came between', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 80 }), (lines) => {
        const miner = createMiner();
        const arrived = idsOf(miner, lines);
        const later = idsOf(miner, lines);
        expect(later).toEqual(arrived.map((id) => miner.resolve(id)));
        for (const id of arrived) expect(miner.resolve(miner.resolve(id))).toBe(miner.resolve(id));
      }),
      { numRuns: 500 },
    );
  });

  test('the same lines in the same order have the same ids', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 40 }), (lines) => {
        expect(idsOf(createMiner(), lines)).toEqual(idsOf(createMiner(), lines));
      }),
    );
  });

  test('a stored state is JSON; a miner that goes on from it gives old lines their ids and new templates new ones', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), fc.array(line), (before, after) => {
        const miner = createMiner();
        const arrived = idsOf(miner, before);
        const next = createMiner(stored(miner));
        expect(stored(next)).toEqual(stored(miner));
        for (const id of arrived) expect(next.resolve(id)).toBe(miner.resolve(id));
        for (const id of idsOf(next, after))
          expect(
            id < miner.state().nextId ? arrived.map((one) => miner.resolve(one)) : [id],
          ).toContain(id);
      }),
      { numRuns: 300 },
    );
  });

  test('the revision stays while nothing new is learned', () => {
    const miner = createMiner();
    miner.mine('one line 1');
    const revision = miner.revision();
    miner.mine('one line 2');
    expect(miner.revision()).toBe(revision);
    miner.mine('another line 2');
    expect(miner.revision()).toBe(revision + 1);
  });
});

describe('hostile input', () => {
  test('100,000 distinct lines leave a state within its bounds, and no id is given twice', () => {
    const miner = createMiner();
    const shown = new Map<number, number>();
    let highest = 0;
    for (let index = 0; index < 100_000; index += 1) {
      const name = index.toString(2).replaceAll('0', 'x').replaceAll('1', 'y');
      const { id } = miner.mine(`${name} went ${name} away`);
      if (id > highest) highest = id;
      shown.set(id, (shown.get(id) ?? 0) + 1);
    }
    const state = stored(miner);
    expect(state.templates.length).toBeLessThanOrEqual(MINER_LIMITS.templatesMax);
    expect(JSON.stringify(state).length).toBeLessThanOrEqual(MINER_LIMITS.stateBytesMax);
    expect(state.nextId).toBe(highest + 1);
    expect(shown.size).toBe(100_000);
  });

  test('a bucket that is full has one catch-all, and what it knew stays known', () => {
    const miner = createMiner();
    const known = miner.mine('start FIRST SECOND THIRD').id;
    const capitals = (index: number): string =>
      index
        .toString(26)
        .replaceAll(/[0-9]/g, (digit) => 'QRSTUVWXYZ'.charAt(Number(digit)))
        .toUpperCase();
    for (let index = 0; index < 2_000; index += 1)
      miner.mine(`start ${capitals(index)} ${capitals(index * 7 + 1)} ${capitals(index * 13 + 2)}`);
    const { templates } = stored(miner);
    expect(templates.length).toBeLessThanOrEqual(MINER_LIMITS.bucketTemplatesMax + 1);
    expect(miner.mine('start ALPHA BETA GAMMA').template).toBe('start <*> <*> <*>');
    expect(miner.mine('start FIRST SECOND THIRD').id).toBe(known);
  });

  test('a line of a megabyte is a template of its first characters', () => {
    const miner = createMiner();
    const long = `begin ${'word '.repeat(200_000)}`;
    expect(miner.mine(long).id).toBe(miner.mine(`${long}more`).id);
    expect(miner.mine(long).template.length).toBeLessThanOrEqual(MINER_LIMITS.lineCharsMax + 10);
    expect(JSON.stringify(stored(miner)).length).toBeLessThan(4 * MINER_LIMITS.lineCharsMax);
  });

  test('100,000 random lines: each has an id that stays, and a template', () => {
    const random = randomOf(7);
    const miner = createMiner();
    for (let index = 0; index < 100_000; index += 1) {
      const text = hostileLine(random);
      const { id, template } = miner.mine(text);
      if (miner.mine(text).id !== id) throw new Error(`another id for ${JSON.stringify(text)}`);
      if (template.length > text.length + 3 * MINER_LIMITS.tokensMax)
        throw new Error(`too long: ${template}`);
    }
    expect(stored(miner).nextId).toBeGreaterThan(1_000);
  });
});
