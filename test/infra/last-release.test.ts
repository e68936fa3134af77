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
  'Resources.FrontDoorApiv1callsGET3F55B710': 'GET /v1/calls lists them',
  'Resources.FrontDoorApiMISSINGAUTHENTICATIONTOKENE36BD965.Properties.ResponseTemplates.application/json':
    'a route that is missing says where all of them are',
  ...Object.fromEntries(
    ['E60A0E0C', 'OPTIONS4377A87A', 'POST294DF4B4'].map((name) => [
      `Resources.FrontDoorApiv1mcpserversserveridtest${name}`,
      'an MCP server can be tried',
    ]),
  ),
  'Outputs.Version': 'a stage tells its release',
  'Resources.Gatewaydiscovery1400591C.Properties.Environment.Variables.VERSION': 'the same',
  'Resources.FrontDoorApiGETCA008DF7': 'GET / tells name, version and links',
  ...Object.fromEntries(
    [
      'docsHEAD0A38FE6B',
      'healthHEAD1A3E8DEF',
      'openapijsonHEAD7D6F7799',
      'v1modelsHEAD52873A17',
      'v1modelsidHEAD600B498B',
    ].map((id) => [`Resources.FrontDoorApi${id}`, 'HEAD answers as GET']),
  ),
  'Resources.FrontDoorApiv1responsesGET7C299C04': 'a handshake for Responses is answered 426',
  'Resources.FrontDoorApidocs5A550A74': 'GET /docs is the contract as a page',
  'Resources.FrontDoorApidocsGET6ED84695': 'the same',
  'Resources.FrontDoorApidocsOPTIONS309B58C6': 'the same',
};

const last = readParts(readFileSync(LAST_RELEASE, 'utf8'));
const { service } = stageApp({ stage: 'upgraded' }, undefined, 'Sluice-upgraded-');
const template = z
  .looseObject({
    Resources: z.record(z.string(), z.looseObject({ Properties: z.looseObject({}) })),
  })
  .parse(Template.fromStack(service).toJSON());

describe('the Service stack of the last release', () => {
  test('becomes this one by the differences that are listed, and by no other', () => {
    expect(last.size).toBeGreaterThan(300);
    const found = differences(last, comparable(template)).map((path) => {
      const anywhere = path.replace(/^Resources\.\w+/, 'Resources.*');
      return Object.hasOwn(MEANT, anywhere) ? anywhere : path;
    });
    expect([...new Set(found)].toSorted()).toEqual(Object.keys(MEANT).toSorted());
  });

  const CHAT = 'Gatewaychatcompletions545A6909';
  const { [CHAT]: chat, ...others } = template.Resources;
  const changed = (properties: object) => ({
    ...others,
    [CHAT]: { ...chat, Properties: { ...chat?.Properties, ...properties } },
  });

  test.each([
    ['a resource that is gone', others, `Resources.${CHAT}`],
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
