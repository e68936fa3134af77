import * as z from 'zod';
import { createDocument, type ZodOpenApiPathsObject } from 'zod-openapi';
import { createKeyBody, listKeysQuery, patchKeyBody, rotateKeyBody } from './key-format.ts';
import {
  callListSchema,
  callSchema,
  cancelSchema,
  errorSchema,
  healthSchema,
  keyListSchema,
  keySchema,
  keyWithSecretSchema,
  modelCallSchema,
  modelListSchema,
  modelSchema,
  tokenCountSchema,
  usageSchema,
} from './openapi-schemas.ts';
import { eventsQuery, exportQuery, usageQuery } from './usage-format.ts';

const ERRORS = {
  '400': 'A field is wrong; the error names it',
  '401': 'The key is missing or not valid',
  '403': 'The key may not do this',
  '404': 'It does not exist, or belongs to another project',
  '503': 'Storage is unavailable; nothing was done or forwarded',
} as const;
const CALL_ERRORS = {
  ...ERRORS,
  '402':
    'The cap of the key; the error has cap_micros, spent_micros, held_micros, needed_micros, resets_at',
  '413': 'The body does not fit',
  '429': 'Over the rate or the concurrency of the key; see Retry-After',
  '502': 'The provider failed',
  '504': 'The provider did not answer in time',
} as const;

const json = <T extends z.ZodType>(schema: T) => ({ content: { 'application/json': { schema } } });
const answers = (
  status: string,
  description: string,
  content: object,
  errors: Readonly<Record<string, string>> = ERRORS,
) => ({
  responses: {
    [status]: { description, ...content },
    ...Object.fromEntries(
      Object.entries(errors).map(([code, text]) => [
        code,
        { description: text, ...json(errorSchema) },
      ]),
    ),
  },
});
const path = (name: string) => ({ path: z.object({ [name]: z.string() }) });
const call = (vendor: string) => ({
  requestBody: json(modelCallSchema),
  ...answers(
    '200',
    `As ${vendor} documents it, streamed when asked. Headers: x-request-id, x-sluice-model, x-sluice-provider, x-sluice-remaining-micros, x-sluice-max-tokens, x-sluice-cost-micros (not on a stream)`,
    {
      content: {
        'application/json': { schema: z.looseObject({}) },
        'text/event-stream': { schema: z.string() },
      },
    },
    CALL_ERRORS,
  ),
});

const KEY_PATHS: ZodOpenApiPathsObject = {
  '/v1/keys': {
    post: {
      requestBody: json(createKeyBody),
      ...answers('201', 'The key, its secret once', json(keyWithSecretSchema)),
    },
    get: {
      requestParams: { query: listKeysQuery },
      ...answers('200', 'Keys, newest first; metadata.<name>=<value> filters', json(keyListSchema)),
    },
  },
  '/v1/keys/{key_id}': {
    get: { requestParams: path('key_id'), ...answers('200', 'The key', json(keySchema)) },
    patch: {
      requestParams: path('key_id'),
      requestBody: json(patchKeyBody),
      ...answers('200', 'The key; it counts from the next call on', json(keySchema)),
    },
    delete: {
      requestParams: path('key_id'),
      ...answers('200', 'The key, revoked at once and kept for audit', json(keySchema)),
    },
  },
  '/v1/keys/{key_id}/rotate': {
    post: {
      requestParams: path('key_id'),
      requestBody: json(rotateKeyBody),
      ...answers('200', 'The key, its new secret once', json(keyWithSecretSchema)),
    },
  },
  '/v1/key': { get: answers('200', 'The key that asks', json(keySchema)) },
};

const USAGE_PATHS: ZodOpenApiPathsObject = {
  '/v1/keys/{key_id}/usage': {
    get: {
      requestParams: { ...path('key_id'), query: eventsQuery },
      ...answers('200', 'Calls, newest first', json(callListSchema)),
    },
  },
  '/v1/usage': {
    get: {
      requestParams: { query: usageQuery },
      ...answers('200', 'Whole hours, summed', json(usageSchema)),
    },
  },
  '/v1/usage/export': {
    get: {
      requestParams: { query: exportQuery },
      ...answers('200', 'A row for each hour, key and model', {
        content: {
          'text/csv': { schema: z.string() },
          'application/x-ndjson': { schema: z.string() },
        },
      }),
    },
  },
  '/v1/calls/{request_id}': {
    get: {
      requestParams: path('request_id'),
      ...answers('200', 'The settlement of a call', json(callSchema)),
    },
  },
  '/v1/calls/{request_id}/cancel': {
    post: {
      requestParams: path('request_id'),
      responses: {
        ...answers('202', 'The call is being stopped', json(cancelSchema)).responses,
        '200': { description: 'The call had ended', ...json(callSchema) },
      },
    },
  },
};

const CALL_PATHS: ZodOpenApiPathsObject = {
  '/v1/chat/completions': { post: call('OpenAI') },
  '/v1/messages': { post: call('Anthropic') },
  '/v1/messages/count_tokens': {
    post: {
      requestBody: json(modelCallSchema),
      ...answers('200', 'Input tokens; nothing is spent', json(tokenCountSchema)),
    },
  },
  '/v1/models': { get: answers('200', 'Models that this key may use', json(modelListSchema)) },
  '/v1/models/{id}': {
    get: { requestParams: path('id'), ...answers('200', 'One model', json(modelSchema)) },
  },
  '/health': {
    get: { security: [], ...answers('200', 'Up', json(healthSchema), {}) },
  },
  '/openapi.json': {
    get: { security: [], ...answers('200', 'This document', json(z.looseObject({})), {}) },
  },
};

/** Every route, from the schemas that check the requests. */
export const openApiDocument = (): object =>
  createDocument({
    openapi: '3.1.0',
    info: { title: 'Sluice', version: '1', license: { name: 'Apache-2.0' } },
    security: [{ bearer: [] }, { apiKey: [] }],
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key' },
      },
    },
    paths: { ...KEY_PATHS, ...USAGE_PATHS, ...CALL_PATHS },
  });
