import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listOf } from '../../http/lists.ts';
import { answers, chapter, json, pageOf, pathWithSlashes } from '../../http/openapi-parts.ts';
import { warningsSchema } from './warning-format.ts';
import { changesQuery, createRouteBody, patchRouteBody } from './route-format.ts';

const routing = chapter('Routing');
const NAME = pathWithSlashes('name', 'an alias, or the model that falls back');
const time = z.int().describe('epoch ms');

const planSchema = z.strictObject({
  targets: z.array(
    z.strictObject({
      model: z.string(),
      weight: z.number().nullable(),
      region: z.string().nullable(),
    }),
  ),
  on_cap: z.enum(['refuse', 'downgrade']),
  downgrade_at: z.number(),
  downgrade_to: z.string().nullable(),
});
const routeSchema = z
  .strictObject({
    object: z.literal('route'),
    name: z.string(),
    kind: z.enum(['alias', 'fallback']).describe('fallback: the name is a model of its own'),
    default: planSchema,
    tiers: z.record(z.string(), planSchema),
    retries: z.int(),
    first_token_ms: z.int().nullable(),
    provider_rpm: z.record(z.string(), z.int()),
    created_at: time,
    updated_at: time,
    warnings: warningsSchema,
  })
  .meta({ id: 'ModelRoute' });
const routeListSchema = listOf(routeSchema).meta({ id: 'ModelRouteList' });
const changeSchema = z
  .strictObject({
    object: z.literal('project_change'),
    id: z.string(),
    at: time,
    by_key_id: z.string(),
    subject: z.string(),
    action: z.enum(['created', 'changed', 'removed']),
    value: z.unknown().describe('what it is since then; null: it is gone'),
  })
  .meta({ id: 'ProjectChange' });
const changeListSchema = listOf(changeSchema).meta({ id: 'ProjectChangeList' });

const target = (model: string) => ({ model, weight: null, region: null });
const ASKED = {
  name: 'auto',
  default: { targets: [{ model: 'claude-sonnet-5' }, { model: 'gpt-5-mini' }] },
  tiers: { free: { targets: [{ model: 'deepseek-flash' }, { model: 'gpt-5-nano' }] } },
};
const PLAN = { on_cap: 'refuse', downgrade_at: 0.9, downgrade_to: null } as const;
const ROUTE = {
  object: 'route' as const,
  name: 'auto',
  kind: 'alias' as const,
  default: { targets: [target('claude-sonnet-5'), target('gpt-5-mini')], ...PLAN },
  tiers: { free: { targets: [target('deepseek-flash'), target('gpt-5-nano')], ...PLAN } },
  retries: 1,
  first_token_ms: null,
  provider_rpm: {},
  created_at: 1_796_000_000_000,
  updated_at: 1_796_000_000_000,
};
const CHANGE = {
  object: 'project_change' as const,
  id: '1796000000000#4m2t6q8r0v5w7y3b',
  at: 1_796_000_000_000,
  by_key_id: 'key_4m2t6q8r0v5w7y3b',
  subject: 'routes/auto',
  action: 'removed' as const,
  value: null,
};

export const ROUTE_PATHS: ZodOpenApiPathsObject = {
  '/v1/routes': {
    post: {
      ...routing(
        'createRoute',
        'Create a route: an alias for models, or what a model falls back to',
      ),
      requestBody: json(createRouteBody, ASKED),
      ...answers('201', 'The route', json(routeSchema, ROUTE)),
    },
    get: {
      ...routing('listRoutes', 'List the routes of the project'),
      ...answers('200', 'Every route', json(routeListSchema, pageOf(ROUTE))),
    },
  },
  '/v1/routes/{name}': {
    get: {
      ...routing('getRoute', 'Get a route'),
      requestParams: NAME,
      ...answers('200', 'The route', json(routeSchema, ROUTE)),
    },
    patch: {
      ...routing('updateRoute', 'Replace fields of a route'),
      requestParams: NAME,
      requestBody: json(patchRouteBody, { first_token_ms: 10_000 }),
      ...answers(
        '200',
        'The route; running functions see it within 10 seconds',
        json(routeSchema, { ...ROUTE, first_token_ms: 10_000 }),
      ),
    },
    delete: {
      ...routing('deleteRoute', 'Delete a route'),
      requestParams: NAME,
      ...answers(
        '200',
        'It is gone',
        json(
          z.strictObject({
            object: z.literal('route'),
            name: z.string(),
            deleted: z.literal(true),
          }),
          { object: 'route', name: 'auto', deleted: true },
        ),
      ),
    },
  },
  '/v1/project/changes': {
    get: {
      ...routing('listProjectChanges', 'List who changed which setting of the project'),
      requestParams: { query: changesQuery },
      ...answers('200', 'Changes, newest first', json(changeListSchema, pageOf(CHANGE))),
    },
  },
};
