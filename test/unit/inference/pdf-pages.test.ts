import { deflateSync } from 'node:zlib';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { pagesOf } from '../../../lambdas/inference/turn/pdf-pages.ts';

// The real one, counted: what it reads and makes is what a document costs.
const work = vi.hoisted(() => ({ calls: 0, bytesIn: 0, bytesOut: 0 }));
vi.mock('node:zlib', async (original) => {
  const zlib = await original<typeof import('node:zlib')>();
  return {
    ...zlib,
    inflateSync: (packed: Uint8Array, options: object) => {
      work.calls++;
      work.bytesIn += packed.length;
      const unpacked = zlib.inflateSync(packed, options);
      work.bytesOut += unpacked.length;
      return unpacked;
    },
  };
});
beforeEach(() => Object.assign(work, { calls: 0, bytesIn: 0, bytesOut: 0 }));

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');
const objects = (packed: string): string =>
  `<< /Type /ObjStm /N 3 >> stream\r\n${packed}\nendstream\n`;
const page = '<< /Type /Page /Parent 1 0 R >>\n';
const packed = deflateSync(`<< /Type/Pages /Count 2 >> ${page}${page}`).toString('latin1');

describe('the pages of a PDF', () => {
  test.each([
    ['told plainly', `%PDF-1.4 /Type /Pages ${page.repeat(3)}`, 3],
    ['in a stream of objects', `%PDF-1.5 ${objects(packed)}`, 2],
    ['in several, with plain ones', `%PDF-1.5 ${page}${objects(packed).repeat(4)}`, 9],
    ['behind a stream that is broken', `%PDF-1.5 ${objects('no zlib')}${objects(packed)}`, 2],
    ['behind a name without a stream', `%PDF /ObjStm ${' '.repeat(500)}${objects(packed)}`, 2],
    ['in a coding of another kind', `%PDF ${'x'.repeat(120_000)}`, 3],
    ['nowhere', '', 1],
  ])('%s are counted', (_kind, text, pages) => {
    expect(pagesOf(base64(text))).toBe(pages);
  });
});

describe('a document that is made to be slow', () => {
  const bomb = deflateSync(Buffer.alloc(3_900_000)).toString('latin1');
  test.each([
    ['streams without an end', '/ObjStmstream\n'.repeat(17_000)],
    ['streams with one end', `${'/ObjStmstream\n'.repeat(17_000)}endstream`],
    ['streams of nothing', '/ObjStmstream\nendstream'.repeat(9_000)],
    ['streams that unpack to a thousand times their size', objects(bomb).repeat(50)],
    [
      'small ones of the same',
      objects(deflateSync(Buffer.alloc(90_000)).toString('latin1')).repeat(900),
    ],
  ])('costs no more than its budget: %s', (_kind, text) => {
    expect(pagesOf(base64(text))).toBe(Math.max(1, Math.ceil(text.length / 50_000)));
    expect(work.calls).toBeLessThanOrEqual(100);
    expect(work.bytesIn).toBeLessThanOrEqual(text.length);
    expect(work.bytesOut).toBeLessThanOrEqual(4_000_000);
  });

  test('has at least the pages that were seen before the budget was used up', () => {
    const text = objects(deflateSync(page.repeat(30)).toString('latin1')) + objects(bomb).repeat(3);
    expect(pagesOf(base64(text))).toBe(30);
  });
});
