import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { heardInChat, heardInContents } from '../../support/foreign/heard.ts';
import { ROUTES, startForeignRoom, type ForeignRoom } from '../../support/foreign/foreign-room.ts';
import { USED } from '../../support/foreign/spoken.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

const GEMINI = 'gemini-2.5-flash';
const GPT = 'gpt-4o-mini';
const chunk = (fields: object): string => `data: ${JSON.stringify(fields)}\r\n\r\n`;
const candidate = (index: number, part: object, more: object = {}) => ({
  candidates: [{ index, content: { role: 'model', parts: [part] }, ...more }],
  modelVersion: GEMINI,
  responseId: 'r1',
});
const usageMetadata = { promptTokenCount: 10, candidatesTokenCount: 40, totalTokenCount: 50 };
const call = (city: string) => ({ functionCall: { name: 'weather', args: { city } } });
const STOP = { finishReason: 'STOP' };

describe('the OpenAI SDK, that asks Gemini for several answers', () => {
  let room: ForeignRoom;
  let openai: OpenAI;
  beforeAll(async () => {
    room = await startForeignRoom();
    openai = new OpenAI({ baseURL: `${room.url}/v1`, apiKey: 'k', maxRetries: 0 });
  });
  afterAll(() => room.stop());

  const ask = {
    model: GEMINI,
    n: 2,
    max_tokens: 100,
    messages: [{ role: 'user' as const, content: 'hi' }],
    tools: [{ type: 'function' as const, function: { name: 'weather', parameters: {} } }],
  };

  test('reads each by its index, streamed and in one body, and is billed for all of them once', async () => {
    room.say({ words: ['Hel', 'lo'], others: [['Bon', 'jour']] });
    const whole = await openai.chat.completions.create(ask);
    const streamed = await openai.chat.completions
      .stream({ ...ask, stream_options: { include_usage: true } })
      .finalChatCompletion();
    for (const { choices, usage } of [whole, streamed]) {
      expect(choices).toMatchObject([
        { index: 0, finish_reason: 'stop', message: { content: 'Hello' } },
        { index: 1, finish_reason: 'stop', message: { content: 'Bonjour' } },
      ]);
      expect(usage?.completion_tokens).toBe(USED.output);
    }
    expect(room.asked()['generationConfig']).toMatchObject({ candidateCount: 2 });
    expect(await room.room.last()).toMatchObject({ tokens: { output: USED.output } });
  });

  test('hears the calls of each, and the first of each alone where it wants one at a time', async () => {
    room.upstream.script = {
      chunks: [
        chunk(candidate(0, call('Rome'))),
        chunk(candidate(1, call('Oslo'))),
        chunk(candidate(1, call('Bern'))),
        chunk(candidate(0, call('Kyiv'), STOP)),
        chunk({ ...candidate(1, { text: '' }, STOP), usageMetadata }),
      ],
    };
    const citiesOf = (completion: OpenAI.ChatCompletion) =>
      completion.choices.map(({ message, finish_reason }) => [
        finish_reason,
        (message.tool_calls ?? []).map((one) =>
          one.type === 'function' ? one.function.arguments : '',
        ),
      ]);
    const all = await openai.chat.completions.stream(ask).finalChatCompletion();
    expect(citiesOf(all)).toEqual([
      ['tool_calls', ['{"city":"Rome"}', '{"city":"Kyiv"}']],
      ['tool_calls', ['{"city":"Oslo"}', '{"city":"Bern"}']],
    ]);
    const one = { ...ask, parallel_tool_calls: false };
    const { data, response } = await openai.chat.completions.create(one).withResponse();
    expect(citiesOf(data)).toEqual([
      ['tool_calls', ['{"city":"Rome"}']],
      ['tool_calls', ['{"city":"Oslo"}']],
    ]);
    expect(response.headers.get('x-sluice-emulated')).toBe('parallel_tool_calls');
  });
});

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
beforeEach(() => void (room = engineRoom(upstream.url)));
afterAll(() => upstream.stop());

/** An answer of Gemini, asked in chat completions. */
const chat = async (fields: object) =>
  await room.call(
    { model: GEMINI, max_tokens: 1_000, ...fields },
    { dialect: async () => await Promise.resolve(dialectAt('/v1/chat/completions')) },
  );
const dialectAt = (path: string) => {
  const route = ROUTES[path];
  if (route === undefined) throw new Error(path);
  return route.dialect;
};

/** An answer of OpenAI, asked in the words of Google. */
const contents = async (candidateCount: number, isStream: boolean) =>
  await room.send(
    Buffer.from(
      JSON.stringify({
        contents: [{ role: 'user', parts: [{ text: 'hi' }] }],
        generationConfig: { candidateCount, maxOutputTokens: 1_000 },
      }),
    ),
    {
      wire: 'gemini',
      path: { model: GPT, isStream },
      dialect: async () => await Promise.resolve(dialectAt(':generateContent')),
    },
  );

test.each([
  ['fewer answers than were asked for', 3, ['Bonjour']],
  ['more answers than were asked for', 2, ['Bonjour']],
] as const)('a provider of %s is billed by what it counts', async (problem, n, others) => {
  await room.mint();
  const said = ['Hello', 'Bonjour', ...(problem.startsWith('more') ? ['Hola'] : [])];
  upstream.script = {
    chunks: [
      ...said.map((text, index) => chunk(candidate(index, { text }, STOP))),
      chunk({ candidates: [], usageMetadata }),
    ],
  };
  for (const stream of [false, true]) {
    const heard = heardInChat(await textOf(await chat({ n, stream })), stream);
    expect(heard).toMatchObject({ words: 'Hello', others });
    expect(await room.last()).toMatchObject({
      status: 'completed',
      estimated: false,
      tokens: { input: 10, output: 40 },
    });
  }
});

test('words of one answer never reach another, and the end of one is not the end of all', async () => {
  await room.mint();
  const choice = (index: number, delta: object, finish_reason: string | null = null) =>
    chunk({ id: 'c', choices: [{ index, delta, finish_reason }] });
  upstream.script = {
    chunks: [
      choice(1, { content: 'B1 ' }),
      choice(0, { content: 'A1 ' }),
      choice(1, {}, 'length'),
      choice(0, { content: 'A2' }),
      chunk({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 40 } }),
      'data: [DONE]\n\n',
    ],
  };
  const text = await textOf(await contents(2, true));
  expect(heardInContents(text, true)).toMatchObject({ words: 'A1 A2', others: ['B1 '] });
  expect(text.match(/"finishReason":"\w+","index":\d/g)).toEqual([
    '"finishReason":"STOP","index":0',
    '"finishReason":"MAX_TOKENS","index":1',
  ]);
  expect(text.match(/usageMetadata/g)).toHaveLength(1);
});

describe('what several answers may cost', () => {
  /** Of gemini-2.5-flash, nano-USD a token. */
  const OUTPUT_RATE = 2_500;

  const heldFor = async (n: number): Promise<number> => {
    room = engineRoom(upstream.url);
    await room.mint();
    upstream.script = { chunks: [chunk(candidate(0, { text: 'Hel' }))], ending: 'hang' };
    const { body } = await chat({ n, stream: true });
    if (body instanceof Uint8Array) throw new Error('no stream');
    const pieces = body[Symbol.asyncIterator]();
    await pieces.next();
    const { heldNanoUsd } = await room.state();
    await pieces.return?.();
    expect((await room.state()).heldNanoUsd).toBe(0);
    return heldNanoUsd;
  };

  test('is held: the output of each', async () => {
    const [one, three] = [await heldFor(1), await heldFor(3)];
    // The input is a field longer.
    const fieldRest = three - one - 2 * 1_000 * OUTPUT_RATE;
    expect(fieldRest).toBeGreaterThanOrEqual(0);
    expect(fieldRest).toBeLessThan(100 * OUTPUT_RATE);
  });

  test('is refused where the cap affords fewer, before the provider is asked', async () => {
    await room.mint({ capNanoUsd: 2 * 1_000 * OUTPUT_RATE + 200_000 });
    const asked = upstream.requests.length;
    await expect(chat({ n: 3 })).rejects.toMatchObject({ status: 402 });
    expect(upstream.requests.length).toBe(asked);
    upstream.script = {
      chunks: [
        chunk({
          ...candidate(0, { text: 'Hello' }, STOP),
          usageMetadata: { ...usageMetadata, candidatesTokenCount: 2_000, totalTokenCount: 2_010 },
        }),
      ],
    };
    await textOf(await chat({ n: 2 }));
    expect(await room.last()).toMatchObject({ estimated: false, tokens: { output: 2_000 } });
  });

  test('is charged for answers that had not begun when their caller left', async () => {
    await room.mint();
    upstream.script = {
      chunks: [
        chunk({
          ...candidate(0, { text: 'Hello' }, STOP),
          usageMetadata: { ...usageMetadata, candidatesTokenCount: 2, totalTokenCount: 12 },
        }),
      ],
      ending: 'hang',
    };
    const { body } = await chat({ n: 8, stream: true });
    if (body instanceof Uint8Array) throw new Error('no stream');
    const pieces = body[Symbol.asyncIterator]();
    await pieces.next();
    await pieces.return?.();
    expect(await room.last()).toMatchObject({ estimated: true });
  });
});

test.each([
  ['claude-sonnet-4-5', 2],
  ['bedrock/us.amazon.nova-pro-v1:0', 2],
  [GEMINI, 9],
])('%s: more than it gives (%i) is refused by the name of the field', async (model, n) => {
  await room.mint();
  const failure = chat({ model, n });
  await expect(failure).rejects.toBeInstanceOf(AppError);
  await expect(failure).rejects.toMatchObject({ status: 400, facts: { param: 'n' } });
});
