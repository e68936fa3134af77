import { describe, expect, test } from 'vitest';
import { foldBlocks } from '../../../lambdas/inference/turn/fold-turn.ts';
import { anthropicMessages } from '../../../lambdas/inference/wires/anthropic-messages/wire.ts';
import { openaiChat } from '../../../lambdas/inference/wires/openai-chat/wire.ts';
import { METER_START, type Wire } from '../../../lambdas/inference/wires/wire.ts';
import { readAnswer, readTurn, reasonsOf, usageOf } from '../../support/wire-reader.ts';

const COUNTS = { prompt_tokens: 100, completion_tokens: 20 };
const USAGE = { choices: [], usage: COUNTS };
const DONE = '[DONE]';
const chunk = (delta: object, rest: object = {}) => ({
  id: 'cc-1',
  choices: [{ index: 0, delta, finish_reason: null }],
  ...rest,
});
const stop = (finish_reason: string | null = 'stop', rest: object = {}) => ({
  choices: [{ index: 0, delta: {}, finish_reason, ...rest }],
});
const bytesOf = (frames: readonly (object | string)[]) =>
  frames.map((frame) =>
    Buffer.from(`data: ${typeof frame === 'string' ? frame : JSON.stringify(frame)}\n\n`),
  );
const read = async (...frames: readonly (object | string)[]) =>
  await readAnswer(openaiChat, bytesOf(frames));
const blocks = async (...frames: readonly (object | string)[]) =>
  foldBlocks(await readTurn(openaiChat, bytesOf(frames)));
const whole = (value: unknown, wire: Wire = openaiChat) =>
  wire.meter(METER_START, wire.whole(Buffer.from(JSON.stringify(value))));

describe('an error', () => {
  test.each(['', ' ', false, {}, [], { code: 0, message: '' }, { code: null }, 'null'])(
    'that says nothing is none, and the words beside it and behind it count: %j',
    async (error) => {
      const frames = [
        chunk({ role: 'assistant', content: '' }, { error }),
        chunk({ content: 'alpha' }, { error }),
        { ...stop(), error },
        { ...USAGE, error },
        DONE,
      ];
      const { state, usage } = await read(...frames);
      expect(state).toMatchObject({ text: 'alpha', failed: false, ended: true });
      expect(usage).toMatchObject({ input: 100, output: 20 });
      expect(await blocks(...frames)).toEqual([{ type: 'text', text: 'alpha' }]);
    },
  );

  test.each([
    { error: { code: 502, message: 'gone' } },
    { error: 'gone' },
    { choices: [{ index: 0, delta: { content: '' }, error: { code: 502, message: 'gone' } }] },
    { object: 'error', message: 'gone', code: 50_001 },
    { type: 'error', message: 'gone' },
    { base_resp: { status_code: 1_004, status_msg: 'gone' }, choices: null },
    { success: false, errors: [{ message: 'gone' }] },
    { error_code: 336_003, error_msg: 'gone' },
    { code: 'Throttling', message: 'gone' },
    { status: '434', msg: 'gone', body: null },
  ])('in a stream ends it, and its count is read: %j', async (error) => {
    const { state, usage } = await read(chunk({ content: 'alpha' }), { ...error, usage: COUNTS });
    expect(state).toMatchObject({ text: 'alpha', failed: true });
    expect(usage).toMatchObject({ input: 100, output: 20 });
    await expect(blocks(chunk({ content: 'alpha' }), error)).rejects.toMatchObject({
      code: 'provider_error',
    });
  });

  test('beside words loses none of them', async () => {
    const { state } = await read(chunk({ content: 'alpha' }, { error: { message: 'gone' } }));
    expect(state).toMatchObject({ text: 'alpha', failed: false, ended: false });
  });

  test('that counts what was put out is paid before any word', async () => {
    const { state } = await read({ error: { message: 'gone' }, usage: COUNTS });
    expect(state).toMatchObject({ failed: true, sawToken: true });
  });

  test.each([
    { object: 'error', message: 'gone', type: 'BadRequestError', code: 400 },
    { base_resp: { status_code: 1_004, status_msg: 'gone' }, choices: null },
    { detail: 'gone' },
    { detail: [{ loc: ['body'], msg: 'gone' }] },
    { errors: [{ code: 7_003, message: 'gone' }], success: false, result: null, messages: [] },
    [{ error: { code: 429, message: 'gone', status: 'RESOURCE_EXHAUSTED' } }],
    { error: { message: 'gone' }, usage: { prompt_tokens: 0, completion_tokens: 0 } },
    { error: 'gone', choices: [] },
    { message: 'gone' },
    { msg: 'gone', code: 401 },
    { code: 'InvalidApiKey', message: 'gone', request_id: 'r' },
    { type: 'error', error: { type: 'overloaded_error', message: 'gone' } },
    { choices: [{ message: { content: '' }, error: { code: 502, message: 'gone' } }] },
  ])('that is all of an answer is one, in whichever shape: %j', (value) => {
    for (const wire of [openaiChat, anthropicMessages])
      expect(whole(value, wire)).toMatchObject({ failed: true, sawToken: false });
  });

  test.each([
    { base_resp: { status_code: 0, status_msg: 'success' }, code: 0, msg: 'ok' },
    { error: {}, errors: [], success: true },
    { detail: 'gone', error: { code: 502 } },
  ])('is none beside an answer: %j', (rest) => {
    const choices = [{ index: 0, message: { content: 'alpha' }, finish_reason: 'stop' }];
    expect(whole({ choices, ...rest })).toMatchObject({ failed: false, text: 'alpha' });
  });
});

describe('a count', () => {
  test.each<readonly [string, object]>([
    ['x_groq', { ...stop(), x_groq: { id: 'r', usage: COUNTS } }],
    ['the names of Responses', { choices: [], usage: { input_tokens: 100, output_tokens: 20 } }],
    [
      'both names, zero under one of them',
      {
        choices: [],
        usage: { ...COUNTS, input_tokens: 0, output_tokens: 0, input_tokens_details: null },
      },
    ],
    ['the delta', { choices: [{ index: 0, delta: { usage: COUNTS } }] }],
    ['the message', { choices: [{ index: 0, message: { usage: COUNTS } }] }],
    ['timings', { ...stop(), timings: { prompt_n: 30, cache_n: 70, predicted_n: 20 } }],
    ['counts of Ollama', { ...stop(), prompt_eval_count: 100, eval_count: 20 }],
    [
      'the choice, beside an empty one',
      { usage: {}, choices: [{ index: 0, delta: {}, usage: COUNTS }] },
    ],
    ['another choice than the first', { choices: [{ index: 0 }, { index: 1, usage: COUNTS }] }],
    ['the prompt and the total', { usage: { prompt_tokens: 100, total_tokens: 120 } }],
    ['the output and the total', { usage: { completion_tokens: 20, total_tokens: 120 } }],
  ])('is read in %s', async (_name, frame) => {
    const { usage } = await read(chunk({ content: 'alpha' }), frame, DONE);
    expect(usage).toMatchObject({ input: 100, output: 20 });
    expect(usageOf(openaiChat, whole(frame))).toMatchObject({ input: 100, output: 20 });
  });

  test('of several choices is their sum, and is not added to what tells all', async () => {
    const each = [0, 1].map((index) => ({ choices: [{ index, delta: {}, usage: COUNTS }] }));
    expect((await read(...each, DONE)).usage).toMatchObject({ input: 100, output: 40 });
  });
});

describe('words of a stream', () => {
  test.each<readonly [string, readonly object[], string, string]>([
    [
      'parts of a content',
      [
        chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }),
        chunk({ content: [{ type: 'text', text: 'alpha' }] }),
        chunk({ content: ' beta' }),
      ],
      'hm',
      'alpha beta',
    ],
    [
      'a message beside an empty delta',
      [{ choices: [{ index: 0, delta: {}, message: { content: 'alpha' } }] }],
      '',
      'alpha',
    ],
    ['numbers', [chunk({ content: 4 }), chunk({ content: 2 })], '', '42'],
    ['the text of a choice', [{ choices: [{ index: 0, text: 'alpha' }] }], '', 'alpha'],
    [
      'a choice of number 1',
      [{ choices: [{ index: 1, delta: { content: 'alpha' } }] }],
      '',
      'alpha',
    ],
    [
      'details of the reasoning',
      [
        chunk({ reasoning_details: [{ type: 'reasoning.text', text: 'h' }] }),
        chunk({ reasoning_details: [{ type: 'reasoning.summary', summary: 'm' }] }),
        chunk({ content: 'alpha' }),
      ],
      'hm',
      'alpha',
    ],
    [
      'reasoning_text',
      [chunk({ reasoning_text: 'hm' }), chunk({ content: 'alpha' })],
      'hm',
      'alpha',
    ],
    ['thinking', [chunk({ thinking: 'hm' }), chunk({ content: 'alpha' })], 'hm', 'alpha'],
    [
      'reasoning told twice',
      [
        chunk({ reasoning: 'hm', reasoning_details: [{ text: 'hm' }] }),
        chunk({ content: 'alpha' }),
      ],
      'hm',
      'alpha',
    ],
    ['a transcript', [chunk({ audio: { transcript: 'alpha' } })], '', 'alpha'],
    [
      'an image',
      [chunk({ content: '', images: [{ image_url: { url: 'data:image/png;base64,AAAA' } }] })],
      '',
      '[image]',
    ],
    ['chunks in a list', [[chunk({ content: 'al' }), chunk({ content: 'pha' })]], '', 'alpha'],
  ])('are counted and said: %s', async (_name, frames, thought, words) => {
    const all = [...frames, stop(), DONE];
    expect((await read(...all)).state.text).toBe(thought + words);
    expect(await blocks(...all)).toEqual([
      ...(thought === '' ? [] : [{ type: 'thinking', thinking: thought }]),
      { type: 'text', text: words },
    ]);
  });

  test('are a call under its old name too', async () => {
    const frames = [
      chunk({ function_call: { name: 'f', arguments: '' } }),
      chunk({ function_call: { arguments: '{"a":' } }),
      chunk({ function_call: { arguments: '1}' } }),
      stop('function_call'),
      DONE,
    ];
    expect((await read(...frames)).state.text).toBe('f{"a":1}');
    expect(await blocks(...frames)).toMatchObject([
      { type: 'tool_use', name: 'f', input: { a: 1 } },
    ]);
  });

  test.each(['null', 'unknown', 'None', 'timeout', 'FINISH_REASON_UNSPECIFIED'])(
    'that end for the reason %j broke off',
    async (reason) => {
      const frames = [chunk({ content: 'alpha' }), stop(reason)];
      expect((await read(...frames)).state).toMatchObject({ finished: false });
      expect(reasonsOf(await readTurn(openaiChat, bytesOf([...frames, DONE])))).toEqual([null]);
    },
  );
});

describe('an answer of several choices', () => {
  const of = (index: number, content: string, finish_reason: string | null = null) => ({
    choices: [{ index, delta: { content }, finish_reason }],
  });
  test('is whole when each that began has said why it stopped', async () => {
    const frames = [of(0, 'alpha'), of(1, 'beta'), of(0, '', 'stop')];
    expect((await read(...frames)).state).toMatchObject({ finished: false });
    expect((await read(...frames, of(1, '!', 'length'))).state).toMatchObject({ finished: true });
  });

  test('is one choice where its number wanders', async () => {
    const frames = [of(0, ''), of(1, 'alpha'), of(0, '', 'stop')];
    expect((await read(...frames)).state).toMatchObject({ finished: true, text: 'alpha' });
    expect(await blocks(...frames)).toEqual([{ type: 'text', text: 'alpha' }]);
    expect(reasonsOf(await readTurn(openaiChat, bytesOf(frames)))).toEqual(['end_turn']);
  });
});
