import { describe, expect, test } from 'vitest';
import type { Block, TurnRequest } from '../../../lambdas/inference/turn/turn.ts';
import { encodeChat } from '../../../lambdas/inference/wires/openai-chat/turn-encode.ts';
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

const GPT = 'gpt-5';
const DEEPSEEK = 'deepseek-v4-pro';
const encode = (request: TurnRequest) => {
  const { body, omissions } = encodeChat(request);
  return { body, kinds: omissions.map(({ kind, path }) => `${kind} ${path}`) };
};
const wireCall = (id: string, name = 'weather') => ({
  id,
  type: 'function',
  function: { name, arguments: '{"city":"Bonn"}' },
});
const PIXEL_PART = {
  type: 'image_url',
  image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' },
};

describe('a turn on the OpenAI wire', () => {
  test('is the conversation itself, without a limit or a stream flag of its own', () => {
    const request: TurnRequest = {
      ...turn('gpt-4.1', user(text('Hi'), PIXEL), systemText('Be short.'), user(text('Well?'))),
      system: 'Be kind.',
      tools: [{ name: 'a/b', description: 'Tells it', input_schema: {} }],
      temperature: 0.5,
    };
    expect(encode(request)).toEqual({
      body: {
        model: 'gpt-4.1',
        temperature: 0.5,
        messages: [
          { role: 'system', content: 'Be kind.' },
          { role: 'user', content: [{ type: 'text', text: 'Hi' }, PIXEL_PART] },
          { role: 'system', content: 'Be short.' },
          { role: 'user', content: 'Well?' },
        ],
        tools: [
          {
            type: 'function',
            function: {
              name: 'a__b',
              description: 'Tells it',
              parameters: { type: 'object', properties: {} },
            },
          },
        ],
      },
      kinds: [],
    });
    const { body } = encode(request);
    const limited = { ...request, maxTokens: 9 };
    expect(encode(limited).body).toEqual({ ...body, max_completion_tokens: 9 });
    const words = { ...limited, messages: [user(text('Hi'))] };
    const { body: deepseek } = encode({ ...words, model: DEEPSEEK });
    expect(deepseek).toMatchObject({ max_tokens: 9 });
    expect(deepseek).not.toHaveProperty('max_completion_tokens');
    expect(encode({ ...request, model: GPT }).kinds).toEqual(['temperature temperature']);
  });

  test('puts every tool message next to its call, then the images of results, then the user', () => {
    const shown: Block = {
      type: 'tool_result',
      tool_use_id: 'b',
      content: [{ type: 'text', text: 'A map' }, ...(PIXEL.type === 'image' ? [PIXEL] : [])],
    };
    const failed: Block = { type: 'tool_result', tool_use_id: 'a', content: '', is_error: true };
    const { body } = encode(
      turn(
        GPT,
        user(text('?')),
        assistant('claude-opus-5', text('I look.'), call('a'), call('b')),
        systemText('Be short.'),
        user(text('Well?'), shown),
        user(failed),
      ),
    );
    expect(body['messages']).toEqual([
      { role: 'user', content: '?' },
      { role: 'assistant', content: 'I look.', tool_calls: [wireCall('a'), wireCall('b')] },
      { role: 'tool', tool_call_id: 'a', content: 'Error: (no output)' },
      { role: 'tool', tool_call_id: 'b', content: 'A map\n\n(image: see below)' },
      { role: 'user', content: [{ type: 'text', text: 'Images in the result of b:' }, PIXEL_PART] },
      { role: 'system', content: 'Be short.' },
      { role: 'user', content: 'Well?' },
    ]);
  });

  test('shortens an id of more than 40 characters, alike in call and result', () => {
    const id = 'toolu_'.repeat(10);
    const { body } = encode(turn(GPT, user(text('?')), assistant(GPT, call(id)), user(result(id))));
    const [sent] = /call_[0-9a-f]{32}/.exec(JSON.stringify(body)) ?? [];
    expect(body['messages']).toMatchObject([
      {},
      { content: null, tool_calls: [{ id: sent }] },
      { role: 'tool', tool_call_id: sent },
    ]);
  });

  test('gives a call without a result a cancelled one', () => {
    const { body, kinds } = encode(turn(GPT, user(text('?')), assistant(GPT, call('a'))));
    expect(body['messages']).toMatchObject([
      {},
      {},
      { role: 'tool', tool_call_id: 'a', content: expect.stringContaining('Cancelled') },
    ]);
    expect(kinds).toEqual(['missing_tool_result 1.content.0']);
  });

  test('sends a call that was cut with the members that were complete, and records it', () => {
    const cut: Block = {
      type: 'tool_use',
      id: 'a',
      name: 'weather',
      input: { city: 'Bonn' },
      partial_json: '{"city":"Bonn","da',
    };
    const { body, kinds } = encode(turn(GPT, user(text('?')), assistant(GPT, cut)));
    expect(body['messages']).toMatchObject([
      {},
      { content: null, tool_calls: [{ function: { arguments: '{"city":"Bonn"}' } }] },
      { role: 'tool', tool_call_id: 'a' },
    ]);
    expect(kinds).toEqual(['partial_tool_input 1.content.0', 'missing_tool_result 1.content.0']);
  });

  test('makes the name of a tool legal, alike in its definition and in its calls', () => {
    const tool = { name: 'server/tool', description: '', input_schema: { type: 'object' } };
    const called = assistant(GPT, call('a', 'server/tool'));
    const request = turn(GPT, user(text('?')), called, user(result('a')));
    const { body, kinds } = encode({ ...request, tools: [tool] });
    expect(body).toEqual({
      model: GPT,
      tools: [
        {
          type: 'function',
          function: { name: 'server__tool', parameters: { type: 'object', properties: {} } },
        },
      ],
      messages: [
        { role: 'user', content: '?' },
        { role: 'assistant', content: null, tool_calls: [wireCall('a', 'server__tool')] },
        { role: 'tool', tool_call_id: 'a', content: 'sunny' },
      ],
    });
    expect(kinds).toEqual([]);
  });

  test('drops what is empty, and marks of a cache, which this wire does not have', () => {
    const marked: Block = { type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } };
    const { body } = encode(
      turn(GPT, user(text(' '), marked), assistant(GPT, text('')), user(text('there'))),
    );
    expect(JSON.stringify(body)).not.toContain('cache_control');
    expect(body['messages']).toEqual([{ role: 'user', content: 'Hi\n\nthere' }]);
  });

  test('leaves out thinking, signed or redacted, and records it', () => {
    const { body, kinds } = encode(
      turn(
        GPT,
        user(text('?')),
        assistant(
          GPT,
          { type: 'thinking', thinking: 'Hm', signature: 'S' },
          { type: 'redacted_thinking', data: 'R' },
          text('One'),
        ),
        user(text('!')),
      ),
    );
    expect(body['messages']).toMatchObject([{}, { content: 'One' }, {}]);
    expect(kinds).toEqual(['thinking 1.content.0', 'thinking 1.content.1']);
  });

  test('gives DeepSeek its reasoning back beside calls, empty where another model called', () => {
    const thought: Block = { type: 'thinking', thinking: 'Hm' };
    const { body, kinds } = encode(
      turn(
        DEEPSEEK,
        user(text('?')),
        assistant('claude-opus-5', thought, call('a')),
        user(result('a')),
        assistant(DEEPSEEK, thought, call('b')),
        user(result('b')),
        assistant(DEEPSEEK, thought, text('Done')),
        user(text('!')),
      ),
    );
    expect(body['messages']).toEqual([
      { role: 'user', content: '?' },
      { role: 'assistant', content: null, reasoning_content: '', tool_calls: [wireCall('a')] },
      { role: 'tool', tool_call_id: 'a', content: 'sunny' },
      { role: 'assistant', content: null, reasoning_content: 'Hm', tool_calls: [wireCall('b')] },
      { role: 'tool', tool_call_id: 'b', content: 'sunny' },
      { role: 'assistant', content: 'Done' },
      { role: 'user', content: '!' },
    ]);
    expect(kinds).toEqual(['thinking 1.content.0', 'thinking 5.content.0']);
  });

  test('sends documents as files or text, and says what the model cannot read', () => {
    const pdf: Block = {
      type: 'document',
      title: 'Report',
      source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' },
    };
    const note: Block = {
      type: 'document',
      title: 'Note',
      source: { type: 'text', media_type: 'text/plain', data: 'hello' },
    };
    const far: Block = { type: 'document', source: { type: 'url', url: 'https://example.com/a' } };
    const picture: Block = { type: 'image', source: { type: 'url', url: 'https://example.com/b' } };
    const history = user(pdf, note, far, picture);
    const gpt = encode(turn(GPT, history));
    expect(gpt.body['messages']).toEqual([
      {
        role: 'user',
        content: [
          {
            type: 'file',
            file: { filename: 'Report.pdf', file_data: 'data:application/pdf;base64,JVBERg==' },
          },
          { type: 'text', text: '<document title="Note">\nhello\n</document>' },
          { type: 'text', text: expect.stringContaining('https://example.com/a') },
          { type: 'image_url', image_url: { url: 'https://example.com/b' } },
        ],
      },
    ]);
    expect(gpt.kinds).toEqual(['media 0.content.2']);
    const deepseek = encode(turn(DEEPSEEK, history));
    expect(deepseek.body['messages']).toEqual([{ role: 'user', content: expect.any(String) }]);
    expect(deepseek.kinds).toEqual(['media 0.content.0', 'media 0.content.2', 'media 0.content.3']);
  });

  test('asks a model that takes no prefill to go on', () => {
    const { body, kinds } = encode(turn(GPT, user(text('?')), assistant(GPT, text('I am'))));
    expect(body['messages']).toMatchObject([{}, { content: 'I am' }, { role: 'user' }]);
    expect(kinds).toEqual(['added_user_text 1.content.0']);
  });
});
