import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { templateOf, textIn } from '../../../lambdas/inference/wires/frames/template.ts';
import { eventReader } from '../../../lambdas/inference/wires/anthropic-messages/event.ts';
import { chunkReader } from '../../../lambdas/inference/wires/openai-chat/chunk.ts';

const words = fc.oneof(
  fc.constantFrom('', 'alpha', ' ', '"', '\\', '\n', '\t', '}', '"}', '😀', '\ud83d', 'content'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const padding = fc.option(fc.constantFrom('x', 'x9Qe', '"', '\\', ''), { nil: null });

/** Spelled as providers spell them, and as nobody should: names twice, escaped, of other places, of other types. */
const chunk = fc
  .tuple(words, padding, fc.constantFrom(...Array.from({ length: 10 }, (_, index) => index)))
  .map(([text, pad, shape]) => {
    const literal = JSON.stringify(text);
    const end = pad === null ? '}' : `,"obfuscation":${JSON.stringify(pad)}}`;
    const of = (delta: string, more = '') =>
      `{"id":"a","model":"m","choices":[{"index":0,"delta":${delta},"finish_reason":null}]${more}${end}`;
    switch (shape) {
      case 1:
        return of(`{"content":${literal},"content":"other"}`);
      case 2:
        return of(`{"content":"other","content":${literal}}`);
      case 3:
        return of(`{"c\\u006fntent":"other"}`, `,"content":${literal}`);
      case 4:
        return of(`{"content":${literal}}`, ',"usage":{"prompt_tokens":1}');
      case 5:
        return of(`{"content": ${literal}}`);
      case 6:
        return of(`{"content":${literal},"reasoning":"hm"}`);
      case 7:
        return of(`{"content":[${literal}]}`);
      case 8:
        return of(`{"content":${literal}}`).slice(0, -1);
      case 9:
        return `${of(`{"content":${literal}}`)} `;
      default:
        return of(`{"content":${literal}}`);
    }
  });

const event = fc
  .tuple(words, fc.constantFrom('text', 'thinking', 'partial_json'), fc.nat({ max: 3 }))
  .map(([text, name, shape]) => {
    const literal = JSON.stringify(text);
    const type = name === 'partial_json' ? 'input_json_delta' : `${name}_delta`;
    const end = shape === 1 ? `,"${name}":"other"` : shape === 2 ? ',"p":"text"' : '';
    return `{"type":"content_block_delta","index":${shape % 2},"delta":{"type":"${type}","${name}":${literal}${end}}}`;
  });

describe('reading a frame by the one before it', () => {
  test.each([
    ['OpenAI', chunkReader, chunk],
    ['Anthropic', eventReader, event],
  ] as const)('says what parsing it says: %s', (_name, reader, frame) => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 12 }), (frames) => {
        const read = reader();
        for (const data of frames) {
          const event = Buffer.from(`data: ${data}\n\n`);
          const { cause: _cause, ...parsed } = { cause: null, ...reader()(data, event) };
          expect(read(data, event), data).toMatchObject(parsed);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('is done for the plain frames of a stream, padded ones too', () => {
    const frame = (text: string, pad: string) =>
      `{"choices":[{"delta":{"content":"${text}"}}],"obfuscation":"${pad}"}`;
    const template = templateOf(frame('alpha', 'x9'), 'content', 'alpha');
    expect(template).not.toBeNull();
    if (template === null) return;
    expect(textIn(template, frame('Grüße 😀', 'abcdef'))).toBe('Grüße 😀');
    expect(textIn(template, frame('', ''))).toBe('');
    expect(textIn(template, frame('a\\"b', 'x'))).toBeNull();
    expect(textIn(template, frame('a\tb', 'x'))).toBeNull();
    expect(textIn(template, `${frame('a', 'x')}}`)).toBeNull();
    expect(textIn(template, frame('a', 'x').replace('choices', 'choiceS'))).toBeNull();
  });
});
