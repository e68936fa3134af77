import { randomBytes } from 'node:crypto';
import { APIError, toFile } from 'openai';
import { afterAll, beforeAll, expect } from 'vitest';
import * as z from 'zod';
import { laptopTest } from '../support/deployed-stage.ts';
import { sharedE2e, say } from '../support/e2e.ts';
import { silentMp3, silentWave } from '../support/sounds.ts';
import { allFrames, threadClient } from '../support/thread-client.ts';

const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const WHY = 'a deployed stage has one provider';
const CLAUDE = 'claude-haiku-4-5';
const message = z.looseObject({ model: z.string(), route: z.string().optional() });

/** A name of its own: several suites share the stack's project. */
const routeTo = async (targets: readonly string[], fields: object = {}): Promise<string> => {
  const name = `route-${randomBytes(6).toString('hex')}`;
  const plan = { targets: targets.map((model) => ({ model })) };
  const answer = await e2e.admin('POST', '/v1/routes', { name, default: plan, ...fields });
  expect(answer.status, await answer.text()).toBe(201);
  return name;
};

laptopTest(
  "one name is another model for each tier, in each official SDK's own words",
  WHY,
  async () => {
    const free = { targets: [{ model: 'gpt-4o-mini' }] };
    const name = await routeTo([CLAUDE], { tiers: { free } });
    const keys = await Promise.all([e2e.mint({ tier: 'free' }), e2e.mint({ tier: 'paid' })]);
    const asked = { ...say('hello'), model: name };
    const seen: unknown[] = [];
    for (const { secret } of keys) {
      const { data, response } = await e2e
        .openai(secret, 0)
        .chat.completions.create(asked)
        .withResponse();
      expect(data.choices[0]?.message.content).toBeTruthy();
      const stream = await e2e
        .openai(secret, 0)
        .chat.completions.create({ ...asked, stream: true })
        .withResponse();
      let words = '';
      for await (const chunk of stream.data) words += chunk.choices[0]?.delta.content ?? '';
      expect(words).toBeTruthy();
      expect(stream.response.headers.get('x-sluice-route')).toBe(
        response.headers.get('x-sluice-route'),
      );
      const told = await e2e.anthropic(secret, 0).messages.create(asked).withResponse();
      expect(told.data.content[0]).toMatchObject({ type: 'text' });
      const streamed = await e2e.anthropic(secret, 0).messages.stream(asked).finalMessage();
      expect(streamed.stop_reason).toBe('end_turn');
      seen.push([
        response.headers.get('x-sluice-route'),
        told.response.headers.get('x-sluice-route'),
      ]);
    }
    expect(seen).toEqual([
      Array(2).fill(`${name}; tier=free; used=gpt-4o-mini`),
      Array(2).fill(`${name}; tier=paid; used=${CLAUDE}`),
    ]);
  },
);

laptopTest(
  'an SDK that hears of no failure is answered by the next model, which is what is paid',
  WHY,
  async () => {
    const name = await routeTo(['gpt-4o-mini', CLAUDE], { retries: 0 });
    const { secret } = await e2e.mint();
    const asked = { ...say('fail'), model: name };
    const { data, response } = await e2e
      .openai(secret, 0)
      .chat.completions.create(asked)
      .withResponse();
    expect(data.model).toBe(CLAUDE);
    const way = `${name}; try=gpt-4o-mini:500; used=${CLAUDE}`;
    expect(response.headers.get('x-sluice-route')).toBe(way);
    const id = response.headers.get('x-request-id') ?? '';
    const call = await e2e.api('GET', `/v1/calls/${id}`, secret);
    expect(await call.json()).toMatchObject({ model: CLAUDE, provider: 'anthropic', route: way });
    const { spent_micros, held_micros } = await e2e.own(secret);
    expect(spent_micros).toBe(Number(response.headers.get('x-sluice-cost-micros')));
    expect(held_micros).toBe(0);

    const client = threadClient(e2e, secret);
    const thread = await client.open({ title: 'routed' });
    await allFrames(await client.post(thread, 'fail', { model: name }));
    const history = await client.api('GET', `/v1/threads/${thread}/messages`);
    const { data: rows } = z
      .object({ data: z.array(z.looseObject({})) })
      .parse(await history.json());
    expect(message.parse(rows.at(-1))).toMatchObject({ model: CLAUDE, route: way });
    const answered = await e2e.openai(secret, 0).responses.create({ model: name, input: 'fail' });
    expect(answered.output_text).toBeTruthy();
  },
);

const BY = ['x-sluice-model', 'x-sluice-provider', 'x-sluice-route', 'x-sluice-simulated'];
const answererIn = (headers: Headers) => BY.map((header) => headers.get(header));

laptopTest(
  'a turn says who answers it in its headers and in its last event, in each dialect of threads',
  WHY,
  async () => {
    const name = await routeTo(['nowhere/model', CLAUDE]);
    const { secret } = await e2e.mint();
    const route = `${name}; skip=nowhere/model:model_not_found; used=${CLAUDE}`;
    const by = [CLAUDE, 'anthropic', route, 'true'];
    const told = { model: CLAUDE, provider: 'anthropic', route, simulated: true };

    const client = threadClient(e2e, secret);
    const thread = await client.open({ title: 'routed' });
    const streamed = await client.post(thread, 'hello', { model: name });
    expect(answererIn(streamed.headers)).toEqual(by);
    const frames = await allFrames(streamed);
    expect(frames.at(-1)?.data).toMatchObject({ type: 'run.completed', ...told });
    const whole = await client.post(thread, 'hello', { model: name, stream: false });
    expect(answererIn(whole.headers)).toEqual(by);
    expect(await whole.json()).toMatchObject({ model: CLAUDE, route });
    const plain = await client.post(thread, 'hello', { model: CLAUDE });
    expect(answererIn(plain.headers)).toEqual([CLAUDE, 'anthropic', null, 'true']);
    await allFrames(plain);

    const { responses } = e2e.openai(secret, 0);
    const asked = { model: name, input: 'hello' };
    const { data, response } = await responses.create(asked).withResponse();
    expect(answererIn(response.headers)).toEqual(by);
    expect(data.model).toBe(CLAUDE);
    expect((await responses.retrieve(data.id)).model).toBe(CLAUDE);
    const stream = await responses.create({ ...asked, stream: true }).withResponse();
    expect(answererIn(stream.response.headers)).toEqual(by);
    const events: { type: string; response?: { model: string } }[] = [];
    for await (const event of stream.data) events.push(event);
    expect(events.at(-1)).toMatchObject({
      type: 'response.completed',
      response: { model: CLAUDE },
    });

    const chat = await fetch(`${e2e.stack.baseUrl}/v1/ai/chat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}` },
      body: JSON.stringify({
        id: `chat-${name}`,
        model: name,
        messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'hello' }] }],
      }),
    });
    expect(answererIn(chat.headers)).toEqual(by);
    const chunks = [...(await chat.text()).matchAll(/^data: (\{.*)$/gm)].map(
      ([, json = '']): unknown => JSON.parse(json),
    );
    expect(chunks.at(-1)).toMatchObject({ type: 'finish', messageMetadata: told });
  },
);

laptopTest(
  'a name for what holds no conversation is its model, in the own words of its SDK',
  WHY,
  async () => {
    const { secret } = await e2e.mint({ max_spend_usd: 5 });
    const { embeddings, moderations, images, audio } = e2e.openai(secret, 0);
    const ways: (string | null)[] = [];
    const seen = async <T>(call: {
      withResponse(): Promise<{ data: T; response: Response }>;
    }): Promise<T> => {
      const { data, response } = await call.withResponse();
      ways.push(response.headers.get('x-sluice-route'));
      return data;
    };
    const named = async (model: string): Promise<string> => {
      const name = await routeTo(['nowhere/model', model]);
      meant.push(`${name}; skip=nowhere/model:model_not_found; used=${model}`);
      return name;
    };
    const meant: string[] = [];
    const vectors = await seen(
      embeddings.create({ model: await named('text-embedding-3-small'), input: ['a', 'b'] }),
    );
    expect(vectors.data[0]?.embedding).toEqual([0.25, -0.5, 1]);
    const judged = await seen(
      moderations.create({ model: await named('omni-moderation-latest'), input: 'harm' }),
    );
    expect(judged.results[0]?.flagged).toBe(true);
    const asked = { prompt: 'a sluice', quality: 'low', size: '1024x1024' } as const;
    const made = await seen(images.generate({ ...asked, model: await named('gpt-image-1.5') }));
    expect(made.data?.[0]?.b64_json).toBeTruthy();
    const image = await toFile(Buffer.from('pixels'), 'a.png', { type: 'image/png' });
    await seen(images.edit({ ...asked, image, model: await named('gpt-image-1.5') }));
    const said = { input: 'hello', voice: 'alloy' } as const;
    const speech = await seen(audio.speech.create({ ...said, model: await named('tts-1') }));
    expect(Buffer.from(await speech.arrayBuffer()).equals(silentMp3(1))).toBe(true);
    const file = await toFile(silentWave(2), 'said.wav');
    const heard = await seen(
      audio.transcriptions.create({ file, model: await named('whisper-1') }),
    );
    expect(heard.text).toBe('The sluice is open.');
    await seen(audio.translations.create({ file, model: await named('whisper-1') }));
    expect(ways).toEqual(meant);
    const calls = await e2e.own(secret);
    expect(calls.held_micros).toBe(0);

    const refused: unknown = await embeddings
      .create({ model: await routeTo(['gpt-4o-mini']), input: 'a' })
      .catch((caught: unknown) => caught);
    expect(refused).toMatchObject({
      status: 400,
      code: 'dialect_not_supported_for_model',
      message: expect.stringContaining('POST /v1/chat/completions'),
    });
  },
);

laptopTest(
  'a name is listed, read and counted by each SDK as a model of its own',
  WHY,
  async () => {
    const name = await routeTo(['nowhere/model', CLAUDE]);
    const { secret } = await e2e.mint({ allowed_models: [name] });
    const way = `${name}; skip=nowhere/model:model_not_found; used=${CLAUDE}`;
    const openai = e2e.openai(secret, 0);
    const anthropic = e2e.anthropic(secret, 0);
    const listed: string[] = [];
    for await (const { id } of openai.models.list()) listed.push(id);
    for await (const { id } of anthropic.models.list()) listed.push(id);
    expect(listed).toEqual([name, name]);
    expect(await openai.models.retrieve(name)).toMatchObject({ id: name, object: 'model' });
    expect(await anthropic.models.retrieve(name)).toMatchObject({ id: name, type: 'model' });
    const { messages } = say('hello there');
    const told = await anthropic.messages.countTokens({ model: name, messages }).withResponse();
    expect(told.data.input_tokens).toBeGreaterThan(0);
    const counted = await openai.responses.inputTokens
      .count({ model: name, input: 'hello there' })
      .withResponse();
    expect(counted.data.input_tokens).toBeGreaterThan(0);
    expect([told, counted].map(({ response }) => response.headers.get('x-sluice-route'))).toEqual([
      way,
      way,
    ]);
    await expect(
      anthropic.messages.countTokens({ model: 'nobody', messages }),
    ).rejects.toMatchObject({
      status: 404,
    });

    for (const path of ['ollama/llama3-x', 'ollama%2Fllama3-y']) {
      const own = decodeURIComponent(path);
      const made = { name: own, default: { targets: [{ model: CLAUDE }] } };
      expect((await e2e.admin('POST', '/v1/routes', made)).status).toBe(201);
      const read = await e2e.admin('GET', `/v1/routes/${path}`);
      expect(await read.json()).toMatchObject({ name: own, kind: 'fallback' });
      expect((await e2e.admin('DELETE', `/v1/routes/${path}`)).status).toBe(200);
    }
  },
);

laptopTest('an SDK reads the last error, and why nobody answered', WHY, async () => {
  const name = await routeTo(['gpt-4o-mini', 'nowhere/model'], { retries: 0 });
  const { secret } = await e2e.mint();
  const asked = { ...say('limited'), model: name };
  const error: unknown = await e2e
    .openai(secret, 0)
    .chat.completions.create(asked)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(APIError);
  expect(error).toMatchObject({ status: 429 });
  expect(error instanceof APIError ? error.headers?.get('x-sluice-route') : null).toBe(
    `${name}; try=gpt-4o-mini:429; skip=nowhere/model:model_not_found`,
  );
  expect((await e2e.own(secret)).spent_micros).toBe(0);
});
