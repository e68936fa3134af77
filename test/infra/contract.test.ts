import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { openApiDocument } from '../../lambdas/gateway/formats/openapi.ts';
import { StateStack } from '../../lib/state-stack.ts';
import { KEYS_TABLE, USAGE_TABLE } from '../support/tables.ts';

const table = z.object({
  Properties: z.object({
    KeySchema: z.unknown(),
    AttributeDefinitions: z.array(
      z.object({ AttributeName: z.string(), AttributeType: z.string() }),
    ),
    GlobalSecondaryIndexes: z.array(
      z.object({ IndexName: z.string(), KeySchema: z.unknown(), Projection: z.unknown() }),
    ),
  }),
});

test('the contract suites run on the tables that the template makes', () => {
  const state = Template.fromStack(
    new StateStack(new App({ context: { 'aws:cdk:bundling-stacks': [] } }), 'State', {}),
  );
  const tables = z
    .record(z.string(), z.unknown())
    .parse(state.findResources('AWS::DynamoDB::GlobalTable'));
  for (const [id, expected] of [
    ['KeysTable', KEYS_TABLE],
    ['UsageTable', USAGE_TABLE],
  ] as const) {
    const { Properties } = table.parse(tables[id]);
    const byName = (left: { AttributeName: string }, right: { AttributeName: string }) =>
      left.AttributeName.localeCompare(right.AttributeName);
    expect(Properties.KeySchema).toEqual(expected.KeySchema);
    expect(Properties.AttributeDefinitions.toSorted(byName)).toEqual(
      expected.AttributeDefinitions.toSorted(byName),
    );
    expect(Properties.GlobalSecondaryIndexes).toEqual(expected.GlobalSecondaryIndexes);
  }
});

const document = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.looseObject({
        requestBody: z.unknown().optional(),
        responses: z.record(z.string(), z.unknown()),
      }),
    ),
  ),
});

test('the document has every route, and a body for each that takes or gives one', () => {
  const { paths } = document.parse(openApiDocument());
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.toSorted()).toEqual(ROUTES.toSorted());
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { requestBody, responses }] of Object.entries(methods)) {
      if (method === 'patch' || (method === 'post' && !path.endsWith('/cancel')))
        expect(requestBody, path).toBeDefined();
      for (const answer of Object.values(responses)) expect(answer, path).toHaveProperty('content');
    }
});

const ROUTES = [
  'POST /v1/chat/completions',
  'POST /v1/messages',
  'POST /v1/messages/count_tokens',
  'GET /v1/models',
  'GET /v1/models/{id}',
  'POST /v1/keys',
  'GET /v1/keys',
  'GET /v1/keys/{key_id}',
  'PATCH /v1/keys/{key_id}',
  'DELETE /v1/keys/{key_id}',
  'POST /v1/keys/{key_id}/rotate',
  'GET /v1/key',
  'GET /v1/keys/{key_id}/usage',
  'GET /v1/usage',
  'GET /v1/usage/export',
  'GET /v1/calls/{request_id}',
  'POST /v1/calls/{request_id}/cancel',
  'GET /health',
  'GET /openapi.json',
];
