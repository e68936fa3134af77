import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom, textOf } from '../../support/engine-room.ts';
import { ROUTES } from '../../support/foreign/foreign-room.ts';
import { speak, USED } from '../../support/foreign/spoken.ts';
import {
  startScriptedUpstream,
  type Script,
  type ScriptedUpstream,
} from '../../support/scripted-upstream.ts';

let upstream: ScriptedUpstream;
let room: ReturnType<typeof engineRoom>;
beforeAll(async () => void (upstream = await startScriptedUpstream()));
beforeEach(async () => {
  room = engineRoom(upstream.url);
  await room.mint();
});
afterAll(() => upstream.stop());

const DIALECTS = {
  chat: { path: '/v1/chat/completions', model: 'claude-sonnet-4-5', wire: 'anthropic-messages' },
  messages: { path: '/v1/messages', model: 'gpt-4o-mini', wire: 'openai-chat' },
  gemini: { path: ':generateContent', model: 'gpt-4o-mini', wire: 'openai-chat' },
} as const;
type Name = keyof typeof DIALECTS;
const TOO_LONG: Readonly<Record<Name, string>> = {
  chat: '"code":"context_length_exceeded"',
  messages: 'prompt is too long',
  gemini: 'input token count exceeds the maximum',
};
const USED_AS: Readonly<Record<Name, string>> = {
  chat: 'completion_tokens',
  messages: 'output_tokens',
  gemini: 'candidatesTokenCount',
};

/** Status, headers and body of a call, its errors in the shape of an answer. */
const ask = async (name: Name, stream: boolean, script: Script) => {
  upstream.script = script;
  const { path, model } = DIALECTS[name];
  const route = ROUTES[path];
  if (route === undefined) throw new Error(path);
  const dialect = async () => await Promise.resolve(route.dialect);
  const body =
    name === 'gemini'
      ? { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] }
      : { model, max_tokens: 100, messages: [{ role: 'user', content: 'hi' }], stream };
  try {
    const answer = await room.send(Buffer.from(JSON.stringify(body)), {
      wire: route.wire,
      dialect,
      ...(name === 'gemini' ? { path: { model, isStream: stream } } : {}),
    });
    return { status: answer.status, headers: answer.headers, text: await textOf(answer) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { status: error.status, headers: {}, text: error.code };
  }
};

const json = (status: number, body: unknown, headers: Record<string, string> = {}): Script => ({
  status,
  type: 'application/json',
  headers,
  chunks: [JSON.stringify(body)],
});
const errorOf = (type: string, message = 'no') => ({ type: 'error', error: { type, message } });

const nothingHeld = async (): Promise<void> => {
  const { heldNanoUsd, holdCount } = await room.state();
  expect([heldNanoUsd, holdCount]).toEqual([0, 0]);
};

describe.each(['chat', 'messages', 'gemini'] as const)('%s, of a provider on a bad day', (name) => {
  const { wire, model } = DIALECTS[name];

  test.each([
    ['a page', { type: 'text/html', chunks: ['<html>busy</html>'] }, 502],
    ['nothing', { type: 'application/json', chunks: [] }, 502],
    ['an error under a good status', json(200, errorOf('api_error')), 502],
    ['too many requests', json(429, errorOf('rate_limit_error')), 429],
    ['a body that it cannot read', json(422, errorOf('invalid_request_error')), 400],
    ['too busy', json(529, errorOf('overloaded_error')), 503],
    ['broken', json(500, errorOf('api_error')), 500],
    ['a page under an error', { status: 503, type: 'text/html', chunks: ['<html/>'] }, 503],
    ['who are you', json(401, errorOf('authentication_error', 'invalid x-api-key')), 502],
    ['go elsewhere', json(302, {}), 502],
    ['hung up', { ending: 'gone' as const }, 502],
  ])('%s: the call says so by its status and costs nothing', async (_what, script, status) => {
    for (const stream of [true, false]) {
      const answer = await ask(name, stream, script);
      expect([stream, answer.status]).toEqual([stream, status]);
      await nothingHeld();
      expect((await room.state()).spentNanoUsd).toBe(0);
    }
  });

  test.each([
    [undefined, '1'],
    ['7', '7'],
    ['600', '60'],
  ])('retry-after %s of a 429 is %s', async (told, shown) => {
    const script = json(429, errorOf('x'), told === undefined ? {} : { 'retry-after': told });
    const { headers } = await ask(name, false, script);
    expect(headers).toMatchObject({ 'retry-after': shown, 'x-should-retry': 'true' });
  });

  test('a wait in other words is told in seconds: a date, milliseconds, the details of Google', async () => {
    const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
    const late = await ask(name, false, json(503, errorOf('x'), { 'retry-after': inTwoMinutes }));
    expect(late.headers).toMatchObject({ 'retry-after': '60' });
    const hour = await ask(name, false, json(429, errorOf('x'), { 'retry-after-ms': '3600000' }));
    expect(hour.headers).toMatchObject({ 'retry-after-ms': '60000' });
    const details = [{ '@type': 'google.rpc.Help' }, { retryDelay: '33.2s' }];
    const told = await ask(name, false, json(429, { error: { message: 'quota', details } }));
    expect(told.headers).toMatchObject({ 'retry-after': '34' });
    const odd = await ask(name, false, json(429, errorOf('x'), { 'retry-after': 'tomorrow' }));
    expect(odd.headers).toMatchObject({ 'retry-after': '1' });
  });

  test.each([
    'prompt is too long: 300000 tokens > 200000 maximum',
    'input length and `max_tokens` exceed context limit: 199000 + 20000 > 200000',
    "This model's maximum context length is 128000 tokens.",
    'Your input exceeds the context window of this model.',
    'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
    'Input is too long for requested model.',
    'Input Tokens Exceeded: Number of input tokens exceeds maximum length.',
    'Too many input tokens. Max input tokens: 8192, request input token count: 9000',
    'Please reduce the length of the messages or completion.',
    "This model's maximum prompt length is 131072 but the request contains 140000 tokens.",
    'the request exceeds the available context size',
    'Invalid request: Your request exceeded model token limit: 262144',
  ])('a prompt that is too long is known by the words of the dialect: %s', async (words) => {
    const { text } = await ask(name, false, json(400, errorOf('invalid_request_error', words)));
    expect(text).toContain(TOO_LONG[name]);
  });

  test.each<(words: string) => unknown>([
    (error) => ({ error }),
    (detail) => ({ detail }),
    (msg) => ({ detail: [{ loc: ['body'], msg }] }),
    (message) => ({ errors: [{ message }] }),
    (message) => [{ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }],
    (error_msg) => ({ error_code: 1, error_msg }),
  ])('the words of a provider are told in whichever shape they come: %s', async (shape) => {
    const script = json(400, shape('Your input exceeds the context window of this model.'));
    const { status, text } = await ask(name, false, script);
    expect([status, text]).toEqual([400, expect.stringContaining(TOO_LONG[name])]);
  });

  test('too many tokens in a minute are no prompt that is too long', async () => {
    const words = 'Too many tokens, please wait before trying again.';
    const { status, text } = await ask(name, false, json(429, errorOf('x', words)));
    expect([status, text]).toEqual([429, expect.not.stringContaining(TOO_LONG[name])]);
  });

  const whole = speak(wire, model, { words: ['Hel', 'lo'] }).chunks ?? [];
  const isUsage = (chunk: string | Uint8Array): boolean =>
    /"usage":\{|message_delta/.test(String(chunk));

  test('cut in the middle: the words that came are paid, and the stream ends in an error', async () => {
    const script: Script = { chunks: whole.slice(0, 4), ending: 'cut' };
    const { status, text } = await ask(name, true, script);
    expect([status, text]).toEqual([200, expect.stringContaining('error')]);
    expect(text).not.toMatch(/\[DONE\]|message_stop|finishReason/);
    await nothingHeld();
    expect(await room.last()).toMatchObject({ status: 'provider_error', estimated: true });
  });

  test('an error in the middle ends a stream, and is a 502 of an answer in one body', async () => {
    const broken =
      wire === 'openai-chat'
        ? 'data: {"error":{"message":"broke"}}\n\n'
        : `event: error\ndata: ${JSON.stringify(errorOf('overloaded_error'))}\n\n`;
    const script: Script = { chunks: [...whole.slice(0, 4), broken] };
    const streamed = await ask(name, true, script);
    expect(streamed.text).toContain('ended its answer with an error');
    expect((await ask(name, false, script)).status).toBe(502);
    await nothingHeld();
  });

  test('usage told twice counts once, and the larger', async () => {
    const doubled = whole.flatMap((chunk) => (isUsage(chunk) ? [chunk, chunk] : [chunk]));
    await ask(name, true, { chunks: doubled });
    expect(await room.last()).toMatchObject({ estimated: false, tokens: { output: USED.output } });
  });

  test('no usage, or one below zero, is estimated and told as it is billed', async () => {
    for (const chunks of [
      whole.map((chunk) => String(chunk).replaceAll(/_tokens":\d+/g, '_tokens":null')),
      whole.map((chunk) => String(chunk).replaceAll(/_tokens":\d+/g, '_tokens":-5')),
    ]) {
      const { text } = await ask(name, false, { chunks });
      const last = await room.last();
      expect(last).toMatchObject({ estimated: true });
      expect(text).toContain(`"${USED_AS[name]}":${last?.tokens.output}`);
    }
  });

  test('a cancelled call ends its stream with the error of that, and pays what came', async () => {
    const script: Script = { chunks: whole.slice(0, 4), ending: 'hang' };
    Object.assign(room.deps.cancelFlags, { isRaised: async () => await Promise.resolve(true) });
    const { text } = await ask(name, true, script);
    expect(text).toContain('The call was cancelled.');
    expect(await room.last()).toMatchObject({ status: 'cancelled' });
    await nothingHeld();
  });
});
