import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import type { TurnEvent } from '../../../lambdas/inference/turn/turn.ts';
import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';
import type { Wire } from '../../../lambdas/inference/wires/wire.ts';
import { text } from '../../support/turns.ts';
import { isWellFormed, readTurn, reasonsOf } from '../../support/wire-reader.ts';

const turnOf = async (wire: Wire, frames: readonly unknown[]): Promise<readonly TurnEvent[]> =>
  await readTurn(
    wire,
    frames.map((frame) =>
      Buffer.from(`data: ${typeof frame === 'string' ? frame : JSON.stringify(frame)}\n\n`),
    ),
  );

const chunk = (delta: object, finish_reason: string | null = null) => ({
  id: 'chatcmpl-1',
  model: 'gpt',
  choices: [{ index: 0, delta, finish_reason }],
});
const part = (index: number, json: string, id?: string, name?: string) =>
  chunk({ tool_calls: [{ index, id, function: { name, arguments: json } }] });
describe('a stream of the OpenAI wire', () => {
  test('becomes thinking, words and calls, one block at a time', async () => {
    const events = await turnOf(openaiChat, [
      chunk({ role: 'assistant', content: '' }),
      chunk({ reasoning_content: 'Hm' }),
      chunk({ reasoning_content: 'm' }),
      chunk({ content: 'I ' }),
      chunk({ content: 'look' }),
      part(0, '', 'call_a', 'server__tool'),
      part(0, '{"city":'),
      part(0, '"Bonn"}'),
      part(1, '{}', 'call_b', 'made_up'),
      chunk({}, 'tool_calls'),
      { id: 'chatcmpl-1', choices: [], usage: { prompt_tokens: 1 } },
      '[DONE]',
    ]);
    expect(isWellFormed(events)).toBe(true);
    expect(events).toContainEqual({
      type: 'content_block_delta',
      index: 2,
      delta: { type: 'input_json_delta', partial_json: '{"city":' },
    });
    expect(foldBlocks(events)).toEqual([
      { type: 'thinking', thinking: 'Hmm' },
      text('I look'),
      { type: 'tool_use', id: 'call_a', name: 'server/tool', input: { city: 'Bonn' } },
      { type: 'tool_use', id: 'call_b', name: 'made_up', input: {} },
    ]);
    expect(reasonsOf(events)).toEqual(['tool_use']);
  });

  test('interleaved calls, calls that share a number and calls without an id stay apart', async () => {
    const interleaved = await turnOf(openaiChat, [
      part(0, '{"a":', 'x', 'f'),
      part(1, '{"b":', 'y', 'g'),
      part(0, '1}'),
      part(1, '2}'),
      part(0, ' '),
      chunk({}, 'stop'),
      '[DONE]',
    ]);
    expect(isWellFormed(interleaved)).toBe(true);
    expect(foldBlocks(interleaved)).toMatchObject([
      { id: 'x', input: { a: 1 } },
      { id: 'y', input: { b: 2 } },
    ]);
    expect(reasonsOf(interleaved)).toEqual(['tool_use']);
    const sameNumber = await turnOf(openaiChat, [
      part(0, '{"a":1}', 'x', 'f'),
      part(0, '{"a":2}', 'y', 'f'),
      '[DONE]',
    ]);
    expect(foldBlocks(sameNumber)).toMatchObject([{ id: 'x' }, { id: 'y', input: { a: 2 } }]);
    const noIds = await turnOf(openaiChat, [part(0, '{}', undefined, 'f'), part(1, '{}', '', 'g')]);
    expect(foldBlocks(noIds)).toMatchObject([{ id: 'chatcmpl-1-0' }, { id: 'chatcmpl-1-1' }]);
  });

  test.each([
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['content_filter', 'content_filter'],
    ['something_new', 'end_turn'],
    ['eos', 'end_turn'],
    ['MAX_TOKENS', 'max_tokens'],
    ['max_output_tokens', 'max_tokens'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['MALFORMED_FUNCTION_CALL', null],
  ])('%s means %s, told once, also without [DONE]', async (reason, stop) => {
    const frames = [chunk({ content: 'Hi' }), chunk({}, reason)];
    expect(reasonsOf(await turnOf(openaiChat, frames))).toEqual([stop]);
    expect(await turnOf(openaiChat, [...frames, '[DONE]', '[DONE]'])).toEqual(
      await turnOf(openaiChat, frames),
    );
  });

  test('a refusal is text with its own reason', async () => {
    const events = await turnOf(openaiChat, [
      chunk({ refusal: 'No.' }),
      chunk({}, 'stop'),
      '[DONE]',
    ]);
    expect(foldBlocks(events)).toEqual([{ ...text('No.'), refuses: true }]);
    expect(reasonsOf(events)).toEqual(['refusal']);
  });

  test('a cut stream is closed, its call marked; one that never began tells nothing', async () => {
    const events = await turnOf(openaiChat, [part(0, '{"a":1,"b":"ha', 'x', 'f')]);
    expect(isWellFormed(events)).toBe(true);
    expect(reasonsOf(events)).toEqual([null]);
    expect(foldBlocks(events)).toMatchObject([{ input: { a: 1 }, partial_json: '{"a":1,"b":"ha' }]);
    expect(await turnOf(openaiChat, [])).toEqual([]);
    expect(await turnOf(openaiChat, ['[DONE]'])).toEqual([]);
  });
});

const start = (index: number, content_block: object) => ({
  type: 'content_block_start',
  index,
  content_block,
});
const delta = (index: number, content: object) => ({
  type: 'content_block_delta',
  index,
  delta: content,
});
const stop = (index: number) => ({ type: 'content_block_stop', index });
const MESSAGE = {
  type: 'message_start',
  message: { model: 'claude', role: 'assistant', usage: {} },
};

describe('a stream of the Anthropic wire', () => {
  test('passes what is known and skips what is not', async () => {
    const events = await turnOf(anthropicMessages, [
      MESSAGE,
      { type: 'ping' },
      start(0, { type: 'thinking', thinking: '', signature: '' }),
      delta(0, { type: 'thinking_delta', thinking: 'Hm' }),
      delta(0, { type: 'signature_delta', signature: 'S' }),
      stop(0),
      start(1, { type: 'server_tool_use', id: 's', name: 'web_search', input: {} }),
      delta(1, { type: 'input_json_delta', partial_json: '{"q":1}' }),
      stop(1),
      start(2, { type: 'redacted_thinking', data: 'R' }),
      stop(2),
      start(3, { type: 'text', text: '', citations: null }),
      delta(3, { type: 'text_delta', text: 'Hi' }),
      delta(3, { type: 'citations_delta', citation: {} }),
      stop(3),
      { type: 'brand_new' },
      start(4, { type: 'tool_use', id: 'toolu_1', name: 'server__tool', input: {} }),
      delta(4, { type: 'input_json_delta', partial_json: '' }),
      delta(4, { type: 'input_json_delta', partial_json: '{"a":1}' }),
      stop(4),
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 3 } },
      { type: 'message_stop' },
    ]);
    expect(isWellFormed(events)).toBe(true);
    expect(foldBlocks(events)).toEqual([
      { type: 'thinking', thinking: 'Hm', signature: 'S' },
      { type: 'redacted_thinking', data: 'R' },
      text('Hi'),
      { type: 'tool_use', id: 'toolu_1', name: 'server/tool', input: { a: 1 } },
    ]);
    expect(reasonsOf(events)).toEqual(['tool_use']);
  });

  test.each([
    ['end_turn', 'end_turn'],
    ['stop', 'end_turn'],
    ['length', 'max_tokens'],
    ['content_filter', 'content_filter'],
  ])('%s means %s', async (stop_reason, reason) => {
    const said = [MESSAGE, start(0, { type: 'text' }), delta(0, { type: 'text_delta', text: 'H' })];
    const end = { type: 'message_delta', delta: { stop_reason } };
    expect(reasonsOf(await turnOf(anthropicMessages, [...said, end]))).toEqual([reason]);
  });

  test('a cut stream is closed once, with the reason when it was told', async () => {
    const open = [MESSAGE, start(0, { type: 'text' }), delta(0, { type: 'text_delta', text: 'H' })];
    const cut = await turnOf(anthropicMessages, open);
    expect(isWellFormed(cut)).toBe(true);
    expect(reasonsOf(cut)).toEqual([null]);
    const reason = { type: 'message_delta', delta: { stop_reason: 'max_tokens' } };
    const late = await turnOf(anthropicMessages, [...open, stop(0), reason]);
    expect(isWellFormed(late)).toBe(true);
    expect(reasonsOf(late)).toEqual(['max_tokens']);
    expect(await turnOf(anthropicMessages, [])).toEqual([]);
  });
});

test.each([
  [openaiChat, { error: { message: 'overloaded' } }],
  [anthropicMessages, { type: 'error', error: { type: 'overloaded_error' } }],
])('an error frame of %o throws without the provider’s words in public', async (wire, error) => {
  await expect(turnOf(wire, [error])).rejects.toMatchObject({
    code: 'provider_error',
    publicMessage: expect.not.stringContaining('overloaded'),
  });
  await expect(turnOf(wire, ['{"half'])).rejects.toMatchObject({
    code: 'provider_stream_malformed',
  });
});
