import { describe, expect, test } from 'vitest';
import type { Block, TurnRequest } from '../../../lambdas/inference/turn/turn.ts';
import { encodeMessages } from '../../../lambdas/inference/wires/anthropic-messages/turn-encode.ts';
import {
  PIXEL,
  assistant,
  call,
  result,
  systemText,
  text,
  turn,
  user,
} from '../../support/turns.ts';

const OLD = 'claude-sonnet-4-5';
const NEW = 'claude-opus-5';
const encode = (request: TurnRequest) => {
  const { body, omissions } = encodeMessages(request);
  return { body, kinds: omissions.map(({ kind, path }) => `${kind} ${path}`) };
};
const marked = (words: string, ttl?: '5m' | '1h'): Block => ({
  type: 'text',
  text: words,
  cache_control: { type: 'ephemeral', ...(ttl === undefined ? {} : { ttl }) },
});

describe('a turn on the Anthropic wire', () => {
  test('is the conversation itself, without a limit or a stream flag of its own', () => {
    const request: TurnRequest = {
      ...turn(OLD, user(text('Hi'), PIXEL)),
      system: 'Be kind.',
      tools: [{ name: 'weather', description: 'Tells it', input_schema: { type: 'object' } }],
      temperature: 0.5,
    };
    expect(encode(request)).toEqual({
      body: {
        model: OLD,
        system: 'Be kind.',
        temperature: 0.5,
        messages: [{ role: 'user', content: [text('Hi'), PIXEL] }],
        tools: [{ name: 'weather', description: 'Tells it', input_schema: { type: 'object' } }],
      },
      kinds: [],
    });
    const { body } = encode(request);
    expect(encode({ ...request, maxTokens: 9 }).body).toEqual({ ...body, max_tokens: 9 });
  });

  test('gathers parallel results in one user message, results first', () => {
    const { body, kinds } = encode(
      turn(
        NEW,
        user(text('Weather?')),
        assistant(NEW, text('I look.'), call('a'), call('b')),
        user(result('b', 'rain')),
        systemText('Be short.'),
        user(text('Well?'), result('a')),
      ),
    );
    expect(body['messages']).toEqual([
      { role: 'user', content: [text('Weather?')] },
      { role: 'assistant', content: [text('I look.'), call('a'), call('b')] },
      {
        role: 'user',
        content: [
          result('a'),
          result('b', 'rain'),
          text('<system>\nBe short.\n</system>'),
          text('Well?'),
        ],
      },
    ]);
    expect(kinds).toEqual(['system_text 3.content.0']);
  });

  test('defines the tools of the history when none may be called any more', () => {
    const { body } = encode(
      turn(NEW, user(text('?')), assistant(NEW, call('a', 's/t')), user(result('a'))),
    );
    expect(body).toEqual({
      model: NEW,
      messages: [
        { role: 'user', content: [text('?')] },
        { role: 'assistant', content: [call('a', 's__t')] },
        { role: 'user', content: [result('a')] },
      ],
      tools: [{ name: 's__t', input_schema: { type: 'object' } }],
      tool_choice: { type: 'none' },
    });
  });

  test('gives a call without a result a cancelled one, and drops a result without a call', () => {
    const { body, kinds } = encode(
      turn(NEW, user(text('?')), assistant(NEW, call('a')), user(result('x'), text('Go on'))),
    );
    expect(body['messages']).toMatchObject([
      {},
      { content: [call('a')] },
      { content: [{ tool_use_id: 'a', is_error: true }, text('Go on')] },
    ]);
    expect(kinds).toEqual(['orphan_tool_result 2.content.0', 'missing_tool_result 1.content.0']);
  });

  test('takes the first result of a call and drops a second', () => {
    const { body, kinds } = encode(
      turn(NEW, user(text('?')), assistant(NEW, call('a')), user(result('a'), result('a', 'rain'))),
    );
    expect(body['messages']).toMatchObject([{}, {}, { content: [result('a')] }]);
    expect(kinds).toEqual(['orphan_tool_result 2.content.1']);
  });

  test('sends a call that was cut with the members that were complete, and records it', () => {
    const cut: Block = {
      type: 'tool_use',
      id: 'a',
      name: 'weather',
      input: { city: 'Bonn' },
      partial_json: '{"city":"Bonn","da',
    };
    const { body, kinds } = encode(turn(NEW, user(text('?')), assistant(NEW, cut)));
    expect(body['messages']).toMatchObject([{}, { content: [call('a')] }, { role: 'user' }]);
    expect(JSON.stringify(body)).not.toContain('partial_json');
    expect(kinds).toEqual(['partial_tool_input 1.content.0', 'missing_tool_result 1.content.0']);
  });

  test('makes ids legal and unique, the same ones whatever follows', () => {
    const history = [
      user(text('?')),
      assistant('kimi', call('functions.weather:0')),
      user(result('functions.weather:0')),
      assistant('kimi', call('functions.weather:0')),
      user(result('functions.weather:0', 'rain')),
    ];
    const idsOf = (request: TurnRequest) =>
      [...JSON.stringify(encode(request).body).matchAll(/"id":"([^"]*)"/g)].map(([, id]) => id);
    const ids = idsOf(turn(NEW, ...history));
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(id).toMatch(/^[a-zA-Z0-9_-]{1,40}$/);
    expect(idsOf(turn(NEW, ...history.slice(0, 3)))).toEqual(ids.slice(0, 1));
  });

  test('keeps thinking of the same model, first and with its signature, and leaves out any other', () => {
    const signed: Block = { type: 'thinking', thinking: 'Hm', signature: 'S' };
    const { body, kinds } = encode(
      turn(
        NEW,
        user(text('1')),
        assistant(NEW, signed, { type: 'redacted_thinking', data: 'R' }, text('One')),
        assistant(OLD, { type: 'thinking', thinking: 'Old', signature: 'O' }, text('Two')),
        user(text('2')),
        assistant(OLD, text('Three')),
        assistant(NEW, signed, text('Four')),
        user(text('3')),
        assistant(NEW, { type: 'thinking', thinking: 'no signature' }, text('Five')),
        user(text('4')),
        assistant(NEW, text('Six'), signed),
        user(text('5')),
      ),
    );
    const thought = { type: 'thinking', thinking: 'Hm', signature: 'S' };
    expect(body['messages']).toEqual([
      { role: 'user', content: [text('1')] },
      {
        role: 'assistant',
        content: [thought, { type: 'redacted_thinking', data: 'R' }, text('One'), text('Two')],
      },
      { role: 'user', content: [text('2')] },
      { role: 'assistant', content: [thought, text('Three'), text('Four')] },
      { role: 'user', content: [text('3')] },
      { role: 'assistant', content: [text('Five')] },
      { role: 'user', content: [text('4')] },
      { role: 'assistant', content: [text('Six')] },
      { role: 'user', content: [text('5')] },
    ]);
    expect(kinds).toEqual(['thinking 2.content.0', 'thinking 7.content.0', 'thinking 9.content.1']);
  });

  test('hoists system text from the beginning and drops what is empty', () => {
    const { body } = encode({
      ...turn(
        NEW,
        systemText('First.'),
        user(text(' '), text('Hi')),
        assistant(NEW, text('')),
        user(text('\n')),
        user(text('there')),
      ),
      system: 'Own.',
    });
    expect(body).toEqual({
      model: NEW,
      system: [text('Own.'), text('First.')],
      messages: [{ role: 'user', content: [text('Hi'), text('there')] }],
    });
  });

  test('begins and ends with the user where the model wants it, and trims a prefill where not', () => {
    const history = [
      assistant(OLD, text('Hello')),
      user(text('Hi')),
      assistant(OLD, text('I am \n')),
    ];
    const refused = encode(turn(NEW, ...history));
    expect(refused.body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant' },
      { role: 'user' },
      { role: 'assistant', content: [text('I am \n')] },
      { role: 'user' },
    ]);
    expect(refused.kinds).toEqual(['added_user_text 0', 'added_user_text 2.content.0']);
    const kept = encode(turn(OLD, ...history));
    expect(kept.body['messages']).toMatchObject([{}, {}, {}, { content: [text('I am')] }]);
    expect(encode(turn(NEW)).body['messages']).toHaveLength(1);
  });

  test('keeps the last four cache marks, none of an hour after one of five minutes', () => {
    const { body, kinds } = encode(
      turn(
        NEW,
        user(marked('1', '1h'), marked('2', '1h'), marked('3'), marked('4', '1h')),
        assistant(NEW, text('ok')),
        user(marked('5', '5m')),
      ),
    );
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [text('1'), marked('2', '1h'), marked('3'), marked('4', '5m')],
      },
      { role: 'assistant', content: [text('ok')] },
      { role: 'user', content: [marked('5', '5m')] },
    ]);
    expect(kinds).toEqual(['cache_control 0.content.0', 'cache_control 0.content.3']);
  });

  test('a failed result says so and is never empty; an image in it stays', () => {
    const failed: Block = { type: 'tool_result', tool_use_id: 'a', content: [], is_error: true };
    const shown: Block = {
      type: 'tool_result',
      tool_use_id: 'b',
      content: [{ type: 'text', text: '' }, ...(PIXEL.type === 'image' ? [PIXEL] : [])],
    };
    const { body } = encode(
      turn(NEW, user(text('?')), assistant(NEW, call('a'), call('b')), user(failed, shown)),
    );
    expect(body['messages']).toMatchObject([
      {},
      {},
      {
        content: [
          { tool_use_id: 'a', is_error: true, content: '(no output)' },
          { tool_use_id: 'b', content: [PIXEL] },
        ],
      },
    ]);
  });

  test('reads documents as text, PDF or URL, and images by URL or as a data URL', () => {
    const { body, kinds } = encode(
      turn(
        NEW,
        user(
          { type: 'document', source: { type: 'base64', media_type: 'text/csv', data: 'YSxi' } },
          { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
          { type: 'image', source: { type: 'url', url: 'data:image/png;base64,iVBORw0KGgo=' } },
          { type: 'image', source: { type: 'base64', media_type: 'image/tiff', data: 'AA==' } },
        ),
      ),
    );
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'a,b' } },
          { type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' } },
          PIXEL,
          text('[image left out: image/tiff is no image]'),
        ],
      },
    ]);
    expect(kinds).toEqual(['media 0.content.3']);
  });

  test.each([
    [OLD, 1.5, 1],
    ['claude-opus-4-8', 0.5, undefined],
    ['anthropic/claude-haiku-5-5', 0.5, undefined],
    ['claude-sonnet-4-20250514', 0.5, 0.5],
    ['claude-3-5-sonnet-20241022', 0.5, 0.5],
  ])('%s takes temperature %d as %s', (model, temperature, sent) => {
    expect(encode({ ...turn(model, user(text('Hi'))), temperature }).body['temperature']).toBe(
      sent,
    );
  });
});
