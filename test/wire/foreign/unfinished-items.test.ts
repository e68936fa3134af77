import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startStoredRoom, type StoredRoom } from '../../support/foreign/stored-room.ts';

// What a client is shown as complete, it acts on: a call that was cut, an answer that was refused.

let room: StoredRoom;
let openai: OpenAI;
beforeAll(async () => {
  room = await startStoredRoom();
  const { fetch } = room;
  openai = new OpenAI({ baseURL: 'http://127.0.0.1/v1', apiKey: 'k', maxRetries: 0, fetch });
});
afterAll(() => room.upstream.stop());

const MODEL = 'claude-opus-4-8';
const event = (type: string, fields: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`;

/** An answer of these blocks, which ends for this reason. */
const say = (stop_reason: string, blocks: readonly (readonly [block: object, delta: object])[]) => {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: MODEL, content: [] };
  const usage = { input_tokens: 5, output_tokens: 1 };
  room.upstream.script = {
    chunks: [
      event('message_start', { message: { ...message, stop_reason: null, usage } }),
      ...blocks.flatMap(([content_block, delta], index) => [
        event('content_block_start', { index, content_block }),
        event('content_block_delta', { index, delta }),
        event('content_block_stop', { index }),
      ]),
      event('message_delta', { delta: { stop_reason, stop_sequence: null }, usage }),
      event('message_stop', {}),
    ],
  };
};

const call = (type: 'function' | 'custom') =>
  type === 'function'
    ? { type, name: 'f', parameters: { type: 'object', properties: {} }, strict: false }
    : { type, name: 'f' };

const responseOf = async (stream: boolean, tools: OpenAI.Responses.Tool[] = []) => {
  const body = { model: MODEL, input: 'hi', store: false, tools };
  if (!stream) return await openai.responses.create(body);
  const events = await openai.responses.create({ ...body, stream });
  let response: OpenAI.Responses.Response | null = null;
  for await (const one of events)
    if (one.type === 'response.incomplete' || one.type === 'response.completed')
      ({ response } = one);
  return response;
};

test.each([true, false])(
  'a model that refuses, with words or without (stream: %s)',
  async (stream) => {
    const refused = { status: 'incomplete', incomplete_details: { reason: 'content_filter' } };
    say('refusal', [
      [
        { type: 'text', text: '' },
        { type: 'text_delta', text: 'No.' },
      ],
    ]);
    expect(await responseOf(stream)).toMatchObject({ ...refused, output: [{ type: 'message' }] });
    say('refusal', []);
    expect(await responseOf(stream)).toMatchObject({ ...refused, output: [] });
  },
);

test.each([
  ['function', '{"a":', 'incomplete'],
  ['function', '{"a":1}', 'completed'],
  ['custom', '{"input":"ab', 'incomplete'],
  ['custom', '{"input":"ab"}', 'completed'],
] as const)('a call of a %s that says %s is %s', async (type, partial_json, status) => {
  const block = { type: 'tool_use', id: 'call_1', name: 'f', input: {} };
  say(status === 'completed' ? 'tool_use' : 'max_tokens', [
    [block, { type: 'input_json_delta', partial_json }],
  ]);
  for (const stream of [true, false]) {
    const response = await responseOf(stream, [call(type)]);
    expect(response?.output[0]).toMatchObject({ call_id: 'call_1', status });
  }
});
