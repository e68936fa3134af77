import { describe, expect, test } from 'vitest';
import { compileMask, patternProblem } from '../../../../lambdas/sre/adapters/re2-masks.ts';
import { rememberedMasks } from '../../../../lambdas/sre/adapters/remembered-masks.ts';
import { tableMaskBook } from '../../../../lambdas/sre/adapters/table-mask-book.ts';
import { createMasker, rememberedMaskers } from '../../../../lambdas/sre/in/mask/masker.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';

const PATTERNS = [
  { name: 'customer', pattern: String.raw`\bCUST-\d{6}\b` },
  { name: 'account', pattern: String.raw`\b7700\d{4}\b` },
];

describe('patterns of a project', () => {
  test('are stored as their names, in texts, names and values, and the rest keeps its shape', async () => {
    const masker = createMasker(await compileMask(PATTERNS));
    const masked = 'order of <customer> (<email>) from <account> failed in 12 ms';
    expect(masker.text('order of CUST-123456 (a@b.cd) from 77001234 failed in 12 ms')).toBe(masked);
    expect(masker.text(masked)).toBe(masked);
    expect(masker.key('of.CUST-123456')).toBe('of.<customer>');
    expect(masker.value('n', 77_001_234)).toBe('<account>');
    expect(masker.value('n', 77_001)).toBe(77_001);
    expect(masker.value('db.password', 'CUST-123456')).toBe('<secret>');
  });

  test('hide nothing of another project', async () => {
    const maskerOf = rememberedMaskers();
    const own = await compileMask(PATTERNS);
    expect(maskerOf(own).text('CUST-123456')).toBe('<customer>');
    expect(maskerOf(null).text('CUST-123456')).toBe('CUST-123456');
    expect(maskerOf(own)).toBe(maskerOf(own));
  });

  test('are done with a text on which others never end', async () => {
    const mask = await compileMask([{ name: 'x', pattern: '(?:(?:a+)+)+b' }]);
    const text = 'a'.repeat(32_768);
    expect(mask(text)).toBe(text);
    expect(mask(`${text}b`)).toBe('<x>');
  });
});

describe('a pattern is refused', () => {
  test.each([
    ['that is none', '(a', /missing closing/],
    ['that looks back', String.raw`(a)\1`, /invalid escape/],
    ['that looks around', '(?<=a)b', /invalid/],
    ['that finds the empty text', 'a*', /empty text/],
    ['of too many steps', '[ab]{1,90}z', /steps/],
    ['of far too many', '(?:(?:a{100}){100}){10}', /repeat/],
  ])('%s', async (_, pattern, words) => {
    expect(await patternProblem(pattern)).toMatch(words);
  });

  test.each(PATTERNS)('but not $pattern', async ({ pattern }) => {
    expect(await patternProblem(pattern)).toBeNull();
  });
});

describe('patterns are read', () => {
  const world = () => {
    const book = tableMaskBook({ tables: new MemoryTables() });
    let [reads, isDown] = [0, false];
    const get = async (tenant: string) => {
      reads += 1;
      if (isDown) throw new Error('down');
      return await book.get(tenant);
    };
    const masks = rememberedMasks({ book: { get }, compile: compileMask });
    const shown = async (tenant: string, nowMs: number) =>
      (await masks.of(tenant, nowMs))?.('CUST-123456') ?? 'CUST-123456';
    return {
      book,
      shown,
      reads: () => reads,
      setDown: (down: boolean) => {
        isDown = down;
      },
    };
  };

  test('once a minute for each project', async () => {
    const { book, shown, reads } = world();
    expect([await shown('a', 0), await shown('a', 59_999), reads()]).toEqual([
      'CUST-123456',
      'CUST-123456',
      1,
    ]);
    await book.put('a', PATTERNS);
    expect([await shown('a', 60_000), await shown('b', 60_000), reads()]).toEqual([
      '<customer>',
      'CUST-123456',
      3,
    ]);
    await book.put('a', []);
    expect(await shown('a', 120_000)).toBe('CUST-123456');
  });

  test('before anything is stored, or nothing is: what could not be read is asked for again', async () => {
    const { book, shown, setDown } = world();
    await book.put('a', PATTERNS);
    setDown(true);
    await expect(shown('a', 0)).rejects.toThrow('down');
    setDown(false);
    expect(await shown('a', 1)).toBe('<customer>');
  });
});
