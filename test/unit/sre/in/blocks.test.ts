import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader, ByteWriter, CorruptBlock } from '../../../../lambdas/sre/in/blocks/bytes.ts';
import { decodeLogBlock, encodeLogBlock } from '../../../../lambdas/sre/in/blocks/log-block.ts';
import { readBlock } from '../../../../lambdas/sre/in/blocks/read-block.ts';
import { decodeSpanBlock, encodeSpanBlock } from '../../../../lambdas/sre/in/blocks/span-block.ts';
import { logRecords, spans } from '../../../support/otlp/arbitrary-records.ts';
import { logsRequest, text } from '../../../support/otlp/encode.ts';
import {
  ARRIVAL_MS,
  jsonInput,
  nanos,
  readFresh,
  storedLog,
} from '../../../support/otlp/read-logs.ts';

describe('a block', () => {
  test('gives every record back as it was', () => {
    fc.assert(
      fc.property(logRecords, (records) => {
        expect(decodeLogBlock(encodeLogBlock(records))).toEqual(records);
        for (const [index, { text }] of decodeLogBlock(encodeLogBlock(records), 7).entries()) {
          const whole = records[index]?.text ?? '';
          expect(whole.startsWith(text)).toBe(true);
          expect(text.length).toBeGreaterThanOrEqual(Math.min(7, whole.length));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('keeps a section wherever in its bytes it begins, and however long it is', () => {
    for (let before = 0; before < 2_100; before += 1)
      for (const long of [0, 1, 2, 5, 130]) {
        const writer = new ByteWriter();
        writer.hex('ab'.repeat(before));
        writer.section(() => writer.hex('cd'.repeat(long)));
        const reader = new ByteReader(writer.done());
        reader.hex(before);
        const section = reader.section();
        expect([before, section.left, section.hex(long)]).toEqual([
          before,
          long,
          'cd'.repeat(long),
        ]);
        expect(reader.left).toBe(0);
      }
  });

  test('gives every span back as it was', () => {
    fc.assert(
      fc.property(spans, (all) => {
        expect(decodeSpanBlock(encodeSpanBlock(all))).toEqual(all);
      }),
      { numRuns: 500 },
    );
  });

  test('keeps -0, the smallest and the largest numbers, and a key named __proto__', () => {
    const attributes = Object.fromEntries<string | number>([
      ['zero', -0],
      ['least', 5e-324],
      ['most', Number.MAX_VALUE],
      ['whole', 2 ** 53],
      ['__proto__', 'x'],
    ]);
    const record = { ...storedLog({}), attributes };
    expect(decodeLogBlock(encodeLogBlock([record, record]))).toEqual([record, record]);
  });

  test('shares one sender among its records', () => {
    const record = storedLog({}, { 'service.name': text('a'), 'host.name': text('b') });
    const [first, second] = decodeLogBlock(encodeLogBlock([record, record]));
    expect(first?.resource).toBe(second?.resource);
    expect(first?.resource).toEqual({ 'host.name': 'b' });
  });

  test('is known by the bytes that were sent, before anybody compressed them', () => {
    const input = jsonInput(logsRequest([{ timeUnixNano: nanos(ARRIVAL_MS), body: text('x') }]));
    const hash = createHash('sha256').update(input.body).digest('hex');
    const coded = { ...input, body: zstdCompressSync(input.body), contentEncoding: 'zstd' };
    expect([readFresh(input).hash, readFresh(coded).hash]).toEqual([hash, hash]);
  });

  test('that is cut or changed anywhere is a clear error', () => {
    const block = encodeLogBlock([
      storedLog({ body: text('a 1') }),
      storedLog({ body: text('a 2') }),
    ]);
    for (let at = 0; at < block.length; at += 1) {
      const changed = Buffer.from(block);
      changed[at] = (changed[at] ?? 0) ^ 0x55;
      expect(() => decodeLogBlock(changed), `byte ${at}`).toThrow(CorruptBlock);
      expect(() => decodeLogBlock(block.subarray(0, at)), `${at} bytes`).toThrow(CorruptBlock);
    }
    expect(() => decodeSpanBlock(block)).toThrow('this block holds no traces');
    expect(() => readBlock(Buffer.from('hello'))).toThrow('these bytes are no block');
  });

  test('of a later version says so', () => {
    const block = encodeLogBlock([storedLog({})]);
    block[3] = 9;
    expect(() => decodeLogBlock(block)).toThrow('a block of version 9 cannot be read');
  });
});

const LOGHUB = '../shared/data/loghub';
const hexOf = (seed: string, digits: number): string =>
  createHash('sha256').update(seed).digest('hex').slice(0, digits);

describe.skipIf(!existsSync(LOGHUB))('lines of real systems (../shared/data is needed)', () => {
  test.each(globSync(`${LOGHUB}/*/*_2k.log`).map((path) => [basename(path), path] as const))(
    'of %s take less than an eighth of their OTLP JSON, with random ids, and come back whole',
    (_, path) => {
      const lines = readFileSync(path, 'utf8')
        .split(/\r?\n/)
        .filter((line) => line !== '');
      const records = lines.map((line, index) => ({
        timeUnixNano: nanos(ARRIVAL_MS - 20_000 + index * 7),
        observedTimeUnixNano: nanos(ARRIVAL_MS - 20_000 + index * 7),
        severityNumber: 9,
        severityText: 'INFO',
        body: text(line),
        attributes: [],
        droppedAttributesCount: 0,
        flags: 1,
        traceId: hexOf(`trace ${line} ${index}`, 32),
        spanId: hexOf(`span ${line} ${index}`, 16),
      }));
      const input = jsonInput(logsRequest(records));
      const { block } = readFresh(input);
      expect(input.body.length / block.length).toBeGreaterThan(8);
      const texts = decodeLogBlock(block).map((record) => record.text);
      const same = texts.filter((said, index) => said === lines[index]);
      // Two of these 16,000 lines hold what is masked: an e-mail address.
      expect(lines.length - same.length).toBeLessThanOrEqual(2);
    },
  );
});
