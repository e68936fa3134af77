import { afterAll, beforeEach, expect, test } from 'vitest';
import { openaiEmbeddings } from '../../../lambdas/inference/wires/openai-embeddings/wire.ts';
import { bytesOf, unitRoom, type UnitRoom } from '../../support/unit-room.ts';

let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
});
afterAll(() => room.stop());

const MODEL = 'text-embedding-3-small';
const ANSWER = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }],
  model: MODEL,
  usage: { prompt_tokens: 5, total_tokens: 5 },
};
const embed = async (body: object) => await room.ask(openaiEmbeddings, { model: MODEL, ...body });

test('each form of an input passes as it came, is held by its bound and paid by its count', async () => {
  await room.mint();
  for (const input of ['hello world', ['a', 'b'], [1, 2, 3], [[1], [2, 3]]]) {
    room.json(ANSWER);
    const answer = await embed({ input, encoding_format: 'base64', dimensions: 256, user: 'ada' });
    expect(JSON.parse((await bytesOf(answer)).toString('utf8'))).toEqual(ANSWER);
    expect(JSON.parse(room.calls.at(-1)?.body.toString('utf8') ?? '')).toEqual({
      model: MODEL,
      input,
      encoding_format: 'base64',
      dimensions: 256,
      user: 'ada',
    });
    // 5 tokens at $0.02 a million.
    expect(await room.last()).toMatchObject({
      costNanoUsd: 100,
      estimated: false,
      tokens: { input: 5, output: 0 },
    });
    expect(answer.headers['x-sluice-cost-micros']).toBe('1');
  }
  expect((await room.state()).spentNanoUsd).toBe(400);
  expect((await room.state()).heldNanoUsd).toBe(0);
});

test('an answer without a count costs what was held, and says that it is an estimate', async () => {
  await room.mint();
  room.json({ ...ANSWER, usage: undefined });
  await bytesOf(await embed({ input: 'four' }));
  // Four bytes and two tokens around them.
  expect(await room.last()).toMatchObject({ costNanoUsd: 120, estimated: true });
});

test.each([
  ['negative', { prompt_tokens: -5 }],
  ['a fraction', { prompt_tokens: 1.5 }],
  ['a text', { prompt_tokens: '5' }],
  ['more than can be', { prompt_tokens: 90_000_000 }],
  ['zero', { prompt_tokens: 0, total_tokens: 0 }],
])('a count that is %s is none', async (_what, usage) => {
  await room.mint();
  room.json({ ...ANSWER, usage });
  await bytesOf(await embed({ input: 'four' }));
  expect(await room.last()).toMatchObject({ costNanoUsd: 120, estimated: true });
});

test('an answer of any size passes byte for byte, and its count is found wherever it is', async () => {
  await room.mint();
  const numbers = Array.from({ length: 300_000 }, (_none, index) => index / 7);
  for (const body of [
    { ...ANSWER, data: [{ embedding: numbers, index: 0 }] },
    { usage: ANSWER.usage, note: 'a "quoted\\" } text', data: [{ embedding: numbers }] },
  ]) {
    room.json(body);
    const answer = await embed({ input: 'hello' });
    expect((await bytesOf(answer)).toString('utf8')).toBe(JSON.stringify(body));
    expect(await room.last()).toMatchObject({ costNanoUsd: 100, estimated: false });
  }
});

test('a budget that does not afford the bound refuses before the provider is asked', async () => {
  await room.mint({ capNanoUsd: 1_000 });
  await expect(embed({ input: 'x'.repeat(100) })).rejects.toMatchObject({
    code: 'request_exceeds_budget',
  });
  expect(room.calls).toEqual([]);
  room.json(ANSWER);
  // 48 bytes and two tokens: exactly the cap.
  await bytesOf(await embed({ input: 'x'.repeat(48) }));
  expect((await room.state()).spentNanoUsd).toBe(100);
});

test('a field that nobody here knows is refused by its name on a capped key, and passes on another', async () => {
  await room.mint();
  await expect(embed({ input: 'a', late_chunking: true })).rejects.toMatchObject({
    code: 'feature_not_priced',
    facts: { param: 'late_chunking' },
  });
  expect(room.calls).toEqual([]);
});

test('a key without a cap calls a model without a price, and sends what it likes', async () => {
  await room.mint({ capNanoUsd: null });
  room.answers((response) => response.end('{"usage":{"prompt_tokens":3}}'));
  await bytesOf(await embed({ model: 'custom/nomic', input: 'a', input_type: 'query' }));
  expect(room.calls.at(-1)?.body.toString('utf8')).toContain('"model":"nomic"');
  expect(await room.last()).toMatchObject({ costNanoUsd: 0, tokens: { input: 3 } });
});

test.each([
  ['nothing', {}, 'input'],
  ['an empty list', { input: [] }, 'input'],
  ['a list of two kinds', { input: ['a', 1] }, 'input.1'],
  ['a number', { input: 1 }, 'input'],
  ['no model', { model: '', input: 'a' }, 'model'],
])('%s in place of an input is a 400 that names the field', async (_what, body, param) => {
  await room.mint();
  await expect(embed(body)).rejects.toMatchObject({ status: 400, facts: { param } });
});

test('a model of another kind is refused with the route that calls it', async () => {
  await room.mint();
  await expect(embed({ model: 'gpt-4o-mini', input: 'a' })).rejects.toMatchObject({
    code: 'dialect_not_supported_for_model',
    publicMessage: expect.stringContaining('POST /v1/chat/completions'),
  });
  await expect(embed({ model: 'tts-1', input: 'a' })).rejects.toMatchObject({
    publicMessage: expect.stringContaining('POST /v1/audio/speech'),
  });
  await expect(room.call({ model: MODEL })).rejects.toMatchObject({
    publicMessage: expect.stringContaining('POST /v1/embeddings'),
  });
});

test.each([
  ['a page', 'text/html', '<html>busy</html>', 'provider_stream_malformed'],
  ['nothing', 'application/json', '', 'provider_stream_malformed'],
  ['an error under 200', 'application/json', '{"error":{"message":"no"}}', 'provider_error'],
])('%s in place of an answer costs nothing', async (_what, type, body, code) => {
  await room.mint();
  room.answers((response) => {
    response.writeHead(200, { 'content-type': type });
    response.end(body);
  });
  await expect(embed({ input: 'a' })).rejects.toMatchObject({ code, status: 502 });
  expect((await room.state()).spentNanoUsd).toBe(0);
  expect((await room.state()).heldNanoUsd).toBe(0);
});

test('a refusal of the provider passes, and costs nothing', async () => {
  await room.mint();
  room.answers((response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '3' });
    response.end('{"error":{"message":"slow down","code":"rate_limit_exceeded"}}');
  });
  const answer = await embed({ input: 'a' });
  expect(answer).toMatchObject({ status: 429, headers: { 'retry-after': '3' } });
  expect((await room.state()).spentNanoUsd).toBe(0);
});

test('an answer that breaks off is paid for, for its provider counted it', async () => {
  await room.mint();
  room.answers((response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"object":"list","data":[', () => response.destroy());
  });
  await expect(embed({ input: 'four' })).rejects.toMatchObject({ code: 'provider_error' });
  expect(await room.last()).toMatchObject({ status: 'provider_error', costNanoUsd: 120 });
  expect((await room.state()).heldNanoUsd).toBe(0);
});
