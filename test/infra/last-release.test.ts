import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { comparable, differences, readParts } from '../support/compare-templates.ts';
import { stageApp } from '../support/stage.ts';

/** `npm run snapshot:release` keeps it at each release. */
const LAST_RELEASE = 'test/fixtures/service-of-last-release.jsonl';

/** Where this Service is meant to differ from that of the last release, and why; `*` is any one resource. */
const MEANT: Readonly<Record<string, string>> = {
  'Resources.FrontDoorApi9446D656.Properties.BinaryMediaTypes':
    'bytes that are no text reach the functions',
  'Resources.FrontDoorApiUNSUPPORTEDMEDIATYPEDC851B32':
    'a body in a coding that API Gateway cannot decode is refused by the name of its header',
  'Resources.FrontDoorApiDeployment.DependsOn': 'the same',
  ...Object.fromEntries(
    ['AlarmTopicArn', 'BaseUrl', 'DashboardUrl', 'EventBusName', 'StageName', 'WebSocketUrl'].map(
      (name) => [`Outputs.${name}.Description`, 'each output says what it is for'],
    ),
  ),
  'Resources.*.Properties.Environment.Variables.ALLOWED_FEATURES':
    'fields of a call that an operator allows on capped keys',
  'Resources.Inferenceexpireholds6E72B5B3.Properties.Environment.Variables.THREADS_TABLE':
    'an expired hold is looked for in the run that it was taken for',
  'Resources.InferenceexpireholdsroleA977942E.Properties.Policies': 'the same',
  'Resources.*.Properties.ResponseParameters.gatewayresponse.header.request-id':
    'clients of Anthropic read it',
  'Resources.MonitoringDashboard0C3675C6.Properties.DashboardBody.Fn::Join':
    'the one dashboard shows telemetry too',
  'Resources.Gatewaydiscovery1400591C.Properties.Description':
    'each function answers its own preflights',
  'Resources.*.Properties.AlarmDescription': 'alarms are in plain words',
  'Outputs.Version': 'a stage tells its release',
  'Resources.Gatewaydiscovery1400591C.Properties.Environment.Variables.VERSION': 'the same',
  'Resources.FrontDoorApidocs5A550A74': 'GET /docs is the contract as a page',
  ...Object.fromEntries(
    [
      'v1anomaliesB16D4F0C',
      'v1anomaliesanomalyidF9ACCBDE',
      'v1anomaliesexplainE2D92978',
      'v1anomaliesanomalyidincident506A28CB',
      'v1deploys0375138A',
      'v1incidentsA7F38637',
      'v1incidentsincidentid6805EEA8',
      'v1silences30B4B2A8',
      'v1silencessilenceid7C0CA21A',
      'v1ingest45DEE787',
      'v1ingestmasks303D6120',
      'v1ingestusageBEFB5AC0',
      'v1logsFB198733',
      'v1logssearch1DDE9D1D',
      'v1services15D52892',
      'v1tracesBDE8403B',
      'v1tracestraceid9200A877',
    ].map((id) => [`Resources.FrontDoorApi${id}`, 'anomalies, services, search']),
  ),
  ...Object.fromEntries(
    [
      'DestinationRoutesdestinations5F41ED96',
      'DestinationRoutesdestinationsfrontdoor7E4D03E9',
      'DestinationRoutesdestinationslogFBC39916',
      'DestinationRoutesdestinationsroleFC1B71B6',
      'FrontDoorApiv1deliveriesDF3ADE44',
      'FrontDoorApiv1destinations99866B7C',
      'FrontDoorApiv1destinationsdestinationidD4975A04',
      'FrontDoorApiv1destinationsdestinationidinbound036CFE49',
      'FrontDoorApiv1destinationsdestinationidtestF5897446',
    ].map((id) => [`Resources.${id}`, 'destinations of tickets']),
  ),
  ...Object.fromEntries(
    ['A4D2E585', 'frontdoorAF39693A', 'logE1BB284C', 'role54BCCAC3'].map((id) => [
      `Resources.SreRoutessre${id}`,
      'the same',
    ]),
  ),
  'Resources.FrontDoorApiMISSINGAUTHENTICATIONTOKENE36BD965.Properties.ResponseTemplates.application/json':
    'a path that does not exist is answered in words',
  'Resources.FrontDoorApiv1mcpserversserveridtestE60A0E0C':
    'an MCP server is tried before it is used',
  ...Object.fromEntries(
    [
      'aichatroleF2052E26',
      'appendmessagerole9E1C5EA7',
      'conversationsroleD23331D6',
      'readstreamrole799E7890',
      'responsesroleF6ACBC0C',
      'runturnroleF49CB2CD',
      'socketturnrole6EF508BD',
      'sweeprunsrole126CC2AA',
      'threadsroleD9B37D9E',
    ].map((id) => [
      `Resources.Threads${id}.Properties.Policies`,
      'who ends a run checks that nobody waits for it',
    ]),
  ),
  'Outputs.ExportsOutputRefMonitoringAlarms66989066ED1BD0A2': 'alarms of the SRE tell the topic',
};

const last = readParts(readFileSync(LAST_RELEASE, 'utf8'));
const { service } = stageApp({ stage: 'upgraded' }, undefined, 'Sluice-upgraded-');
const template = z
  .looseObject({
    Resources: z.record(z.string(), z.looseObject({ Properties: z.looseObject({}) })),
  })
  .parse(Template.fromStack(service).toJSON());

const methodPart = z.looseObject({
  Type: z.literal('AWS::ApiGateway::Method'),
  Properties: z.looseObject({ HttpMethod: z.string() }),
});
type Compared = ReturnType<typeof comparable>;
const methods = (parts: Compared) =>
  [...parts.values()].flatMap((part) => {
    const { data } = methodPart.safeParse(part);
    return data === undefined ? [] : [data.Properties];
  });
/** All but the methods of the front door, which a rule of their own compares. */
const others = (parts: Compared): Compared =>
  new Map([...parts].filter(([, part]) => !methodPart.safeParse(part).success));

describe('the Service stack of the last release', () => {
  test('becomes this one by the differences that are listed, and by no other', () => {
    expect(last.size).toBeGreaterThan(300);
    const found = differences(others(last), others(comparable(template))).map((path) => {
      const anywhere = path.replace(/^Resources\.\w+/, 'Resources.*');
      return Object.hasOwn(MEANT, anywhere) ? anywhere : path;
    });
    expect([...new Set(found)].toSorted()).toEqual(Object.keys(MEANT).toSorted());
  });

  test('every method that it answered reaches the same function, and may take as long', () => {
    const now = new Set(methods(comparable(template)).map((method) => JSON.stringify(method)));
    const before = methods(last).filter(({ HttpMethod }) => HttpMethod !== 'OPTIONS');
    expect(before.length).toBeGreaterThan(60);
    for (const method of before)
      expect([
        now.has(JSON.stringify(method)) ||
          now.has(JSON.stringify({ ...method, HttpMethod: 'ANY' })),
        method,
      ]).toEqual([true, method]);
  });

  const CHAT = 'Gatewaychatcompletions545A6909';
  const { [CHAT]: chat, ...rest } = template.Resources;
  const changed = (properties: object) => ({
    ...rest,
    [CHAT]: { ...chat, Properties: { ...chat?.Properties, ...properties } },
  });

  test.each([
    ['a resource that is gone', rest, `Resources.${CHAT}`],
    ['a new one', { ...template.Resources, New: { Properties: {} } }, 'Resources.New'],
    ['another limit', changed({ Timeout: 1 }), `Resources.${CHAT}.Properties.Timeout`],
    [
      'another list',
      changed({ Architectures: ['x86_64', 'arm64'] }),
      `Resources.${CHAT}.Properties.Architectures`,
    ],
    [
      'another variable',
      changed({ Environment: { Variables: { STAGE: 'upgraded' } } }),
      `Resources.${CHAT}.Properties.Environment.Variables.KEYS_TABLE`,
    ],
  ])('%s would be caught', (_, Resources, path) => {
    expect(chat).toBeDefined();
    expect(differences(comparable(template), comparable({ ...template, Resources }))).toContain(
      path,
    );
  });

  test('another build is no difference', () => {
    const Resources = {
      ...changed({ Code: { ...Object(chat?.Properties['Code']), S3Key: 'other.zip' } }),
    };
    const text = JSON.stringify({ ...template, Resources });
    const rebuilt: unknown = JSON.parse(
      text.replaceAll(/ApiDeployment[0-9a-f]{40}/g, `ApiDeployment${'0'.repeat(40)}`),
    );
    expect(differences(comparable(template), comparable(rebuilt))).toEqual([]);
  });
});
