import * as z from 'zod';
import { answers, CALL_ERRORS, chapter, json, pathWithSlashes } from '../../http/openapi-parts.ts';
import { GEMINI_ANSWER, GEMINI_CALL } from './openapi-examples.ts';
import { googleModelsQuery } from './model-format.ts';
import { geminiCallSchema, googleModelListSchema, googleModelSchema } from './openapi-schemas.ts';

const models = chapter('Models');

/** What a call of a model is answered with, in its vendor's own words. */
export const vendorAnswer = (vendor: string, example: object) =>
  answers(
    '200',
    `As ${vendor} documents it, streamed when asked. Headers: x-request-id, x-sluice-model, x-sluice-provider, x-sluice-remaining-micros, x-sluice-max-tokens, x-sluice-route (of a call by a route), x-sluice-emulated (fields that were done in another way), x-sluice-cost-micros (not on a stream)`,
    {
      content: {
        'application/json': { schema: z.looseObject({}), example },
        'text/event-stream': { schema: z.string() },
      },
    },
    CALL_ERRORS,
  );

/** A model's name and what is asked of it, as in `gemini-2.5-flash:generateContent`. */
export const geminiCall = (operationId: string, version: string) => ({
  post: {
    ...models(
      operationId,
      `Call a model as Google clients do, in version ${version}: id is the model, then :generateContent, :streamGenerateContent, :countTokens, :embedContent or :batchEmbedContents`,
    ),
    requestParams: pathWithSlashes('id', 'a model or a name of the project, and what is asked'),
    requestBody: json(geminiCallSchema, GEMINI_CALL),
    ...vendorAnswer('Google', GEMINI_ANSWER),
  },
});

const MODEL = {
  name: 'models/gemini-2.5-flash',
  displayName: 'gemini-2.5-flash',
  supportedGenerationMethods: ['generateContent', 'countTokens'],
};

export const googleModels = {
  get: {
    ...models('listModelsV1beta', 'List the models that the key may use, as Google clients do'),
    requestParams: { query: googleModelsQuery },
    ...answers(
      '200',
      'Models that this key may use',
      json(googleModelListSchema, { models: [MODEL] }),
    ),
  },
};
export const googleModel = {
  get: {
    ...models('getModelV1beta', 'Get one model, as Google clients do'),
    requestParams: pathWithSlashes('id', 'a model, or a name of the project'),
    ...answers('200', 'One model', json(googleModelSchema, MODEL)),
  },
};
