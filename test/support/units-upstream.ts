import { setTimeout as sleep } from 'node:timers/promises';
import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { silentMp3, silentWave } from './sounds.ts';
import { unitRefusal } from './strict/unit-refusal.ts';

export interface UnitRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly type: string;
  readonly body: Buffer;
}

type Answer = (request: UnitRequest, context: Context) => Response | Promise<Response>;

const asked = z.looseObject({
  model: z.string().default('omni-moderation-latest'),
  input: z.unknown(),
  encoding_format: z.string().default('float'),
});
const jsonOf = ({ body }: UnitRequest) => asked.parse(JSON.parse(body.toString('utf8')));

const embeddings: Answer = (request, context) => {
  const { model, input, encoding_format } = jsonOf(request);
  const count = Array.isArray(input) && typeof input[0] !== 'number' ? input.length : 1;
  const vector = new Float32Array([0.25, -0.5, 1]);
  const embedding =
    encoding_format === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector];
  return context.json({
    object: 'list',
    data: Array.from({ length: count }, (_none, index) => ({
      object: 'embedding',
      index,
      embedding,
    })),
    model,
    usage: { prompt_tokens: 10 * count, total_tokens: 10 * count },
  });
};

const moderations: Answer = (request, context) => {
  const { model, input } = jsonOf(request);
  const results = (Array.isArray(input) ? input : [input]).map((one) => ({
    flagged: JSON.stringify(one).includes('harm'),
    categories: {},
    category_scores: {},
  }));
  return context.json({ id: 'modr-1', model, results });
};

const speech: Answer = (request, context) => {
  const { stream_format, model, input } = z
    .looseObject({
      stream_format: z.string().default('audio'),
      model: z.string(),
      input: z.string(),
    })
    .parse(JSON.parse(request.body.toString('utf8')));
  if (input.startsWith('slow'))
    return context.body(slowSound(), 200, { 'content-type': 'audio/mpeg' });
  if (stream_format === 'audio') {
    const sound = new Uint8Array(model.startsWith('tts') ? silentMp3(1) : silentWave(6));
    return context.body(sound, 200, { 'content-type': 'audio/mpeg' });
  }
  const audio = silentMp3(1).toString('base64');
  const usage = { input_tokens: 4, output_tokens: 21, total_tokens: 25 };
  return context.body(
    eventsOf({ type: 'speech.audio.delta', audio }, { type: 'speech.audio.done', usage }),
    200,
    { 'content-type': 'text/event-stream' },
  );
};

const SOUND_SECONDS = 20;
const SOUND_PAUSE_MS = 20;

/** Sound that is still being made while it is heard. */
const slowSound = (): ReadableStream<Uint8Array> => {
  let left = SOUND_SECONDS;
  return new ReadableStream({
    pull: async (controller) => {
      controller.enqueue(new Uint8Array(silentMp3(1)));
      await sleep(SOUND_PAUSE_MS);
      if (--left === 0) controller.close();
    },
  });
};

const eventsOf = (
  ...events: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[]
): string =>
  events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('');

const transcriptions: Answer = async (request, context) => {
  const form = await new Response(new Uint8Array(request.body), {
    headers: { 'content-type': request.type },
  }).formData();
  const text = 'The sluice is open.';
  const usage =
    form.get('model') === 'whisper-1'
      ? { type: 'duration', seconds: 2 }
      : {
          type: 'tokens',
          input_tokens: 24,
          input_token_details: { text_tokens: 4, audio_tokens: 20 },
          output_tokens: 6,
          total_tokens: 30,
        };
  if (form.get('stream') !== 'true') return context.json({ text, usage });
  return context.body(
    eventsOf(
      { type: 'transcript.text.delta', delta: text },
      { type: 'transcript.text.done', text, usage },
    ),
    200,
    { 'content-type': 'text/event-stream' },
  );
};

const PIXEL = Buffer.from('a pixel').toString('base64');
const IMAGE_USAGE = {
  input_tokens: 50,
  input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  output_tokens: 272,
  total_tokens: 322,
};

const images: Answer = (request, context) => {
  const text = request.body.toString('latin1');
  const isStream = /"stream":true|name="stream"\r\n\r\ntrue/.test(text);
  if (!isStream) return context.json({ data: [{ b64_json: PIXEL }], usage: IMAGE_USAGE });
  const done = request.path.endsWith('edits') ? 'image_edit' : 'image_generation';
  return context.body(
    eventsOf(
      { type: `${done}.partial_image`, b64_json: PIXEL, partial_image_index: 0 },
      { type: `${done}.completed`, b64_json: PIXEL, usage: IMAGE_USAGE },
    ),
    200,
    { 'content-type': 'text/event-stream' },
  );
};

const ANSWERS: Readonly<Record<string, Answer>> = {
  '/v1/embeddings': embeddings,
  '/v1/moderations': moderations,
  '/v1/images/generations': images,
  '/v1/images/edits': images,
  '/v1/audio/speech': speech,
  '/v1/audio/transcriptions': transcriptions,
  '/v1/audio/translations': transcriptions,
};

/** The API of ElevenLabs: silence, a word, a voice, and whose account it is. */
const serveEleven = (app: Hono, seen: UnitRequest[]): void => {
  const keep = async (context: Context): Promise<void> => {
    seen.push({
      path: new URL(context.req.url).pathname + new URL(context.req.url).search,
      headers: context.req.header(),
      type: context.req.header('content-type') ?? '',
      body: Buffer.from(await context.req.arrayBuffer()),
    });
  };
  app.post('/v1/text-to-speech/*', async (context) => {
    await keep(context);
    const { text, model_id } = z
      .object({ text: z.string(), model_id: z.string() })
      .parse(JSON.parse(String(seen.at(-1)?.body)));
    const credits = model_id.includes('flash') ? Math.ceil(text.length / 2) : text.length;
    const headers = { 'character-cost': String(credits), 'request-id': 'their-request' };
    if (context.req.path.endsWith('with-timestamps'))
      return context.json({ audio_base64: 'AAAA', alignment: null }, 200, headers);
    return context.body(new Uint8Array(silentMp3(1)), 200, {
      'content-type': 'audio/mpeg',
      ...headers,
    });
  });
  app.post('/v1/speech-to-text', async (context) => {
    await keep(context);
    return context.json({
      language_code: 'en',
      language_probability: 1,
      text: 'The sluice is open.',
      words: [],
      audio_duration_secs: 2,
    });
  });
  app.get('/v1/voices', async (context) => {
    await keep(context);
    return context.json({ voices: [{ voice_id: 'v', name: 'Voice' }] });
  });
  app.get('/v1/user', (context) => context.json({ xi_api_key: 'secret' }));
};

/** Calls that are no conversation, of a provider that takes what its contract has and nothing else. */
export const serveUnits = (app: Hono, seen: UnitRequest[]): void => {
  serveEleven(app, seen);
  for (const [path, answer] of Object.entries(ANSWERS))
    app.post(path, async (context) => {
      const request: UnitRequest = {
        path,
        headers: context.req.header(),
        type: context.req.header('content-type') ?? '',
        body: Buffer.from(await context.req.arrayBuffer()),
      };
      seen.push(request);
      const problem = await unitRefusal(path, request.type, request.body);
      if (problem === null) return await answer(request, context);
      return context.json({ error: { message: problem, type: 'invalid_request_error' } }, 400);
    });
};
