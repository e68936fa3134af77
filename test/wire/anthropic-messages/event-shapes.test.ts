import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { METER_START } from '../../../lambdas/inference/wires/wire.ts';
import { text } from '../../support/turns.ts';
import { isWellFormed, readAnswer, readTurn, reasonsOf } from '../../support/wire-reader.ts';

type Said = object | string;
const bytesOf = (frames: readonly Said[]) =>
  frames.map((frame) =>
    Buffer.from(typeof frame === 'string' ? `${frame}\n\n` : `data: ${JSON.stringify(frame)}\n\n`),
  );
const read = async (...frames: readonly Said[]) =>
  await readAnswer(anthropicMessages, bytesOf(frames));
const events = async (...frames: readonly Said[]) =>
  await readTurn(anthropicMessages, bytesOf(frames));

const MESSAGE = {
  type: 'message_start',
  message: { id: 'msg_1', model: 'claude', usage: { input_tokens: 100, output_tokens: 1 } },
};
const start = (index: number | null, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const WORDS = start(0, { type: 'text', text: '' });
const delta = (index: number | null, content: object) => ({
  type: 'content_block_delta',
  ...(index === null ? {} : { index }),
  delta: content,
});
const say = (words: string, index: number | null = 0) =>
  delta(index, { type: 'text_delta', text: words });
const put = (partial_json: unknown, index: number | null = 0) =>
  delta(index, { type: 'input_json_delta', partial_json });
const stop = (index: number | null = 0) => ({ type: 'content_block_stop', index });
const END = [
  { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 20 } },
  { type: 'message_stop' },
];
const tool = (index: number | null, id: string | null, more: object = {}) =>
  start(index, { type: 'tool_use', id, name: 'f', input: {}, ...more });
const call = (id: string, input: object) => ({ type: 'tool_use', id, name: 'f', input });

describe('an event', () => {
  test.each<readonly [string, readonly Said[], readonly object[]]>([
    ['as it is', [MESSAGE, WORDS, say('alpha'), stop(), ...END], [text('alpha')]],
    [
      'with an empty text beside its input',
      [
        MESSAGE,
        tool(0, 'x'),
        delta(0, { type: 'input_json_delta', text: '', thinking: null, partial_json: '{"a":' }),
        delta(0, { type: 'input_json_delta', text: '', partial_json: '1}' }),
        ...END,
      ],
      [call('x', { a: 1 })],
    ],
    [
      'with an empty input beside its text',
      [
        MESSAGE,
        WORDS,
        delta(0, { type: 'text_delta', thinking: '', partial_json: '', text: 'alpha' }),
        ...END,
      ],
      [text('alpha')],
    ],
    [
      'without the type of its delta',
      [MESSAGE, WORDS, delta(0, { text: 'alpha' }), ...END],
      [text('alpha')],
    ],
    [
      'with its type in its name alone',
      [
        'event: message_start\ndata: {"message":{"id":"msg_1","model":"claude","usage":{"input_tokens":100}}}',
        'event: content_block_start\ndata: {"index":0,"content_block":{"type":"text","text":""}}',
        'data: {"index":0,"delta":{"type":"text_delta","text":"alpha"}}\nevent: content_block_delta',
        'event: content_block_stop\ndata: {"index":0}',
        'event: message_delta\ndata: {"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":20}}',
        'event: message_stop\ndata: {}',
      ],
      [text('alpha')],
    ],
    ['behind no beginning of a block', [MESSAGE, say('al'), say('pha'), ...END], [text('alpha')]],
    ['behind no beginning of a message', [WORDS, say('alpha'), stop(), ...END], [text('alpha')]],
    ['behind no beginning at all', [say('alpha'), ...END], [text('alpha')]],
    [
      'behind two beginnings',
      [MESSAGE, MESSAGE, WORDS, say('alpha'), stop(), ...END],
      [text('alpha')],
    ],
    [
      'with no number',
      [MESSAGE, start(null, { type: 'text' }), say('alpha', null), stop(null), ...END],
      [text('alpha')],
    ],
    [
      'of words in the block of a call',
      [MESSAGE, tool(0, 'x'), put('{"a":'), say('alpha'), put('1}'), stop(), ...END],
      [call('x', { a: 1 }), text('alpha')],
    ],
    [
      'of thoughts in the block of words',
      [
        MESSAGE,
        WORDS,
        delta(0, { type: 'thinking_delta', thinking: 'hm' }),
        say('alpha'),
        stop(),
        ...END,
      ],
      [text(''), { type: 'thinking', thinking: 'hm' }, text('alpha')],
    ],
    [
      'of blocks that do not end',
      [MESSAGE, WORDS, say('alpha'), tool(1, 'x'), put('{"a":1}', 1), tool(2, 'y'), ...END],
      [text('alpha'), call('x', { a: 1 }), call('y', {})],
    ],
    [
      'of calls that interleave',
      [
        MESSAGE,
        tool(0, 'x'),
        tool(1, 'y'),
        put('{"a":', 0),
        put('{"a":', 1),
        put('1}', 0),
        put('2}', 1),
        stop(1),
        stop(0),
        ...END,
      ],
      [call('x', { a: 1 }), call('y', { a: 2 })],
    ],
    [
      'of blocks of one number, which follow each other',
      [MESSAGE, WORDS, say('alpha'), WORDS, say('beta'), stop(), ...END],
      [text('alpha'), text('beta')],
    ],
    [
      'of a call without an id',
      [MESSAGE, tool(0, null), put('{"a":1}'), stop(), ...END],
      [call('msg_1-0', { a: 1 })],
    ],
    [
      'of a call whose input is an object',
      [MESSAGE, tool(0, 'x'), put({ a: 1 }), stop(), ...END],
      [call('x', { a: 1 })],
    ],
    [
      'of a call that begins with its input',
      [MESSAGE, tool(0, 'x', { input: { a: 1 } }), stop(), ...END],
      [call('x', { a: 1 })],
    ],
    [
      'of a block that is not known, with words under its number',
      [
        MESSAGE,
        start(0, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
        put('{"q":1}'),
        say('beta'),
        stop(),
        start(1, { type: 'text' }),
        say('alpha', 1),
        stop(1),
        ...END,
      ],
      [text('alpha')],
    ],
    [
      'behind why it stopped',
      [MESSAGE, WORDS, say('al'), ...END.slice(0, 1), say('pha'), ...END.slice(1)],
      [text('alpha')],
    ],
    [
      'at the end that others have',
      [MESSAGE, WORDS, say('alpha'), stop(), ...END.slice(0, 1), 'data: [DONE]'],
      [text('alpha')],
    ],
  ])('is read: %s', async (_name, frames, blocks) => {
    const said = await events(...frames);
    expect(foldBlocks(said)).toEqual(blocks);
    expect(isWellFormed(said)).toBe(true);
    const hasCalls = blocks.some((block) => 'input' in block);
    expect(reasonsOf(said)).toEqual([hasCalls ? 'tool_use' : 'end_turn']);
    const { state, usage } = await read(...frames);
    expect(state).toMatchObject({ ended: true, failed: false, finished: true });
    expect(usage).toMatchObject({ output: 20 });
    for (const word of ['alpha', '1'])
      if (JSON.stringify(blocks).includes(word)) expect(state.text).toContain(word);
  });

  test.each([
    'event: error\ndata: {"error":{"type":"overloaded_error","message":"gone"}}',
    'event: error\ndata: {"type":"overloaded_error","message":"gone"}',
    'event: error\ndata: {"message":"gone"}',
    'event: error\ndata: gone',
  ])('that is an error in its name is one: %s', async (error) => {
    const { state } = await read(MESSAGE, WORDS, say('alpha'), error);
    expect(state).toMatchObject({ failed: true, text: 'alpha' });
    await expect(events(MESSAGE, WORDS, error)).rejects.toMatchObject({ code: 'provider_error' });
  });
});

describe('a message in one body', () => {
  const whole = (value: unknown) =>
    anthropicMessages.meter(
      METER_START,
      anthropicMessages.whole(Buffer.from(JSON.stringify(value))),
    );
  const USAGE = { input_tokens: 100, output_tokens: 20 };

  test.each([
    [{ content: 'alpha', usage: USAGE }, [text('alpha')]],
    [[{ content: [text('alpha')], usage: USAGE }], [text('alpha')]],
    [
      { id: 'm', content: [{ type: 'tool_use', id: null, name: 'f', input: { alpha: 1 } }] },
      [call('m-0', { alpha: 1 })],
    ],
  ])('is read: %j', async (value, blocks) => {
    expect(whole(value)).toMatchObject({ ended: true, failed: false });
    expect(whole(value).text).toContain('alpha');
    const body = await readTurn(anthropicMessages, [Buffer.from(JSON.stringify(value))]);
    expect(foldBlocks(body)).toEqual(blocks);
  });
});
