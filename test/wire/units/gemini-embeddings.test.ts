import { afterAll, beforeEach, expect, test } from 'vitest';
import { geminiEmbeddings } from '../../../lambdas/inference/wires/gemini/embeddings.ts';
import { bytesOf, unitRoom, type UnitRoom } from '../../support/unit-room.ts';

let room: UnitRoom;
beforeEach(async () => {
  room?.stop();
  room = await unitRoom();
  await room.mint();
});
afterAll(() => room.stop());

const MODEL = 'gemini-embedding-001';
const ANSWER = {
  embedding: { values: [0.1, 0.2] },
  usageMetadata: { promptTokenCount: 5 },
};
const ANSWERS = { embeddings: [{ values: [0.1] }], usageMetadata: { promptTokenCount: 5 } };
const textOf = (text: string) => ({ parts: [{ text }] });
const one = async (body: object, model = MODEL) =>
  await room.ask(geminiEmbeddings(model, 'embedContent'), body);
const many = async (body: object, model = MODEL) =>
  await room.ask(geminiEmbeddings(model, 'batchEmbedContents'), body);
const sent = (): unknown => JSON.parse(room.calls.at(-1)?.body.toString('utf8') ?? '');

test('a text is held by its bytes, paid by its count, and asked as the API reads it', async () => {
  room.json(ANSWER);
  const answer = await one({ content: textOf('hello'), taskType: 'RETRIEVAL_QUERY' });
  expect(JSON.parse((await bytesOf(answer)).toString('utf8'))).toEqual(ANSWER);
  expect(room.calls.at(-1)).toMatchObject({ headers: { 'x-goog-api-key': 'sk-upstream' } });
  expect(room.calls.at(-1)?.path).toMatch(/\/v1beta\/models\/gemini-embedding-001:embedContent$/);
  // 5 tokens at $0.15 a million.
  expect(await room.last()).toMatchObject({
    costNanoUsd: 750,
    estimated: false,
    tokens: { input: 5 },
  });
});

test('many texts name their model as clients do, in either case, or not at all', async () => {
  room.json(ANSWERS);
  await bytesOf(
    await many({
      requests: [
        { model: `models/${MODEL}`, content: textOf('a'), outputDimensionality: 8 },
        { content: { parts: { text: 'b' } }, task_type: 'CLUSTERING', output_dimensionality: 8 },
      ],
    }),
  );
  expect(sent()).toEqual({
    requests: [
      { model: `models/${MODEL}`, content: textOf('a'), outputDimensionality: 8 },
      {
        model: `models/${MODEL}`,
        content: textOf('b'),
        taskType: 'CLUSTERING',
        outputDimensionality: 8,
      },
    ],
  });
});

test('a name with its provider before it is called as its provider knows it', async () => {
  room.json(ANSWERS);
  const model = `google/${MODEL}`;
  await bytesOf(
    await many({ requests: [{ model: `models/${model}`, content: textOf('a') }] }, model),
  );
  expect(room.calls.at(-1)?.path).toContain(`/models/${MODEL}:batch`);
  expect(sent()).toMatchObject({ requests: [{ model: `models/${MODEL}` }] });
});

test.each([
  [
    { requests: [{ model: 'models/gemini-embedding-2', content: textOf('a') }] },
    'requests.0.model',
  ],
  [{ requests: [] }, 'requests'],
  [{ requests: [{ content: textOf('a') }, { content: {} }] }, 'requests.1.content.parts'],
  [{ content: textOf('a') }, 'requests'],
])('%j is refused by its name: the price is that of the path', async (body, param) => {
  await expect(many(body)).rejects.toMatchObject({ status: 400, facts: { param } });
  expect(room.calls).toEqual([]);
});

test.each([
  [
    { parts: [{ inlineData: { mimeType: 'image/png', data: 'AAAA' } }] },
    'content.parts.0.inlineData',
  ],
  [{ parts: [{ fileData: { fileUri: 'x' } }] }, 'content.parts.0.fileData'],
  [{ parts: [{ text: 'a', videoMetadata: {} }] }, 'content.parts.0.videoMetadata'],
])('%j has no bound, and is refused on a capped key', async (content, param) => {
  await expect(one({ content })).rejects.toMatchObject({
    code: 'feature_not_priced',
    facts: { param },
  });
  expect(room.calls).toEqual([]);
});

test.each([{}, { usageMetadata: { promptTokenCount: -1 } }, { usageMetadata: 'x' }])(
  'an answer that counts nothing (%j) costs what was held',
  async (usage) => {
    room.json({ embedding: { values: [] }, ...usage });
    await bytesOf(await one({ content: textOf('four') }));
    // Four bytes and two tokens.
    expect(await room.last()).toMatchObject({ costNanoUsd: 900, estimated: true });
  },
);

test('a budget that does not afford the bound refuses before the provider is asked', async () => {
  room.stop();
  room = await unitRoom();
  await room.mint({ capNanoUsd: 1_000 });
  await expect(one({ content: textOf('x'.repeat(100)) })).rejects.toMatchObject({
    code: 'request_exceeds_budget',
  });
  expect(room.calls).toEqual([]);
});
