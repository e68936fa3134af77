import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import * as z from 'zod';
import { tokensOf } from './asked.ts';
import { lengthOf, NoSuchLength } from './embedding-lengths.ts';
import { elevenAnswer } from './simulated-eleven.ts';
import { silence, type Bytes } from './silence.ts';
import { geminiError } from './wires/gemini.ts';
import { openaiError } from './wires/openai-chat.ts';

type Answer = (body: Buffer, type: string, path: string) => object | Promise<object>;

/** Whether an account's stand-in answers this path with something other than words. */
export const isUnitPath = (path: string): boolean => answerOf(path) !== undefined;

const answerOf = (path: string): Answer | undefined =>
  ANSWERS.find(([end]) => path.endsWith(end))?.[1] ?? elevenAnswer(path);

/** Answers one call that is no conversation, as its provider would, and says in its bytes that nobody was asked. */
export const answerUnits = async (
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const body = await buffer(request);
  const answer = answerOf(path);
  try {
    const type = request.headers['content-type'] ?? '';
    send(response, 200, (await answer?.(body, type, path)) ?? {});
  } catch (error) {
    const errorBody = path.includes(':') ? geminiError : openaiError;
    const why = error instanceof NoSuchLength ? error.message : `${path} has another body.`;
    send(response, 400, errorBody(400, why));
  }
};

const send = (response: ServerResponse, status: number, body: object): void => {
  const { type, bytes } = isBytes(body)
    ? body
    : { type: 'application/json', bytes: JSON.stringify(body) };
  response.writeHead(status, { 'content-type': type, ...(isBytes(body) ? body.headers : {}) });
  response.end(bytes);
};

const isBytes = (body: object): body is Bytes => 'bytes' in body && Buffer.isBuffer(body.bytes);

const tokens = z.array(z.number());
const embedding = z.object({
  model: z.string(),
  input: z.union([z.string(), z.array(z.string()), tokens, z.array(tokens)]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z.int().positive().nullish(),
});

const embeddings: Answer = (body) => {
  const asked = embedding.parse(JSON.parse(body.toString('utf8')));
  const { input } = asked;
  const length = lengthOf(asked.model, asked.dimensions);
  const inputs = typeof input === 'string' ? [input] : eachOf(input);
  const counts = inputs.map((one) => (typeof one === 'string' ? tokensOf(one) : one.length));
  const total = counts.reduce((sum, count) => sum + count, 0);
  return {
    object: 'list',
    data: inputs.map((one, index) => {
      const vector = vectorOf(JSON.stringify(one), length);
      return {
        object: 'embedding',
        index,
        embedding:
          asked.encoding_format === 'float'
            ? [...vector]
            : Buffer.from(vector.buffer).toString('base64'),
      };
    }),
    model: asked.model,
    usage: { prompt_tokens: total, total_tokens: total },
  };
};

const embed = z.object({
  content: z.object({ parts: z.array(z.object({ text: z.string().default('') })) }),
  outputDimensionality: z.int().positive().nullish(),
});
const embeds = z.object({ requests: z.array(embed) });

const geminiEmbedding: Answer = (body, _, path) => {
  const told = embed.parse(JSON.parse(body.toString('utf8')));
  const [embedding] = geminiVectors([told], path);
  return { embedding, usageMetadata: geminiUsage([told]) };
};

const geminiEmbeddings: Answer = (body, _, path) => {
  const { requests } = embeds.parse(JSON.parse(body.toString('utf8')));
  return { embeddings: geminiVectors(requests, path), usageMetadata: geminiUsage(requests) };
};

const wordsOf = ({ content }: z.infer<typeof embed>): string =>
  content.parts.map(({ text }) => text).join('\n');

const geminiVectors = (
  requests: readonly z.infer<typeof embed>[],
  path: string,
): readonly object[] => {
  const [, model = ''] = /\/models\/([^/]+):/.exec(path) ?? [];
  return requests.map((one) => {
    const length = lengthOf(decodeURIComponent(model), one.outputDimensionality);
    return { values: [...vectorOf(wordsOf(one), length)] };
  });
};

const geminiUsage = (requests: readonly z.infer<typeof embed>[]): object => ({
  promptTokenCount: requests.reduce((sum, one) => sum + tokensOf(wordsOf(one)), 0),
});

const eachOf = (
  list: readonly string[] | readonly number[] | readonly (readonly number[])[],
): readonly (string | readonly number[])[] => {
  const numbers = list.filter((one) => typeof one === 'number');
  return numbers.length > 0 ? [numbers] : list.filter((one) => typeof one !== 'number');
};

/** The same words get the same vector, of length 1; near ones are no nearer than others. */
const vectorOf = (text: string, dimensions: number): Float32Array => {
  const vector = new Float32Array(dimensions);
  for (let at = 0; at < dimensions; at += 8) {
    const hash = createHash('sha256').update(`${at}:${text}`).digest();
    for (let of = 0; of < 8 && at + of < dimensions; of++)
      vector[at + of] = hash.readInt32LE(of * 4) / 0x8000_0000;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
};

const CATEGORIES = ['hate', 'harassment', 'self-harm', 'sexual', 'violence'] as const;
const judged = z.object({
  model: z.string().default('omni-moderation-latest'),
  input: z.union([z.string().transform((one) => [one]), z.array(z.unknown())]),
});

/** Flags what says so itself. */
const moderations: Answer = (body) => {
  const { model, input } = judged.parse(JSON.parse(body.toString('utf8')));
  return {
    id: 'modr-simulated',
    model,
    results: input.map((one) => {
      const isFlagged = JSON.stringify(one).includes('flag me');
      const by = <T>(value: T) => Object.fromEntries(CATEGORIES.map((name) => [name, value]));
      return {
        flagged: isFlagged,
        categories: by(isFlagged),
        category_scores: by(isFlagged ? 0.99 : 0.01),
      };
    }),
  };
};

const spoken = z.object({
  model: z.string(),
  input: z.string(),
  response_format: z.enum(['mp3', 'wav', 'pcm']).default('mp3'),
  stream_format: z.enum(['audio', 'sse']).default('audio'),
});
const SECONDS_A_CHARACTER = 0.06;

/** Silence, as long as the text would be. Of the forms that take a coder there is none. */
const speech: Answer = (body) => {
  const asked = spoken.parse(JSON.parse(body.toString('utf8')));
  const sound = silence(asked.response_format, asked.input.length * SECONDS_A_CHARACTER);
  if (asked.stream_format === 'audio') return sound;
  const usage = { input_tokens: tokensOf(asked.input), output_tokens: 21, total_tokens: 21 };
  return eventsOf(
    { type: 'speech.audio.delta', audio: sound.bytes.toString('base64') },
    { type: 'speech.audio.done', usage },
  );
};

const eventsOf = (
  ...events: readonly ({ readonly type: string } & Readonly<Record<string, unknown>>)[]
): Bytes => ({
  type: 'text/event-stream',
  bytes: Buffer.from(
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  ),
});

const HEARD = 'Nobody listened: this transcription is simulated.';

const transcriptions: Answer = async (body, type) => {
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': type },
  }).formData();
  const file = z.instanceof(File).parse(form.get('file'));
  const wordOf = (name: string): string => z.string().catch('').parse(form.get(name));
  const isTimed = !wordOf('model').startsWith('gpt-4o-');
  const seconds = Math.max(1, Math.ceil(file.size / 16_000));
  const usage = isTimed
    ? { type: 'duration', seconds }
    : {
        type: 'tokens',
        input_tokens: seconds * 10,
        output_tokens: tokensOf(HEARD),
        total_tokens: seconds * 10 + tokensOf(HEARD),
      };
  if (form.get('stream') === 'true')
    return eventsOf(
      { type: 'transcript.text.delta', delta: HEARD },
      { type: 'transcript.text.done', text: HEARD, usage },
    );
  return (wordOf('response_format') || 'json').endsWith('json')
    ? { text: HEARD, usage }
    : { type: 'text/plain; charset=utf-8', bytes: Buffer.from(`${HEARD}\n`) };
};

/** One grey pixel. */
const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mOor6//DwAFgAKAvS6fYAAAAABJRU5ErkJggg==';
const IMAGE_TOKENS = 272;
const drawn = z.object({
  prompt: z.string(),
  n: z.coerce.number().int().min(1).max(10).default(1),
  stream: z.union([z.boolean(), z.stringbool()]).default(false),
});

/** A pixel for each image, from JSON or a form. */
const images: Answer = async (body, type) => {
  const asked = type.startsWith('multipart/')
    ? Object.fromEntries(
        await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData(),
      )
    : JSON.parse(body.toString('utf8'));
  const { prompt, n, stream } = drawn.parse(asked);
  const usage = {
    input_tokens: tokensOf(prompt),
    input_tokens_details: { text_tokens: tokensOf(prompt), image_tokens: 0 },
    output_tokens: IMAGE_TOKENS,
    total_tokens: tokensOf(prompt) + IMAGE_TOKENS,
  };
  const each = Array.from({ length: n });
  if (!stream)
    return {
      created: 1,
      data: each.map(() => ({ b64_json: PIXEL })),
      usage: { ...usage, output_tokens: IMAGE_TOKENS * n },
    };
  return eventsOf(
    ...each.map(() => ({ type: 'image_generation.completed', b64_json: PIXEL, usage })),
  );
};

const ANSWERS: readonly (readonly [end: string, answer: Answer])[] = [
  ['/embeddings', embeddings],
  [':embedContent', geminiEmbedding],
  [':batchEmbedContents', geminiEmbeddings],
  ['/moderations', moderations],
  ['/images/generations', images],
  ['/images/edits', images],
  ['/audio/speech', speech],
  ['/audio/transcriptions', transcriptions],
  ['/audio/translations', transcriptions],
];
