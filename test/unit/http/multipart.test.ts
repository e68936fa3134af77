import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formBody,
  readParts,
  type FormBody,
  type FormPart,
} from '../../../lambdas/http/multipart.ts';

const TYPE = 'multipart/form-data; boundary=x';
const bodyOf = (...dispositions: readonly string[]): Buffer =>
  Buffer.from(
    `${dispositions.map((said) => `--x\r\nContent-Disposition: form-data; ${said}\r\n\r\nv\r\n`).join('')}--x--\r\n`,
  );
const readOne = (disposition: string): FormPart | undefined =>
  readParts(bodyOf(disposition), TYPE).parts[0];

const wholeOf = ({ bytes, rest }: FormBody) => Buffer.concat([bytes, ...rest]);

/** A reader that nobody here wrote. */
const readByFetch = async (written: FormBody) => {
  const form = await new Response(wholeOf(written), {
    headers: { 'content-type': written.type },
  }).formData();
  return [...form].map(([name, value]) => ({
    name,
    filename: typeof value === 'string' ? null : value.name,
  }));
};

const NAMES = fc.stringMatching(/^[A-Za-z_]\w{0,9}(?:\[\w{0,5}\])?$/);
const PIECES = [
  '"',
  '\\',
  '\r',
  '\n',
  '\u0000',
  '\u007f',
  '\u2028',
  '%22',
  '%0D',
  '%',
  ';',
  '=',
  ' name=model',
  '.wav',
];
const FILENAMES = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 6 }).map((pieces) => pieces.join('')),
);
const PARTS = fc.array(
  fc.record({
    name: NAMES,
    filename: fc.option(FILENAMES),
    type: fc.constantFrom(null, 'audio/wav'),
    bytes: fc.uint8Array({ maxLength: 40 }),
  }),
  { maxLength: 5 },
);

test('what is written is read as the same fields here and by another reader, whatever files are called', async () => {
  await fc.assert(
    fc.asyncProperty(PARTS, async (parts) => {
      const written = formBody({ boundary: 'a-boundary-of-no-field', parts });
      const read = readParts(wholeOf(written), written.type);
      expect(read.parts.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) }))).toEqual(
        parts.map(({ name, bytes }) => ({ name, bytes: Buffer.from(bytes) })),
      );
      const named = read.parts.map(({ name, filename }) => ({ name, filename }));
      expect(await readByFetch(written)).toEqual(named);
      for (const { filename } of named) expect(filename ?? '').not.toMatch(/["\\\p{Cc}]/u);
      // What was read once is written as it was read.
      expect(wholeOf(formBody(read)).equals(wholeOf(written))).toBe(true);
      // Nothing of a field is copied.
      for (const { bytes } of read.parts) expect(formBody(read).rest).toContain(bytes);
    }),
  );
});

describe('the name of a field', () => {
  test.each(['model', 'image[]', 'chunking_strategy[type]', '_a1'])('may be %s', (name) => {
    expect(readOne(`name="${name}"`)).toMatchObject({ name });
  });

  test.each([
    '',
    'mo del',
    'model\\"',
    'model%22; x',
    'model%0D%0A',
    'model\u0000',
    'model[',
    'model]',
    'model[][]',
    'model[a][b]',
    'model[a-b]',
    'model.x',
    'model\u00a0',
    'm\u043edel',
    '1model',
    '[model]',
  ])('is never %j: readers take it for different fields', (name) => {
    expect(() => readOne(`name="${name}"`)).toThrow(
      expect.objectContaining({ status: 400, facts: { param: 'body' } }),
    );
  });

  test('is not taken from the words of another parameter', () => {
    expect(readOne('filename="a; name=model"; name="file"')).toMatchObject({
      name: 'file',
      filename: 'a; name=model',
    });
    expect(readOne('xname="model"; name=file')).toMatchObject({ name: 'file', filename: null });
  });

  test.each(['name="a"; name="b"', 'name="a"; NAME=b', 'name="a"; filename="b"; filename="c"'])(
    'and that of a file are said once: %s',
    (disposition) => {
      expect(() => readOne(disposition)).toThrow(expect.objectContaining({ status: 400 }));
    },
  );

  test.each(['name="a', 'name="a" b', '="a"', 'name'])('stands in a header: %s', (disposition) => {
    expect(() => readOne(disposition)).toThrow(expect.objectContaining({ status: 400 }));
  });
});

test.each(['a\\b', 'a{b}', 'a;b', 'a b'])('a boundary of %j is none', (boundary) => {
  const body = Buffer.from(`--${boundary}--\r\n`);
  expect(() => readParts(body, `multipart/form-data; boundary="${boundary}"`)).toThrow(
    expect.objectContaining({ facts: { param: 'content-type' } }),
  );
});
