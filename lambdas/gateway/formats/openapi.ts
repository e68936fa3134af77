import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  answers,
  chapter,
  filters,
  json,
  pageOf,
  path,
  PUBLIC_ERRORS,
  type RoomContract,
} from '../../http/openapi-parts.ts';
import { createKeyBody, listKeysQuery, patchKeyBody, rotateKeyBody } from './key-format.ts';
import {
  CALL,
  CANCELLING,
  CHAT_ANSWER,
  CREATE_KEY,
  KEY,
  KEY_WITH_SECRET,
  MESSAGES_ANSWER,
  MODEL_CALL,
  USAGE,
} from './openapi-examples.ts';
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
  stageSchema,
  tokenCountSchema,
  usageSchema,
} from './openapi-schemas.ts';
import { UNIT_PATHS } from './openapi-units.ts';
import { geminiCall, googleModel, googleModels, vendorAnswer } from './openapi-gemini.ts';
import { modelsQuery } from './model-format.ts';
import { PROJECT_PATHS } from './project-contract.ts';
import { PRICE_PATHS } from './price-contract.ts';
import { NOTICE_PATHS } from './notice-contract.ts';
import { ROUTE_PATHS } from './route-contract.ts';
import { SPEND_PATHS } from './spend-contract.ts';
import { callsQuery, eventsQuery, exportQuery, usageQuery } from './usage-format.ts';

const keys = chapter('Keys');
const usage = chapter('Usage');
const models = chapter('Models');
const stage = chapter('Stage');

const call = (vendor: string, model: string, example: object) => ({
  requestBody: json(modelCallSchema, { ...MODEL_CALL, model }),
  ...vendorAnswer(vendor, example),
});

const KEY_PATHS: ZodOpenApiPathsObject = {
  '/v1/keys': {
    post: {
      ...keys('createKey', 'Create a key for a user, with its cap'),
      requestBody: json(createKeyBody, CREATE_KEY),
      ...answers('201', 'The key, its secret once', json(keyWithSecretSchema, KEY_WITH_SECRET)),
    },
    get: {
      ...keys('listKeys', 'List keys'),
      requestParams: { query: listKeysQuery.extend(filters('metadata')) },
      ...answers(
        '200',
        'Keys, newest first; metadata.<name>=<value> filters',
        json(keyListSchema, pageOf(KEY)),
      ),
    },
  },
  '/v1/keys/{key_id}': {
    get: {
      ...keys('getKey', 'Get a key with what it spent'),
      requestParams: path('key_id'),
      ...answers('200', 'The key', json(keySchema, KEY)),
    },
    patch: {
      ...keys('updateKey', 'Change a cap, pause a key, allow models'),
      requestParams: path('key_id'),
      requestBody: json(patchKeyBody, { max_spend_usd: 10 }),
      ...answers('200', 'The key; it counts from the next call on', json(keySchema, KEY)),
    },
    delete: {
      ...keys('revokeKey', 'Revoke a key'),
      requestParams: path('key_id'),
      ...answers(
        '200',
        'The key, revoked at once and kept for audit',
        json(keySchema, { ...KEY, status: 'revoked' }),
      ),
    },
  },
  '/v1/keys/{key_id}/rotate': {
    post: {
      ...keys('rotateKey', 'Give a key a new secret'),
      requestParams: path('key_id'),
      requestBody: json(rotateKeyBody, { grace_seconds: 3_600 }),
      ...answers('200', 'The key, its new secret once', json(keyWithSecretSchema, KEY_WITH_SECRET)),
    },
  },
  '/v1/key': {
    get: {
      ...keys('getOwnKey', 'Get the key that asks, with what it has left'),
      ...answers('200', 'The key that asks', json(keySchema, KEY)),
    },
  },
};

const USAGE_PATHS: ZodOpenApiPathsObject = {
  '/v1/keys/{key_id}/usage': {
    get: {
      ...usage('listKeyCalls', 'List the calls of a key with their costs'),
      requestParams: { ...path('key_id'), query: eventsQuery },
      ...answers('200', 'Calls, newest first', json(callListSchema, pageOf(CALL))),
    },
  },
  '/v1/usage': {
    get: {
      ...usage('getUsage', 'Sum usage by key, user, model, feature, cohort or time'),
      requestParams: { query: usageQuery },
      ...answers('200', 'Whole hours, summed', json(usageSchema, USAGE)),
    },
  },
  '/v1/usage/export': {
    get: {
      ...usage('exportUsage', 'Export usage as CSV or NDJSON'),
      requestParams: { query: exportQuery },
      ...answers('200', 'A row for each hour, key and model', {
        content: {
          'text/csv': { schema: z.string() },
          'application/x-ndjson': { schema: z.string() },
        },
      }),
    },
  },
  '/v1/calls': {
    get: {
      ...usage('listCalls', 'List the calls of the project, or of one key'),
      requestParams: { query: callsQuery },
      ...answers(
        '200',
        'Calls that ended, newest first: by the hour in which they were settled, then by their start',
        json(callListSchema, pageOf(CALL)),
      ),
    },
  },
  '/v1/calls/{request_id}': {
    get: {
      ...usage('getCall', 'Get a call: running, or what it cost'),
      requestParams: path('request_id'),
      ...answers(
        '200',
        'A call: running, or its settlement',
        json(callSchema.or(runningCallSchema), CALL),
      ),
    },
  },
  '/v1/calls/{request_id}/cancel': {
    post: {
      ...usage('cancelCall', 'Cancel a running call; what came so far is paid for'),
      requestParams: path('request_id'),
      responses: {
        ...answers('202', 'The call is being stopped', json(cancelSchema, CANCELLING)).responses,
        '200': { description: 'The call had ended', ...json(callSchema, CALL) },
      },
    },
  },
};

const CALL_PATHS: ZodOpenApiPathsObject = {
  '/v1/chat/completions': {
    post: {
      ...models('createChatCompletion', 'Call a model as OpenAI clients do'),
      ...call('OpenAI', 'gpt-4o-mini', CHAT_ANSWER),
    },
  },
  '/v1/messages': {
    post: {
      ...models('createMessage', 'Call a model as Anthropic clients do'),
      ...call('Anthropic', 'claude-haiku-4-5', MESSAGES_ANSWER),
    },
  },
  '/v1/messages/count_tokens': {
    post: {
      ...models('countTokens', 'Count the input tokens of a message'),
      requestBody: json(modelCallSchema, { ...MODEL_CALL, model: 'claude-haiku-4-5' }),
      ...answers(
        '200',
        'Input tokens; nothing is spent. Headers: x-sluice-route (by a name of the project), x-sluice-emulated (input_tokens: an estimate, never less than what is billed), x-sluice-simulated',
        json(tokenCountSchema, { input_tokens: 9 }),
      ),
    },
  },
  '/v1/models': {
    get: {
      ...models('listModels', 'List the names of the project and the models that the key may use'),
      requestParams: { query: modelsQuery },
      ...answers(
        '200',
        'Names that this key may use, those of its project first',
        json(modelListSchema, { data: [{ id: 'gpt-4o-mini' }] }),
      ),
    },
  },
  '/v1beta/models': googleModels,
  '/v1beta/models/{id}': { ...geminiCall('generateContent', 'v1beta'), ...googleModel },
  '/v1/models/{id}': {
    ...geminiCall('generateContentV1', 'v1'),
    get: {
      ...models('getModel', 'Get one model, or a name of the project'),
      requestParams: googleModel.get.requestParams,
      ...answers('200', 'One model', json(modelSchema, { id: 'gpt-4o-mini' })),
    },
  },
  '/health': {
    get: {
      ...stage('getHealth', 'Ask whether the stage is up'),
      security: [],
      ...answers(
        '200',
        'Up',
        json(healthSchema, { status: 'ok', version: '0.1.0' }),
        PUBLIC_ERRORS,
      ),
    },
  },
  '/': {
    get: {
      ...stage('getStage', 'Get name, version and links of the stage'),
      security: [],
      ...answers(
        '200',
        'What it is',
        json(stageSchema, {
          name: 'Sluice',
          version: '0.1.0',
          links: { docs: '/docs', contract: '/openapi.json', health: '/health' },
        }),
        PUBLIC_ERRORS,
      ),
    },
  },
  '/docs': {
    get: {
      ...stage('getDocs', 'Read this document as a page'),
      security: [],
      ...answers(
        '200',
        'The page',
        { content: { 'text/html': { schema: z.string() } } },
        PUBLIC_ERRORS,
      ),
    },
  },
  '/openapi.json': {
    get: {
      ...stage('getContract', 'Get this document'),
      security: [],
      ...answers(
        '200',
        'This document',
        json(z.looseObject({}), { openapi: '3.1.0' }),
        PUBLIC_ERRORS,
      ),
    },
  },
};

/** Routes of the gateway. */
export const gatewayContract: RoomContract = {
  paths: {
    ...KEY_PATHS,
    ...USAGE_PATHS,
    ...SPEND_PATHS,
    ...ROUTE_PATHS,
    ...PROJECT_PATHS,
    ...PRICE_PATHS,
    ...NOTICE_PATHS,
    ...CALL_PATHS,
    ...UNIT_PATHS,
  },
  tags: [
    { name: 'Models', description: 'Calls of models, each held against its key before it is made' },
    { name: 'Keys', description: 'A key for each user, with a hard cap' },
    { name: 'Usage', description: 'Who spent what, by key, model, feature and cohort' },
    {
      name: 'Routing',
      description: 'Names of your own for models, and what is asked when one fails',
    },
    { name: 'Notices', description: 'News of caps, by webhook and e-mail' },
    { name: 'Stage', description: 'The stage itself; no key is needed' },
  ],
};
