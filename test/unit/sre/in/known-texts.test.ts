import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeLogBlock } from '../../../../lambdas/sre/in/blocks/log-block.ts';
import { KnownTexts, TEXT_CHARS_MAX, TEXTS_MAX } from '../../../../lambdas/sre/in/known-texts.ts';
import { batchMasker, createMasker } from '../../../../lambdas/sre/in/mask/masker.ts';
import { hexIdOf } from '../../../../lambdas/sre/in/otlp/ids.ts';
import { attributes, logsRequest, text } from '../../../support/otlp/encode.ts';
import { ARRIVAL_MS, jsonInput, nanos, readFresh } from '../../../support/otlp/read-logs.ts';

const ask = (known: KnownTexts<string>, said: string): string | undefined => {
  const found = known.get(said);
  if (found === undefined) known.set(said, `of ${said}`);
  return found;
};

const TEXTS = [
  'user 17 logged in from 10.0.0.1',
  'user 18 logged in from 10.0.0.2',
  'done',
  '',
  'password=hunter2x and 7',
  'mail of a.person@example.org',
  '\u0001 17 is a hole of its own',
  '\ufffd 17 is a hole of its own',
  'FATAL: java.lang.OutOfMemoryError: Java heap space',
  'Traceback (most recent call last):',
  `long ${'x1 '.repeat(TEXT_CHARS_MAX)}`,
];

const record = (said: string, severityNumber: number) => ({
  timeUnixNano: nanos(ARRIVAL_MS),
  body: text(said),
  severityNumber,
  attributes: attributes({ 'thread.name': text(said) }),
});

describe('what is known of texts of a batch', () => {
  test('is given back for a text that comes again, and for no other', () => {
    const known = new KnownTexts<string>();
    expect(ask(known, 'a')).toBeUndefined();
    expect(ask(known, 'b')).toBeUndefined();
    expect(ask(known, 'a')).toBe('of a');
  });

  test('is let go where texts do not repeat', () => {
    const known = new KnownTexts<string>();
    for (let index = 0; index < 10_000; index += 1) ask(known, `text ${index}`);
    expect(known.size).toBe(0);
    expect(known.get('text 0')).toBeUndefined();
  });

  test('is bounded where they do, and holds no long text', () => {
    const known = new KnownTexts<string>();
    for (let index = 0; index < 2 * TEXTS_MAX; index += 1)
      for (const said of [`text ${index}`, 'again']) ask(known, said);
    expect(known.size).toBe(TEXTS_MAX);
    const long = 'x'.repeat(TEXT_CHARS_MAX + 1);
    const other = new KnownTexts<string>();
    for (const said of [long, long]) expect(ask(other, said)).toBeUndefined();
    expect(other.size).toBe(0);
  });

  test('masks a text that comes again as the first time, in whatever order texts come', () => {
    const plain = createMasker();
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...TEXTS), { maxLength: 600 }), (texts) => {
        const masker = batchMasker(plain);
        expect(texts.map(masker.text)).toEqual(texts.map(plain.text));
      }),
    );
  });

  test('changes neither block nor summary: each record alone says the same', () => {
    const severities = [9, 13, 17, 21];
    const one = fc.tuple(fc.constantFrom(...TEXTS), fc.constantFrom(...severities));
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 40 }), (said) => {
        const records = said.map(([words, severity]) => record(words, severity));
        const alone = records.map((each) => readFresh(jsonInput(logsRequest([each]))));
        const { block, summary } = readFresh(jsonInput(logsRequest(records)));
        const expected = alone.flatMap((batch) => decodeLogBlock(batch.block));
        // Lines that were joined are another test's.
        if (decodeLogBlock(block).length < records.length) return;
        expect(decodeLogBlock(block)).toEqual(expected);
        const sum = (key: 'records' | 'failing'): number =>
          alone.reduce((total, batch) => total + (batch.summary[0]?.[key] ?? 0), 0);
        expect(summary[0]?.records ?? 0).toBe(sum('records'));
        expect(summary[0]?.failing ?? 0).toBe(sum('failing'));
      }),
    );
  });

  test('judges a text by its severity too, whichever came first', () => {
    const said = 'request timed out after 30 s';
    const shapesOf = (severities: readonly number[]) =>
      readFresh(
        jsonInput(logsRequest(severities.map((severity) => record(said, severity)))),
      ).summary.flatMap(({ shapes }) => shapes.map(({ signals }) => signals));
    const [alone = []] = shapesOf([17]);
    expect(alone).not.toEqual([]);
    expect(shapesOf([9])).toEqual([]);
    expect(shapesOf([9, 17])).toEqual([alone]);
    expect(shapesOf([17, 9, 17])).toEqual([alone]);
  });

  test('reads ids of hex digits alone, in lower case', () => {
    for (const [id, read] of [
      ['0123456789abcdef', '0123456789abcdef'],
      ['0123456789ABCDEF', '0123456789abcdef'],
      ['0123456789abcdeg', null],
      ['0123456789abcde\u0130', null],
      ['0123456789abcde', null],
      ['0000000000000000', null],
    ] as const)
      expect([id, hexIdOf(id, 16)]).toEqual([id, read]);
  });
});
