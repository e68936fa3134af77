import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { ApiError, FunctionCallingConfigMode, GoogleGenAI, type Content } from '@google/genai';
import { generateText, isStepCount, jsonSchema, Output, streamText, tool } from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { sharedE2e } from '../support/e2e.ts';

const MODEL = 'gemini-2.5-flash';
const WEATHER = {
  name: 'weather',
  description: 'Says the weather of a city',
  parametersJsonSchema: {
    type: 'object',
    properties: { city: { type: 'string' } },
    required: ['city'],
  },
};
const CITY = {
  type: 'object',
  properties: { city: { type: 'string' }, people: { type: 'integer' } },
  required: ['city', 'people'],
} as const;
const city = z.object({ city: z.string(), people: z.int() });

const googleError = z.object({
  error: z.object({
    code: z.int(),
    message: z.string(),
    status: z.string(),
    details: z.array(z.looseObject({ '@type': z.string() })),
  }),
});

const e2e = sharedE2e();
let secret = '';
beforeAll(async () => {
  await e2e.start();
  ({ secret } = await e2e.mint({ user_id: 'gem', max_spend_usd: 100 }));
});
afterAll(async () => await e2e.stop());

/** What a client's call is refused with, as Google words it. */
const refusal = async (call: Promise<unknown>) => {
  const error: unknown = await call.then(
    () => null,
    (failure: unknown) => failure,
  );
  if (!(error instanceof ApiError)) throw new Error('no error of the SDK', { cause: error });
  return { status: error.status, ...googleError.parse(JSON.parse(error.message)) };
};

describe.each(['v1', 'v1beta'])('the client of Google with version %s', (apiVersion) => {
  const ai = (key = secret) =>
    new GoogleGenAI({
      apiKey: key,
      apiVersion,
      httpOptions: { baseUrl: e2e.stack.baseUrl },
    });

  test('is answered, and its call is on the key', async () => {
    const before = await e2e.own(secret);
    const answer = await ai().models.generateContent({ model: MODEL, contents: 'echo one two' });
    expect(answer.text).toBe('one two');
    expect(answer.usageMetadata?.promptTokenCount).toBeGreaterThan(0);
    expect((await e2e.own(secret)).spent_micros).toBeGreaterThan(before.spent_micros);
  });

  test('reads a stream to its end', async () => {
    const stream = await ai().models.generateContentStream({ model: MODEL, contents: 'long' });
    let text = '';
    let chunks = 0;
    let reason: string | undefined;
    for await (const chunk of stream) {
      text += chunk.text ?? '';
      chunks += 1;
      reason = chunk.candidates?.[0]?.finishReason ?? reason;
    }
    expect(chunks).toBeGreaterThan(10);
    expect(text).toContain('What it costs');
    expect(reason).toBe('STOP');
  });

  test('calls a tool and goes on from its result, its mark given back', async () => {
    const config = {
      tools: [{ functionDeclarations: [WEATHER] }],
      toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
    };
    const asked: Content = { role: 'user', parts: [{ text: 'weather in "Oslo" by the tool' }] };
    const first = await ai().models.generateContent({ model: MODEL, contents: [asked], config });
    const [call] = first.functionCalls ?? [];
    expect(call).toMatchObject({ name: 'weather', args: { city: 'Oslo' } });
    const said = first.candidates?.[0]?.content;
    expect(said?.parts?.[0]?.thoughtSignature).toBeTruthy();
    const second = await ai().models.generateContent({
      model: MODEL,
      contents: [
        asked,
        said ?? {},
        {
          role: 'user',
          parts: [{ functionResponse: { name: 'weather', response: { output: 'snow' } } }],
        },
      ],
      config,
    });
    expect(second.text).toContain('snow');
  });

  test('gets JSON of a schema', async () => {
    const { text } = await ai().models.generateContent({
      model: MODEL,
      contents: 'a city',
      config: { responseMimeType: 'application/json', responseJsonSchema: CITY },
    });
    expect(city.safeParse(JSON.parse(text ?? '')).success).toBe(true);
  });

  test('counts tokens for nothing', async () => {
    const before = await e2e.own(secret);
    const { totalTokens } = await ai().models.countTokens({ model: MODEL, contents: 'one two' });
    expect(totalTokens).toBeGreaterThan(1);
    expect((await e2e.own(secret)).spent_micros).toBe(before.spent_micros);
  });

  test('makes vectors of texts, paid by their tokens', async () => {
    const before = await e2e.own(secret);
    const { embeddings = [] } = await ai().models.embedContent({
      model: 'gemini-embedding-001',
      contents: ['one '.repeat(50), 'two'],
      config: { taskType: 'CLUSTERING', outputDimensionality: 64 },
    });
    expect(embeddings.map(({ values }) => values?.length)).toEqual([64, 64]);
    expect((await e2e.own(secret)).spent_micros).toBeGreaterThan(before.spent_micros);
  });

  test('lists the models that it may call, and reads one', async () => {
    const names: string[] = [];
    for await (const model of await ai().models.list({ config: { pageSize: 20 } }))
      names.push(model.name ?? '');
    expect(names).toEqual(
      expect.arrayContaining([
        `models/${MODEL}`,
        'models/gpt-4o-mini',
        'models/gemini-embedding-001',
      ]),
    );
    const one = await ai().models.get({ model: MODEL });
    expect(one).toMatchObject({
      name: `models/${MODEL}`,
      supportedActions: ['generateContent', 'countTokens'],
    });
  });

  test("calls, counts and lists the project's names as models", async () => {
    const routeTo = async (kind: string, model: string): Promise<string> => {
      const name = `${kind}-${apiVersion}`;
      const plan = { targets: [{ model: 'nowhere/model' }, { model }] };
      const made = await e2e.admin('POST', '/v1/routes', { name, default: plan });
      expect(made.status, await made.text()).toBe(201);
      return name;
    };
    const talk = await routeTo('gem-talk', 'claude-haiku-4-5');
    const vectors = await routeTo('gem-vectors', 'gemini-embedding-001');
    const names = [talk, vectors];
    const { models } = ai((await e2e.mint({ allowed_models: names })).secret);
    const listed = new Map<string | undefined, readonly string[] | undefined>();
    for await (const { name, supportedActions } of await models.list())
      listed.set(name, supportedActions);
    expect([...listed]).toEqual([
      [`models/${talk}`, ['generateContent', 'countTokens']],
      [`models/${vectors}`, ['embedContent', 'batchEmbedContents']],
    ]);
    expect(await models.get({ model: talk })).toMatchObject({ name: `models/${talk}` });
    const { totalTokens } = await models.countTokens({ model: talk, contents: 'one two' });
    expect(totalTokens).toBeGreaterThan(1);
    const { text } = await models.generateContent({ model: talk, contents: 'echo one two' });
    expect(text).toBe('one two');
    const { embeddings = [] } = await models.embedContent({ model: vectors, contents: 'one' });
    expect(embeddings[0]?.values?.length).toBeGreaterThan(0);
    const wrong = await refusal(models.embedContent({ model: talk, contents: 'one' }));
    expect(wrong).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining('POST /v1/chat/completions') },
    });
  });

  test('reaches a model of another family, and counts its tokens', async () => {
    const model = 'claude-haiku-4-5';
    const { text } = await ai().models.generateContent({ model, contents: 'echo one two' });
    expect(text).toBe('one two');
    expect(
      (await ai().models.countTokens({ model, contents: 'one two' })).totalTokens,
    ).toBeGreaterThan(1);
  });

  test('reads the errors of the provider, and ours in the same shape', async () => {
    const { models } = ai();
    const limited = await refusal(models.generateContent({ model: MODEL, contents: 'fail 429' }));
    expect(limited).toMatchObject({
      status: 429,
      error: { code: 429, status: 'RESOURCE_EXHAUSTED' },
    });
    expect(limited.error.details).toMatchObject([{ retryDelay: '1s' }]);
    const search = { tools: [{ googleSearch: {} }] };
    const refused = await refusal(
      models.generateContent({ model: MODEL, contents: 'hi', config: search }),
    );
    expect(refused).toMatchObject({
      status: 400,
      error: {
        status: 'INVALID_ARGUMENT',
        details: [{ reason: 'FEATURE_NOT_PRICED', metadata: { param: 'tools.0.googleSearch' } }],
      },
    });
    const stranger = await refusal(
      ai('AIza-nobody').models.generateContent({ model: MODEL, contents: 'hi' }),
    );
    expect(stranger).toMatchObject({ status: 401, error: { status: 'UNAUTHENTICATED' } });
  });

  test('hears of its cap as a 402, streamed or not', async () => {
    const poor = await e2e.mint({ user_id: 'poor', max_spend_usd: '0.000000001' });
    const { models } = ai(poor.secret);
    for (const call of [models.generateContent.bind(models), models.generateContentStream]) {
      const refused = await refusal(call({ model: MODEL, contents: 'hi' }));
      expect(refused).toMatchObject({
        status: 402,
        error: {
          code: 402,
          status: 'FAILED_PRECONDITION',
          details: [{ reason: 'REQUEST_EXCEEDS_BUDGET', domain: 'sluice' }],
        },
      });
    }
  });
});

test('who asks for a stream without events gets its chunks as one list', async () => {
  const path = `/v1beta/models/${MODEL}:streamGenerateContent`;
  const answer = await fetch(`${e2e.stack.baseUrl}${path}`, {
    method: 'POST',
    headers: { 'x-goog-api-key': secret, 'content-type': 'application/json' },
    body: JSON.stringify({ contents: { parts: { text: 'echo one two three four five' } } }),
  });
  expect(answer.headers.get('content-type')).toContain('application/json');
  const chunks: unknown = await answer.json();
  expect(chunks).toBeInstanceOf(Array);
  expect(JSON.stringify(chunks)).toContain('"finishReason":"STOP"');
});

test('a key in the address is no key, and the answer says where it belongs', async () => {
  const path = `/v1beta/models/${MODEL}:generateContent?key=${secret}`;
  const answer = await fetch(`${e2e.stack.baseUrl}${path}`, {
    method: 'POST',
    body: JSON.stringify({ contents: [{ parts: [{ text: 'hi' }] }] }),
  });
  const text = await answer.text();
  expect(answer.status).toBe(401);
  expect(text).toContain('x-goog-api-key');
  expect(text).not.toContain(secret);
});

describe('the AI SDK’s provider for Google', () => {
  const model = () =>
    createGoogleGenerativeAI({ apiKey: secret, baseURL: `${e2e.stack.baseUrl}/v1beta` })(MODEL);
  const weather = tool({
    description: 'Says the weather of a city',
    inputSchema: jsonSchema<{ city: string }>({ ...WEATHER.parametersJsonSchema, type: 'object' }),
    execute: async ({ city: name }) => await Promise.resolve(`snow in ${name}`),
  });

  test('streams words', async () => {
    const { textStream, finishReason } = streamText({ model: model(), prompt: 'echo one two' });
    let text = '';
    for await (const words of textStream) text += words;
    expect(text).toBe('one two');
    expect(await finishReason).toBe('stop');
  });

  test('runs a tool and goes on', async () => {
    const { text, steps } = await generateText({
      model: model(),
      prompt: 'weather in "Oslo" by the tool',
      tools: { weather },
      stopWhen: isStepCount(3),
    });
    expect(steps).toHaveLength(2);
    expect(text).toContain('snow in Oslo');
  });

  test('gets an object of a schema', async () => {
    const { output } = await generateText({
      model: model(),
      prompt: 'a city',
      output: Output.object({ schema: jsonSchema<z.infer<typeof city>>(CITY) }),
    });
    expect(city.safeParse(output).success).toBe(true);
  });
});
