import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { CONTRACT } from '../../lambdas/contract.ts';
import { openApiDocument } from '../../lambdas/http/openapi-parts.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { StateStack } from '../../lib/state-stack.ts';
import {
  CHUNKS_TABLE,
  CONNECTIONS_TABLE,
  KEYS_TABLE,
  THREADS_TABLE,
  USAGE_TABLE,
} from '../support/tables.ts';

const table = z.object({
  Properties: z.object({
    KeySchema: z.unknown(),
    AttributeDefinitions: z.array(
      z.object({ AttributeName: z.string(), AttributeType: z.string() }),
    ),
    GlobalSecondaryIndexes: z
      .array(z.object({ IndexName: z.string(), KeySchema: z.unknown(), Projection: z.unknown() }))
      .optional(),
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
    ['ThreadsTable', THREADS_TABLE],
    ['ChunksTable', CHUNKS_TABLE],
    ['ConnectionsTable', CONNECTIONS_TABLE],
  ] as const) {
    const { Properties } = table.parse(tables[id]);
    const byName = (left: { AttributeName: string }, right: { AttributeName: string }) =>
      left.AttributeName.localeCompare(right.AttributeName);
    expect(Properties.KeySchema).toEqual(expected.KeySchema);
    expect(Properties.AttributeDefinitions.toSorted(byName)).toEqual(
      expected.AttributeDefinitions.toSorted(byName),
    );
    expect(Properties.GlobalSecondaryIndexes).toEqual(
      'GlobalSecondaryIndexes' in expected ? expected.GlobalSecondaryIndexes : undefined,
    );
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
  const { paths } = document.parse(openApiDocument(...CONTRACT));
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(routes.toSorted()).toEqual(deployedRoutes().toSorted());
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { requestBody, responses }] of Object.entries(methods)) {
      if (method === 'patch' || (method === 'post' && !path.endsWith('/cancel')))
        expect(requestBody, path).toBeDefined();
      for (const answer of Object.values(responses)) expect(answer, path).toHaveProperty('content');
    }
});

const method = z.object({
  Properties: z.object({
    HttpMethod: z.string(),
    ResourceId: z.union([z.object({ Ref: z.string() }), z.unknown()]),
  }),
});
const resource = z.object({
  Properties: z.object({ PathPart: z.string(), ParentId: z.unknown() }),
});
const reference = z.object({ Ref: z.string() });

/** `METHOD /path` of the gateway as the template has it, without preflights and the catch-all. */
const deployedRoutes = (): readonly string[] => {
  const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const state = new StateStack(app, 'State', {});
  const config = readStageConfig({ stage: 'test' });
  const template = Template.fromStack(new ServiceStack(app, 'Service', { config, state }));
  const resources = z
    .record(z.string(), resource)
    .parse(template.findResources('AWS::ApiGateway::Resource'));
  const pathOf = (id: unknown): string => {
    const found = reference.safeParse(id);
    const part = found.success ? resources[found.data.Ref] : undefined;
    return part === undefined
      ? ''
      : `${pathOf(part.Properties.ParentId)}/${part.Properties.PathPart}`;
  };
  return Object.values(template.findResources('AWS::ApiGateway::Method'))
    .map((found) => method.parse(found).Properties)
    .map(({ HttpMethod, ResourceId }) => `${HttpMethod} ${pathOf(ResourceId).replace('+}', '}')}`)
    .filter((route) => !/^OPTIONS |^ANY |\{proxy\}/.test(route));
};
