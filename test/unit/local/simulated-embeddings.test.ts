import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { startSimulatedProviders } from '../../../local/providers/simulated-providers.ts';

const vector = z.object({ values: z.array(z.number()) });
const one = z.object({ embedding: vector });
const many = z.object({ embeddings: z.array(vector) });

describe('simulated embeddings', () => {
  let providers: Awaited<ReturnType<typeof startSimulatedProviders>>;
  beforeAll(async () => {
    providers = await startSimulatedProviders();
  });
  afterAll(async () => await providers.stop());

  const embed = async (model: string, dimensions?: number) =>
    await new OpenAI({ baseURL: `${providers.url}/v1`, apiKey: 'x', maxRetries: 0 }).embeddings
      .create({ model, input: ['a', 'b'], ...(dimensions && { dimensions }) })
      .then(({ data }) => data.map(({ embedding }) => embedding.length));
  const google = async (action: string, body: object) =>
    await fetch(`${providers.url}/v1beta/models/gemini-embedding-001:${action}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
  const content = { parts: [{ text: 'a' }] };

  test.each([
    ['text-embedding-3-small', 1_536],
    ['text-embedding-3-large', 3_072],
    ['text-embedding-ada-002', 1_536],
    ['another', 1_536],
  ])('of %s have %i numbers', async (model, length) => {
    expect(await embed(model)).toEqual([length, length]);
  });

  test.each([
    ['text-embedding-3-small', 1_536],
    ['text-embedding-3-large', 3_072],
    ['text-embedding-3-large', 8],
    ['another', 2_000],
  ])('of %s have as many as are asked for: %i', async (model, length) => {
    expect(await embed(model, length)).toEqual([length, length]);
  });

  test.each([
    ['text-embedding-3-small', 1_537, /Must be less than or equal to 1536/],
    ['text-embedding-3-large', 3_073, /Must be less than or equal to 3072/],
    ['text-embedding-ada-002', 1_536, /does not support specifying dimensions/],
  ])('of %s are refused with %i numbers', async (model, length, message) => {
    await expect(embed(model, length)).rejects.toMatchObject({
      status: 400,
      type: 'invalid_request_error',
      message: expect.stringMatching(message),
    });
  });

  test('of Gemini have 3,072 numbers, or fewer that are asked for, and no more', async () => {
    const told = one.parse(await (await google('embedContent', { content })).json());
    expect(told.embedding.values).toHaveLength(3_072);
    const requests = [{ content }, { content, outputDimensionality: 768 }];
    const { embeddings } = many.parse(
      await (await google('batchEmbedContents', { requests })).json(),
    );
    expect(embeddings.map(({ values }) => values.length)).toEqual([3_072, 768]);
    const refused = await google('embedContent', { content, outputDimensionality: 3_073 });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { status: 'INVALID_ARGUMENT', message: expect.stringContaining('3072') },
    });
  });
});
