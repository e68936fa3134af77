import { Validations } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Match } from 'aws-cdk-lib/assertions';
import { AwsSolutionsChecks } from 'cdk-nag';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { stageApp, stageTemplates } from '../support/stage.ts';

const { state, service } = stageTemplates();
const guarded = stageTemplates({ waf: 'rate', wafRequestsMax: 500, tracing: 'off' }).service;

const functionSchema = z.looseObject({
  Metadata: z.looseObject({ 'sluice:entry': z.string() }),
  Properties: z.looseObject({
    Role: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
    MemorySize: z.number(),
    Timeout: z.number(),
    Runtime: z.string(),
    Architectures: z.array(z.string()),
    LoggingConfig: z.looseObject({
      LogFormat: z.string(),
      LogGroup: z.object({ Ref: z.string() }),
    }),
  }),
});
const found = Object.values(service.findResources('AWS::Lambda::Function')).map((resource) =>
  functionSchema.parse(resource),
);
const functions = found.map(({ Properties }) => Properties);
const entries = found.map(({ Properties, Metadata }) => ({
  entry: Metadata['sluice:entry'].replace(/^lambdas\/(.+)\.lambda\.ts$/, '$1'),
  role: Properties.Role['Fn::GetAtt'][0],
}));

describe('permissions', () => {
  const list = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat());
  const role = z.looseObject({
    Properties: z.looseObject({
      Policies: z.tuple([
        z.looseObject({
          PolicyDocument: z.looseObject({
            Statement: z.array(
              z.looseObject({
                Action: list,
                Resource: z.unknown().transform((value) => JSON.stringify([value].flat())),
              }),
            ),
          }),
        }),
      ]),
    }),
  });
  const roles = functions.map(({ Role }) => Role['Fn::GetAtt'][0]);
  const statementsOf = (id: string) => {
    const { Policies } = role.parse(service.findResources('AWS::IAM::Role')[id]).Properties;
    return Policies[0].PolicyDocument.Statement;
  };
  const statements = roles.flatMap((id) => statementsOf(id));

  test('every function has a role of its own, which no managed or other policy widens', () => {
    expect(new Set(roles).size).toBe(functions.length);
    const found = service.findResources('AWS::IAM::Role');
    for (const id of roles) expect(found[id]).not.toHaveProperty('Properties.ManagedPolicyArns');
    service.resourceCountIs('AWS::IAM::Policy', 0);
    service.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  });

  test('no action is a wildcard', () => {
    expect(statements.length).toBeGreaterThan(functions.length);
    for (const { Action } of statements)
      for (const action of Action) expect(action).not.toMatch(/\*/);
  });

  test('a resource is a wildcard only where the service knows no other: traces, and objects that are named as they come', () => {
    const open = statements.filter(({ Resource }) => Resource.includes('*'));
    const actions = new Set(open.flatMap(({ Action }) => Action));
    expect([...actions].toSorted()).toEqual([
      'execute-api:ManageConnections',
      's3:DeleteObject',
      's3:GetObject',
      's3:PutObject',
      'ssm:DeleteParameter',
      'ssm:GetParameter',
      'ssm:PutParameter',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ]);
    for (const { Resource } of open.filter(({ Action }) => Action.join('').startsWith('ssm:')))
      expect(Resource).toMatch(/:parameter\/sluice\/[\w-]+\/(?:destinations|notices|runbooks)\/\*/);
    const objects = open.filter(({ Action }) => Action.includes('s3:PutObject'));
    for (const { Resource } of objects)
      expect(Resource).toMatch(/\/aws\/lambda\/\*|\/threads\/\*|\/blocks\/\*/);
  });

  /** Who calls models, or says which ones there are. Who only reads or ends what others asked needs no key. */
  const PROVIDER_READERS = [
    ...'chat-completions count-tokens elevenlabs embeddings generate-content media messages models'
      .split(' ')
      .map((id) => `gateway/${id}`),
    'threads/ai-chat',
    'threads/append-message',
    'threads/responses',
    'threads/run-turn',
    'threads/socket-turn',
  ];

  test("these functions may read the providers' keys, one the admin key, and no other any secret", () => {
    const readersOf = (secret: string): readonly string[] =>
      entries.flatMap(({ entry, role: id }) =>
        statementsOf(id).some(
          ({ Action, Resource }) =>
            Action.some((action) => action.startsWith('secretsmanager:')) &&
            Resource.includes(secret),
        )
          ? [entry]
          : [],
      );
    expect(readersOf('ProvidersSecret').toSorted()).toEqual(PROVIDER_READERS);
    expect(readersOf('AdminKeySecret')).toEqual(['gateway/create-admin-key']);
    expect(new Set(readersOf('')).size).toBe(PROVIDER_READERS.length + 1);
  });

  test('a function may write its own log group alone', () => {
    const writes = statements.filter(({ Action }) => Action.includes('logs:PutLogEvents'));
    expect(new Set(writes.map(({ Resource }) => Resource)).size).toBe(functions.length);
  });
});

describe('who may call a function', () => {
  const permission = z.looseObject({
    Properties: z.strictObject({
      Action: z.literal('lambda:InvokeFunction'),
      FunctionName: z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.literal('Arn')]) }),
      Principal: z.string(),
      SourceArn: z.unknown().transform((value) => JSON.stringify(value)),
    }),
  });
  const permissions = Object.values(service.findResources('AWS::Lambda::Permission')).map(
    (found) => permission.parse(found).Properties,
  );
  const [api = ''] = Object.keys(service.findResources('AWS::ApiGateway::RestApi'));
  const [sockets = ''] = Object.keys(service.findResources('AWS::ApiGatewayV2::Api'));

  test('one API of this stack, in its one stage, or one rule: once for each function', () => {
    const called = permissions.map(({ FunctionName }) => FunctionName['Fn::GetAtt'][0]);
    expect(new Set(called).size).toBe(called.length);
    const sources = Map.groupBy(permissions, ({ Principal }) => Principal);
    expect([...sources.keys()].toSorted()).toEqual([
      'apigateway.amazonaws.com',
      'events.amazonaws.com',
    ]);
    for (const { SourceArn } of sources.get('apigateway.amazonaws.com') ?? [])
      expect(SourceArn).toMatch(
        new RegExp(`":",\\{"Ref":"(${api}"\\},"/test/\\*/\\*"|${sockets}"\\},"/ws/\\*")\\]\\]\\}$`),
      );
    for (const { SourceArn } of sources.get('events.amazonaws.com') ?? [])
      expect(SourceArn).toMatch(/^\{"Fn::GetAtt":\["\w+","Arn"\]\}$/);
  });
});

describe('functions', () => {
  test('run Node 24 on arm64, in JSON logs that end, with nothing reserved', () => {
    const groups = service.findResources('AWS::Logs::LogGroup');
    for (const found of functions) {
      expect(found).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] });
      expect(found.LoggingConfig.LogFormat).toBe('JSON');
      expect(found).not.toHaveProperty('ReservedConcurrentExecutions');
      expect(groups[found.LoggingConfig.LogGroup.Ref]).toMatchObject({
        Properties: { RetentionInDays: 30 },
      });
    }
  });

  test('are traced by the rule of the stage: one a second and one in a hundred', () => {
    service.hasResourceProperties('AWS::XRay::SamplingRule', {
      SamplingRule: { ServiceName: 'sluice-test/test', ReservoirSize: 1, FixedRate: 0.01 },
    });
    service.hasResourceProperties('AWS::ApiGateway::Stage', { TracingEnabled: true });
    service.allResourcesProperties('AWS::Lambda::Function', {
      TracingConfig: { Mode: 'PassThrough' },
    });
    guarded.resourceCountIs('AWS::XRay::SamplingRule', 0);
    guarded.allResourcesProperties('AWS::Lambda::Function', { TracingConfig: Match.absent() });
  });

  test('that answer a buffered route end with it', () => {
    const buffered = stageTemplates({ streaming: 'buffered' }).service;
    const waits = Object.values(buffered.findResources('AWS::Lambda::Permission')).flatMap(
      (found) =>
        JSON.stringify(found).includes('apigateway.amazonaws.com')
          ? [
              z
                .looseObject({ Properties: z.looseObject({ FunctionName: z.unknown() }) })
                .parse(found),
            ]
          : [],
    );
    const behind = new Set(waits.map(({ Properties }) => JSON.stringify(Properties.FunctionName)));
    expect(behind.size).toBeGreaterThan(5);
    for (const [id, found] of Object.entries(buffered.findResources('AWS::Lambda::Function')))
      if (behind.has(JSON.stringify({ 'Fn::GetAtt': [id, 'Arn'] })))
        expect(functionSchema.parse(found).Properties.Timeout).toBeLessThanOrEqual(29);
  });
});

describe('the front door', () => {
  const stageSchema = z.looseObject({
    Properties: z.looseObject({ AccessLogSetting: z.looseObject({ Format: z.string() }) }),
  });

  test('lets through what the stage allows, and logs no query string, header or body', () => {
    const limited = stageTemplates({ throttleRate: '50', throttleBurst: '70' }).service;
    limited.hasResourceProperties('AWS::ApiGateway::Stage', {
      MethodSettings: [
        Match.objectLike({
          ThrottlingRateLimit: 50,
          ThrottlingBurstLimit: 70,
          DataTraceEnabled: false,
        }),
      ],
    });
    const [stage] = Object.values(service.findResources('AWS::ApiGateway::Stage'));
    const { Format } = stageSchema.parse(stage).Properties.AccessLogSetting;
    expect(JSON.parse(Format)).toMatchObject({ request_id: '$context.requestId' });
    expect(Format).not.toMatch(/\$input|\$context\.path|querystring|header|authorizer|apiKey/i);
  });

  test('has a regional web ACL with a rate rule when the stage asks, and none by default', () => {
    service.resourceCountIs('AWS::WAFv2::WebACL', 0);
    guarded.hasResourceProperties('AWS::WAFv2::WebACL', {
      Scope: 'REGIONAL',
      Rules: [
        Match.objectLike({
          Action: { Block: {} },
          Statement: Match.objectLike({
            RateBasedStatement: { Limit: 500, AggregateKeyType: 'IP' },
          }),
        }),
      ],
    });
    guarded.resourceCountIs('AWS::WAFv2::WebACLAssociation', 1);
  });
});

test('records that failed for good, and large rows, are kept with the state, private and encrypted', () => {
  const buckets = state.findResources('AWS::S3::Bucket');
  expect(Object.keys(buckets).toSorted()).toEqual([
    'BlobsBucket',
    'BlocksBucket',
    'FailedRecordsBucket',
  ]);
  for (const bucket of Object.values(buckets))
    expect(bucket).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
      },
    });
  service.resourceCountIs('AWS::S3::Bucket', 0);
});

describe('cdk-nag', () => {
  const checked = (settings: Readonly<Record<string, unknown>>, plant: boolean): void => {
    const outdir = mkdtempSync(join(tmpdir(), 'sluice-nag-'));
    const { app, service: stack } = stageApp(settings, outdir);
    if (plant)
      new iam.Role(stack, 'Planted', {
        assumedBy: new iam.AccountRootPrincipal(),
        managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AdministratorAccess')],
      });
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
    app.synth();
  };
  let printed = '';
  beforeEach(() => {
    printed = '';
    const keep = (...words: unknown[]): void => void (printed += words.join(' '));
    vi.spyOn(console, 'log').mockImplementation(keep);
    vi.spyOn(console, 'error').mockImplementation(keep);
  });
  afterEach(() => vi.restoreAllMocks());

  test.each([
    {},
    { waf: 'rate' },
    { streaming: 'buffered', tracing: 'off' },
    { search: 'opensearch', searchNodes: 2, searchReplicas: 1 },
    { bedrockModels: 'us.anthropic.claude-opus-5,amazon.nova-pro-v1:0' },
  ])('finds nothing that is not acknowledged with its reason in stage %j', (settings) => {
    checked(settings, false);
    expect(printed).not.toMatch(/ERROR|WARNING/);
  });

  test('finds a planted defect', () => {
    expect(() => checked({}, true)).toThrow(/AdministratorAccess/);
  });
});
