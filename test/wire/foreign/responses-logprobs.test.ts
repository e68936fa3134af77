import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { bodyOf, chatRoom } from '../../support/chat-room.ts';
import { speakAt } from '../../support/foreign/foreign-room.ts';
import { LOGPROB } from '../../support/foreign/spoken-tokens.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import { expectContract } from '../../support/responses-contract.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../../support/scripted-upstream.ts';

let upstream: ScriptedUpstream;
let room: Awaited<ReturnType<typeof chatRoom>>;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  room = await chatRoom(upstream.url);
  await room.room.deps.keys.patch(PROJECT, KEY_ID, { capNanoUsd: null }, Date.now());
});
afterAll(() => upstream.stop());

/** The route itself, each answer and event held against OpenAI's document on its way. */
const asked: typeof fetch = async (input, init) => {
  const body = z.looseObject({}).parse(await new Request(input, init).json());
  const answer = await room.ask('POST /v1/responses', body);
  const text = await bodyOf(answer);
  if (body['stream'] !== true) expectContract('Response', JSON.parse(text));
  for (const line of text.split('\n'))
    if (line.startsWith('data: ')) expectContract('ResponseStreamEvent', JSON.parse(line.slice(6)));
  const type = body['stream'] === true ? 'text/event-stream' : 'application/json';
  return new Response(text, { status: answer.status, headers: { 'content-type': type } });
};
const { responses } = new OpenAI({ baseURL: 'http://sluice/v1', apiKey: 'k', fetch: asked });

const INCLUDE = 'message.output_text.logprobs';
const bytesOf = (token: string) => [...Buffer.from(token)];
const { chosen: logprob, other } = LOGPROB;
const inEvent = (token: string) => ({ token, logprob, top_logprobs: [other] });
const inPart = (token: string) => ({
  token,
  logprob,
  bytes: bytesOf(token),
  top_logprobs: [{ ...other, bytes: bytesOf(other.token) }],
});
const partsOf = ({ output }: Pick<OpenAI.Responses.Response, 'output'>) =>
  output.flatMap((item) => (item.type === 'message' ? item.content : []));

describe.each(['gpt-4o-mini', 'gemini-2.5-flash', 'ollama/qwen3'])('%s', (model) => {
  const include: OpenAI.Responses.ResponseIncludable[] = [INCLUDE];
  const ask = { model, input: 'hi', top_logprobs: 2, include };

  test('tells how likely its words are, streamed and in one body, and the response is found so', async () => {
    upstream.script = speakAt({ words: ['Hé', 'llo'], tellsLogprobs: true });
    const stream = responses.stream(ask);
    const deltas: object[] = [];
    const ends: object[] = [];
    stream.on('response.output_text.delta', ({ delta, logprobs }) => {
      deltas.push({ delta, logprobs });
    });
    stream.on('response.output_text.done', ({ text, logprobs }) => {
      ends.push({ text, logprobs });
    });
    const streamed = await stream.finalResponse();
    expect(deltas).toEqual([
      { delta: 'Hé', logprobs: [inEvent('Hé')] },
      { delta: 'llo', logprobs: [inEvent('llo')] },
    ]);
    expect(ends).toEqual([{ text: 'Héllo', logprobs: [inEvent('Hé'), inEvent('llo')] }]);
    const whole = await responses.create(ask);
    for (const response of [streamed, whole]) {
      expect(response.top_logprobs).toBe(2);
      expect(partsOf(response)).toMatchObject([
        { text: 'Héllo', logprobs: [inPart('Hé'), inPart('llo')] },
      ]);
    }
    const found = await room.ask(
      'GET /v1/responses/{response_id}',
      {},
      { params: { response_id: whole.id } },
    );
    expect(JSON.parse(JSON.stringify(found.body))).toMatchObject({ output: whole.output });
  });

  test.each([
    ['asks for the tokens in their place', { top_logprobs: 2 }, 2],
    ['asks for no more than that', { include }, 0],
  ])('who %s is told as much', async (_, fields, top) => {
    upstream.script = speakAt({ words: ['so'], tellsLogprobs: true });
    const told = await responses.create({ model, input: 'hi', ...fields });
    expect(partsOf(told)).toMatchObject([{ text: 'so', logprobs: [inPart('so')] }]);
    expect(told.top_logprobs).toBe(top);
    const config = model.startsWith('gemini')
      ? { generationConfig: { responseLogprobs: true, ...(top === 0 ? {} : { logprobs: top }) } }
      : { logprobs: true, ...(top === 0 ? {} : { top_logprobs: top }) };
    expect(upstream.requests.at(-1)?.body).toMatchObject(config);
  });

  test('is not asked by who does not ask, and what it tells all the same is not shown', async () => {
    upstream.script = speakAt({ words: ['so'], tellsLogprobs: true });
    const told = await responses.create({ model, input: 'hi', top_logprobs: 0, include: [] });
    expect(partsOf(told)).toEqual([
      { type: 'output_text', text: 'so', annotations: [], logprobs: [] },
    ]);
    expect(JSON.stringify(upstream.requests.at(-1)?.body)).not.toMatch(/logprobs/i);
  });

  test('what a model is told of the answer later, and what a list has, are its words alone', async () => {
    upstream.script = speakAt({ words: ['so'], tellsLogprobs: true });
    const { id } = await responses.create(ask);
    await responses.create({ model, input: 'and?', previous_response_id: id });
    expect(JSON.stringify(upstream.requests.at(-1)?.body)).not.toContain(String(logprob));
    const thread_id = `thread_${id.replace(/^resp_(.*)_\d+$/, '$1')}`;
    const page = await room.ask(
      'GET /v1/threads/{thread_id}/messages',
      {},
      { params: { thread_id } },
    );
    expect(await bodyOf(page)).not.toContain(String(logprob));
  });
});

test.each([
  'gpt-5-mini',
  'claude-opus-5',
  'bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0',
  'bedrock/us.amazon.nova-pro-v1:0',
  'deepseek-v4-flash',
])('%s tells none: the field that asks is named, and nothing is asked', async (model) => {
  const before = upstream.requests.length;
  const post = async (fields: object) =>
    await room.ask('POST /v1/responses', { model, input: 'hi', ...fields });
  const include = ['reasoning.encrypted_content', INCLUDE];
  for (const [fields, param] of [
    [{ include }, 'include.1'],
    [{ top_logprobs: 1 }, 'top_logprobs'],
    [{ top_logprobs: 1, include: include.slice(0, 1) }, 'top_logprobs'],
    [{ top_logprobs: 21 }, 'top_logprobs'],
  ] as const) {
    const error: unknown = await post(fields).catch((thrown: unknown) => thrown);
    if (!(error instanceof AppError)) throw new Error(`${param} is not refused`);
    expect([error.status, error.facts['param'], error.publicMessage]).toEqual([
      400,
      param,
      expect.stringContaining(param),
    ]);
  }
  expect(upstream.requests.length).toBe(before);
});

test('of thousands of tokens that come at once each is told, and is in a log that holds them', async () => {
  const tokens = Array.from({ length: 3_000 }, (_, at) => ({
    token: `t${at} `,
    logProbability: -0.5,
  }));
  const candidates = Array.from({ length: 20 }, (_, at) => ({
    token: 'another token'.repeat(3) + at,
    logProbability: -3,
  }));
  upstream.script = {
    chunks: [
      { content: { role: 'model', parts: [{ text: tokens.map(({ token }) => token).join('') }] } },
      {
        content: { role: 'model' },
        finishReason: 'STOP',
        logprobsResult: {
          chosenCandidates: tokens,
          topCandidates: tokens.map(() => ({ candidates })),
        },
      },
    ].map((candidate) => `data: ${JSON.stringify({ candidates: [candidate] })}\r\n\r\n`),
  };
  const told = await responses.create({
    model: 'gemini-2.5-flash',
    input: 'hi',
    top_logprobs: 20,
    include: [INCLUDE],
  });
  const [part] = partsOf(told);
  expect(part?.type === 'output_text' ? part.logprobs?.map(({ token }) => token) : null).toEqual(
    tokens.map(({ token }) => token),
  );
  const values = Object.values(room.tables.items)
    .flatMap((items) => [...items.values()])
    .flatMap((item) => Object.values(item));
  const largest = Math.max(
    ...values.map((value) => (value instanceof Uint8Array ? value.length : String(value).length)),
  );
  expect(largest).toBeLessThan(400_000);
});
