import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answers, CALL_ERRORS, json, path } from '../../http/openapi-parts.ts';
import { createKeyBody, listKeysQuery, patchKeyBody, rotateKeyBody } from './key-format.ts';
import {
  callListSchema,
  callSchema,
  cancelSchema,
  healthSchema,
  keyListSchema,
  keySchema,
  keyWithSecretSchema,
  modelCallSchema,
  modelListSchema,
  modelSchema,
  runningCallSchema,
  tokenCountSchema,
  usageSchema,
} from './openapi-schemas.ts';
import { eventsQuery, exportQuery, usageQuery } from './usage-format.ts';

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
      ...answers(
        '200',
        'A call: running, or its settlement',
        json(callSchema.or(runningCallSchema)),
      ),
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

/** Routes of the gateway. */
export const gatewayPaths: ZodOpenApiPathsObject = {
  ...KEY_PATHS,
  ...USAGE_PATHS,
  ...CALL_PATHS,
};
