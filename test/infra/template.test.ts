import { App } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { ServiceStack } from '../../lib/service-stack.ts';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { StateStack } from '../../lib/state-stack.ts';
import { stageTemplates } from '../support/stage.ts';

const app = new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const state = new StateStack(app, 'State', {});
const service = new ServiceStack(app, 'Service', {
  config: readStageConfig({ stage: 'test' }),
  state,
});
const stateTemplate = Template.fromStack(state);
const serviceTemplate = Template.fromStack(service);

describe('the State stack', () => {
  test('keeps its resources under pinned logical ids, retained and protected', () => {
    const tables = stateTemplate.findResources('AWS::DynamoDB::GlobalTable');
    expect(Object.keys(tables).toSorted()).toEqual([
      'ChunksTable',
      'ConnectionsTable',
      'KeysTable',
      'LogsTable',
      'SreTable',
      'ThreadsTable',
      'UsageTable',
    ]);
    const secrets = stateTemplate.findResources('AWS::SecretsManager::Secret');
    expect(Object.keys(secrets).toSorted()).toEqual(['AdminKeySecret', 'ProvidersSecret']);
    for (const resource of [...Object.values(tables), ...Object.values(secrets)])
      expect(resource).toMatchObject({ DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    for (const table of Object.values(tables))
      expect(table).toMatchObject({
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
          Replicas: [
            {
              DeletionProtectionEnabled: true,
              PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
            },
          ],
        },
      });
  });
});

describe('the Service stack', () => {
  test('streams calls, turns and resumed streams for 15 minutes, and nothing else', () => {
    const methods = Object.values(serviceTemplate.findResources('AWS::ApiGateway::Method'));
    const streamed = methods.filter((method) => JSON.stringify(method).includes('"STREAM"'));
    expect(streamed).toHaveLength(26);
    for (const method of streamed)
      expect(method).toMatchObject({ Properties: { Integration: { TimeoutInMillis: 900_000 } } });
  });

  test('settlements and changed caps alone reach the roll-up, and what fails is kept whole', () => {
    serviceTemplate.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
      FilterCriteria: {
        Filters: [
          { Pattern: '{"dynamodb":{"NewImage":{"write":{"S":["settle","expire","admin"]}}}}' },
          { Pattern: '{"dynamodb":{"NewImage":{"subject":{"S":["cap"]}}}}' },
        ],
      },
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      DestinationConfig: { OnFailure: { Destination: Match.anyValue() } },
    });
    serviceTemplate.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(1 minute)',
    });
  });

  test.each([
    ['*', '*'],
    ['https://app.example', 'https://app.example'],
    ['https://app.example, https://b.example', 'https://app.example'],
    ['https://app.example,*', '*'],
  ])(
    "the gateway's own errors have our shape, and for origins %s show %s",
    (corsOrigins, shown) => {
      const template =
        corsOrigins === '*' ? serviceTemplate : stageTemplates({ corsOrigins }).service;
      const responses = Object.values(template.findResources('AWS::ApiGateway::GatewayResponse'));
      expect(responses).toHaveLength(9);
      for (const response of responses)
        expect(response).toMatchObject({
          Properties: {
            ResponseParameters: {
              'gatewayresponse.header.access-control-allow-origin': `'${shown}'`,
              'gatewayresponse.header.x-request-id': 'context.requestId',
              'gatewayresponse.header.request-id': 'context.requestId',
            },
            ResponseTemplates: { 'application/json': expect.stringContaining('"request_id"') },
          },
        });
    },
  );

  test('JSON and forms reach a function as text, and a stage that cannot stream takes every type for bytes', () => {
    const typesOf = (template: Template): readonly string[] => {
      const [api] = Object.values(template.findResources('AWS::ApiGateway::RestApi'));
      return z.array(z.string()).parse(api?.['Properties'].BinaryMediaTypes);
    };
    const types = typesOf(serviceTemplate);
    expect(types).toEqual(expect.arrayContaining(['multipart/form-data', 'audio/*']));
    // What `curl -d` says that it sends.
    for (const text of ['application/json', 'application/x-www-form-urlencoded', 'text/plain'])
      for (const type of types) {
        const pattern = new RegExp(`^${type.replaceAll('*', '.*')}$`);
        expect(text).not.toMatch(pattern);
      }
    expect(typesOf(stageTemplates({ streaming: 'buffered' }).service)).toEqual(['*/*']);
  });

  test('a bad stage setting fails the synth and names itself', () => {
    expect(() => readStageConfig({ stage: 'test', streaming: 'sometimes' })).toThrow(/streaming/);
    expect(() => readStageConfig({ stage: 'test', logRetentionDays: '31' })).toThrow(
      /logRetentionDays/,
    );
    expect(() => readStageConfig({ stage: 'test', alarmEmail: 'nobody' })).toThrow(/alarmEmail/);
    expect(() => readStageConfig({ stage: 'test', colour: 'red' })).toThrow(/colour/);
  });
});
