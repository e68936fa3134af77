import * as z from 'zod';

/** What the emulator lacks or does otherwise than AWS, and what covers it. docs/deploy.md lists the same lines. */
export const GAPS: readonly { readonly gap: string; readonly cover: string }[] = [
  {
    gap: 'No streamed answers: the stage is deployed with `streaming: buffered`.',
    cover: 'The local runtime streams; test/infra holds the streamed routes in the template.',
  },
  {
    gap: '`Ref` of a secret is its name, on AWS its ARN: the test rewrites it to the attribute `Id`.',
    cover: 'AWS documents both as the ARN; cfn-lint checks the template as it was.',
  },
  {
    gap: 'X-Ray has no sampling rules: the stage is deployed with `tracing: off`.',
    cover: 'test/infra and cfn-lint check the rule.',
  },
  {
    gap: 'An alarm has one metric and no arithmetic: the test keeps the first metric of each sum.',
    cover: 'test/infra and cfn-lint check the alarms.',
  },
  {
    gap: 'No name of an API resolves: the test rewrites the outputs `BaseUrl` and `IngestUrl`, and the addresses of the sockets in the functions, to the paths that the emulator gives them.',
    cover: 'Nothing: AWS makes the names.',
  },
  {
    gap: 'A WebSocket handshake is answered without a subprotocol, a refused one without its status: sockets are opened by tickets.',
    cover: 'The local runtime answers as API Gateway does; test/e2e/sockets.test.ts drives it.',
  },
  {
    gap: 'Functions run on the machine’s own processor and Node 24, without memory limits.',
    cover: 'Nothing: on AWS the log of a function reports the memory that it used.',
  },
  {
    gap: 'An update kills running calls; AWS lets them end.',
    cover: 'The harder case: each such call’s hold must end by itself.',
  },
  {
    gap: 'The failure of a function is told in the emulator’s words, without the template’s gateway responses.',
    cover: 'The local runtime answers by them; test/infra checks them.',
  },
  {
    gap: 'It continues past a batch of a stream whatever the function reports of single records: books may lack a settlement.',
    cover:
      'The local runtime sends it again (test/e2e/bad-days.test.ts), and its books agree to the nano after a storm and a kill (test/e2e/storm.test.ts).',
  },
  {
    gap: 'A body in a coding that API Gateway refuses reaches its function, which refuses it in the same words.',
    cover: 'The local runtime answers by the template (test/e2e/local-runtime.test.ts).',
  },
  {
    gap: 'A compressed body of JSON does not reach its function as it was sent: telemetry is sent without compression.',
    cover: 'The local runtime hands bytes over as they came (test/e2e/sre.test.ts).',
  },
  {
    gap: 'Sending messages in a batch needs a permission of that name, which AWS does not have: the test adds it beside `sqs:SendMessage`.',
    cover: 'AWS names `sqs:SendMessage` as what SendMessageBatch needs.',
  },
  {
    gap: 'CloudFormation knows no route response of a socket: the test leaves it out, and the answer of a function reaches the socket without it.',
    cover: 'The local runtime sends it by the template; test/infra and cfn-lint check it.',
  },
  {
    gap: 'No limit of 6 MB for an event.',
    cover: 'The local runtime has it.',
  },
];

const templateSchema = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
  Outputs: z.record(z.string(), z.looseObject({})).default({}),
});

/** The template with what the emulator reads as AWS reads the original. */
export const forEmulator = (text: string, endpoint: string): string => {
  const template = templateSchema.parse(JSON.parse(text));
  const idsOf = (type: string): readonly string[] =>
    Object.entries(template.Resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id]) => id);
  const [api] = idsOf('AWS::ApiGateway::RestApi');
  const [stage] = idsOf('AWS::ApiGateway::Stage');
  if (template.Outputs['BaseUrl'] !== undefined)
    template.Outputs['BaseUrl'] = {
      Value: { 'Fn::Sub': `${endpoint}/restapis/\${${api}}/\${${stage}}/_user_request_` },
    };
  const [sockets] = idsOf('AWS::ApiGatewayV2::Api');
  // The stack of telemetry has an HTTP API alone.
  if (template.Outputs['IngestUrl'] !== undefined)
    template.Outputs['IngestUrl'] = {
      Value: { 'Fn::Sub': `${endpoint}/_aws/execute-api/\${${sockets}}` },
    };
  for (const id of idsOf('AWS::ApiGatewayV2::RouteResponse')) delete template.Resources[id];
  for (const resource of Object.values(template.Resources)) {
    if (resource.Type === 'AWS::CloudWatch::Alarm')
      resource.Properties = withOneMetric(resource.Properties);
    if (resource.Type.startsWith('AWS::IAM::'))
      resource.Properties = z
        .record(z.string(), z.unknown())
        .parse(withBatchActions(resource.Properties));
    if (resource.Type === 'AWS::Lambda::Function' && sockets !== undefined)
      resource.Properties = withSocketUrls(resource.Properties, endpoint, sockets);
  }
  return JSON.stringify(withSecretIds(template, new Set(idsOf('AWS::SecretsManager::Secret'))));
};

const functionSchema = z.looseObject({
  Environment: z.looseObject({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});

const withSocketUrls = (
  properties: Readonly<Record<string, unknown>>,
  endpoint: string,
  api: string,
): Record<string, unknown> => {
  const { Environment, ...rest } = functionSchema.parse(properties);
  if (Environment?.Variables['CONNECTIONS_URL'] === undefined) return { ...properties };
  const address = `${endpoint}/_aws/execute-api/\${${api}}/ws`;
  const Variables = {
    ...Environment.Variables,
    CONNECTIONS_URL: { 'Fn::Sub': address },
    WEBSOCKET_URL: { 'Fn::Sub': address.replace(/^http/, 'ws') },
  };
  return { ...rest, Environment: { ...Environment, Variables } };
};

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html */
const withBatchActions = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withBatchActions);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === 'Action' && [inner].flat().includes('sqs:SendMessage')
        ? [...[inner].flat(), 'sqs:SendMessageBatch']
        : withBatchActions(inner),
    ]),
  );
};

const withSecretIds = (value: unknown, secrets: ReadonlySet<string>): unknown => {
  if (Array.isArray(value)) return value.map((item) => withSecretIds(item, secrets));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name, target] = entries[0] ?? [];
  if (entries.length === 1 && name === 'Ref' && secrets.has(String(target)))
    return { 'Fn::GetAtt': [target, 'Id'] };
  return Object.fromEntries(entries.map(([key, item]) => [key, withSecretIds(item, secrets)]));
};

const metrics = z.array(
  z.object({
    MetricStat: z
      .object({
        Metric: z.object({ MetricName: z.string(), Namespace: z.string() }),
        Period: z.number(),
      })
      .optional(),
  }),
);

const withOneMetric = (alarm: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const { Metrics, ...rest } = alarm;
  if (Metrics === undefined) return rest;
  const first = metrics.parse(Metrics).find(({ MetricStat }) => MetricStat !== undefined);
  return {
    ...rest,
    ...first?.MetricStat?.Metric,
    Period: first?.MetricStat?.Period,
    Statistic: 'Sum',
  };
};
