import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { CONTRACT } from '../../lambdas/contract.ts';
import { docsPage } from '../../lambdas/gateway/formats/docs-page.ts';
import { openApiDocument } from '../../lambdas/http/openapi-parts.ts';
import { ServiceStack } from '../../lib/service-stack.ts';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { StateStack } from '../../lib/state-stack.ts';
import {
  CHUNKS_TABLE,
  CONNECTIONS_TABLE,
  KEYS_TABLE,
  LOGS_TABLE,
  SRE_TABLE,
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
    ['LogsTable', LOGS_TABLE],
    ['SreTable', SRE_TABLE],
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
        operationId: z.string().min(1),
        summary: z.string().min(1),
        tags: z.tuple([z.string()]),
        requestBody: z.unknown().optional(),
        responses: z.record(z.string(), z.unknown()),
      }),
    ),
  ),
});

const bodies = z.object({ content: z.record(z.string(), z.looseObject({})) });

test('each operation has a name of its own, a chapter, and examples of its JSON bodies', () => {
  const { tags } = openApiDocument('0.1.0', CONTRACT);
  const { paths } = document.parse(openApiDocument('0.1.0', CONTRACT));
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  const chapters = tags?.map(({ name }) => name);
  for (const { operationId, tags: own, requestBody, responses } of operations) {
    expect(chapters).toContain(own[0]);
    const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
    for (const body of [...(requestBody === undefined ? [] : [requestBody]), ...good.map(last)]) {
      const json = bodies.parse(body).content['application/json'];
      if (json !== undefined) expect(json, operationId).toHaveProperty('example');
    }
  }
});

const last = ([, answer]: readonly [string, unknown]): unknown => answer;

test('the page of the document has each operation and each schema, and its links lead somewhere', () => {
  const contract = openApiDocument('0.1.0', CONTRACT);
  const page = docsPage(contract);
  for (const methods of Object.values(document.parse(contract).paths))
    for (const { operationId } of Object.values(methods))
      expect(page).toContain(`<h3 id="${operationId}">`);
  for (const name of Object.keys(contract.components?.schemas ?? {}))
    expect(page).toContain(`id="schema-${name}"`);
  for (const [, id] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${id}"`);
});

/** Which methods a path answers is its function's to say: test/e2e/methods.test.ts asks for each. */
test('the document has every path, and a body for each route that takes or gives one', () => {
  const { paths } = document.parse(openApiDocument('0.1.0', CONTRACT));
  expect(Object.keys(paths).toSorted()).toEqual(deployedPaths().toSorted());
  for (const [path, methods] of Object.entries(paths))
    for (const [method, { requestBody, responses }] of Object.entries(methods)) {
      if (method === 'patch' || (method === 'post' && !/\/(cancel|test)$/.test(path)))
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

/** Paths of the gateway that the template gives every method, without the catch-all. */
const deployedPaths = (): readonly string[] => {
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
    .filter(({ HttpMethod }) => HttpMethod === 'ANY')
    .map(({ ResourceId }) => pathOf(ResourceId).replace('+}', '}') || '/')
    .filter((path) => path !== '/{proxy}');
};
