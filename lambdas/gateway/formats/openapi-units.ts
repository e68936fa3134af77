import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  answers,
  CALL_ERRORS,
  chapter,
  json,
  pageOf,
  path,
  PUBLIC_ERRORS,
} from '../../http/openapi-parts.ts';
import { CATALOG_SNAPSHOT, catalogSchema } from './catalog-format.ts';
import {
  CATALOG_MODEL,
  EMBEDDINGS_ANSWER,
  IMAGES_ANSWER,
  MODERATIONS_ANSWER,
  TRANSCRIPTION_ANSWER,
} from './openapi-examples.ts';
import {
  embeddingCallSchema,
  imageCallSchema,
  imageEditSchema,
  moderationCallSchema,
  speechCallSchema,
  transcriptionCallSchema,
} from './openapi-unit-schemas.ts';

const models = chapter('Models');

const HEADERS =
  'Headers: x-request-id, x-sluice-model, x-sluice-provider, x-sluice-remaining-micros, x-sluice-route (of a call by a route), x-sluice-cost-micros (not where the answer passes as it comes)';

const jsonAnswer = (what: string, example: object) =>
  answers(
    '200',
    `${what}, as OpenAI documents it. ${HEADERS}`,
    {
      content: { 'application/json': { schema: z.looseObject({}), example } },
    },
    CALL_ERRORS,
  );

/** A form, whose files are bytes. */
const form = (schema: z.ZodType) => ({ content: { 'multipart/form-data': { schema } } });

const soundAnswer = answers(
  '200',
  `Sound in the form that was asked for, or events that carry it. ${HEADERS}`,
  {
    content: {
      'audio/mpeg': { schema: z.string() },
      'text/event-stream': { schema: z.string() },
    },
  },
  CALL_ERRORS,
);

const imageAnswer = answers(
  '200',
  `Images, as OpenAI documents them, streamed when asked. ${HEADERS}`,
  {
    content: {
      'application/json': { schema: z.looseObject({}), example: IMAGES_ANSWER },
      'text/event-stream': { schema: z.string() },
    },
  },
  CALL_ERRORS,
);

const heardAnswer = answers(
  '200',
  `What was said, as OpenAI documents it, streamed when asked. ${HEADERS}`,
  {
    content: {
      'application/json': { schema: z.looseObject({}), example: TRANSCRIPTION_ANSWER },
      'text/plain': { schema: z.string() },
      'text/event-stream': { schema: z.string() },
    },
  },
  CALL_ERRORS,
);

/** Calls that are no conversation. */
export const UNIT_PATHS: ZodOpenApiPathsObject = {
  '/v1/embeddings': {
    post: {
      ...models('createEmbedding', 'Make vectors of texts, as OpenAI clients do'),
      requestBody: json(embeddingCallSchema, {
        model: 'text-embedding-3-small',
        input: 'The sluice is open',
      }),
      ...jsonAnswer('A vector for each input', EMBEDDINGS_ANSWER),
    },
  },
  '/v1/catalog': {
    get: {
      ...models(
        'getCatalog',
        'List models with their prices, limits and capabilities, without a key',
      ),
      security: [],
      ...answers(
        '200',
        'Every model that this release knows by its name, at the prices of this hour; cacheable',
        json(catalogSchema, { ...pageOf(CATALOG_MODEL), prices: CATALOG_SNAPSHOT }),
        PUBLIC_ERRORS,
      ),
    },
  },
  '/v1/moderations': {
    post: {
      ...models('createModeration', 'Ask whether texts or images are harmful: free, and counted'),
      requestBody: json(moderationCallSchema, { input: 'The sluice is open' }),
      ...jsonAnswer('A judgement for each input', MODERATIONS_ANSWER),
    },
  },
  '/v1/images/generations': {
    post: {
      ...models('createImage', 'Make images from words, as OpenAI clients do'),
      requestBody: json(imageCallSchema, {
        model: 'gpt-image-1.5',
        prompt: 'A sluice at dawn',
        size: '1024x1024',
        quality: 'low',
      }),
      ...imageAnswer,
    },
  },
  '/v1/images/edits': {
    post: {
      ...models('editImage', 'Make images from words and images: a form, or JSON with `images`'),
      requestBody: form(imageEditSchema),
      ...imageAnswer,
    },
  },
  '/elevenlabs/{path}': {
    post: {
      ...models('callElevenLabs', "Call ElevenLabs' own API: text-to-speech, speech-to-text"),
      requestParams: path('path'),
      requestBody: json(z.looseObject({}), {
        text: 'The sluice is open',
        model_id: 'eleven_flash_v2_5',
      }),
      ...answers(
        '200',
        'As ElevenLabs documents it, with its character-cost and request-id',
        { content: { 'audio/mpeg': { schema: z.string() } } },
        CALL_ERRORS,
      ),
    },
    get: {
      ...models('getElevenLabs', "Read of ElevenLabs' own API what costs nothing: voices, models"),
      requestParams: path('path'),
      ...jsonAnswer('What there is to choose from', { voices: [] }),
    },
  },
  '/v1/audio/speech': {
    post: {
      ...models('createSpeech', 'Read a text aloud, as OpenAI clients do'),
      requestBody: json(speechCallSchema, {
        model: 'tts-1',
        input: 'The sluice is open',
        voice: 'alloy',
      }),
      ...soundAnswer,
    },
  },
  '/v1/audio/transcriptions': {
    post: {
      ...models('createTranscription', 'Write down what is said in a file of up to 4.5 MB'),
      requestBody: form(transcriptionCallSchema),
      ...heardAnswer,
    },
  },
  '/v1/audio/translations': {
    post: {
      ...models('createTranslation', 'Write down in English what is said in a file'),
      requestBody: form(transcriptionCallSchema),
      ...heardAnswer,
    },
  },
};
