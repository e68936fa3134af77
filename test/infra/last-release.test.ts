import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { comparable, differences, readParts } from '../support/compare-templates.ts';
import { NOTICES_MEANT } from '../support/notices-meant.ts';
import { stageApp } from '../support/stage.ts';

/** `npm run snapshot:release` keeps it at each release. */
const LAST_RELEASE = 'test/fixtures/service-of-last-release.jsonl';

/** Where this Service is meant to differ from that of the last release, and why; `*` is any one resource. */
const MEANT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'FrontDoorApiv1cohortsB54B62FC',
      'FrontDoorApiv1invoicesE653E818',
      'FrontDoorApiv1jobs7D6CB1C2',
      'FrontDoorApiv1jobsjobid02C27AE3',
      'FrontDoorApiv1jobsjobidcancel8FD4817F',
      'FrontDoorApiv1jobsjobidresults74BE6A97',
      'FrontDoorApiv1jobsjobidstream62371A36',
      'FrontDoorApiv1leadsE5B07C6A',
      'FrontDoorApiv1pricesB932A325',
      'FrontDoorApiv1pricesadviceA72DFD66',
      'FrontDoorApiv1projectcap3F17E125',
      'FrontDoorApiv1pricesownB5E99308',
      'FrontDoorApiv1pricesownmodelname7F20A09C',
      'FrontDoorApiv1projectchangesCF659EEF',
      ...['3A33C03C', 'name8C4C3F10', 'nameapply2FF4E42A'].map((id) => `FrontDoorApiv1tiers${id}`),
      'FrontDoorApiv1routes96BE95B4',
      'FrontDoorApiv1routesname1E0464BA',
      'GatewaysettingsD33483C8',
      'Gatewaysettingsfrontdoor64875A6F',
      'Gatewaysettingslog32CCA7D8',
      'Gatewaysettingsrole3D50F0E1',
    ].map((id) => [`Resources.${id}`, 'spend explained, invoices, jobs, settings of a project']),
  ),
  ...NOTICES_MEANT,
  'Resources.Gatewayusagerole3114AFBE.Properties.Policies': 'the same',
  'Resources.Gatewaycreateadminkeyrole9E47D5BA.Properties.Policies':
    'a new key asks in its transaction whether its project has a cap',
  'Resources.GatewaykeysroleA15D0A3A.Properties.Policies': 'the same',
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
  'Resources.InferencerollupusageKeysStream1B44B794.Properties.FilterCriteria.Filters':
    'the roll-up hears of changed caps of projects',
  'Resources.MonitoringDashboard0C3675C6.Properties.DashboardBody.Fn::Join':
    'the one dashboard shows telemetry too',
  'Resources.*.Properties.Description': 'functions are described in plain words',
  'Resources.*.Properties.AlarmDescription': 'alarms are in plain words',
  'Resources.MonitoringfanoutlagA9226EDC.Properties.Metrics': 'the same',
  ...Object.fromEntries(
    ['FnGetAttInferenceBus488833ADArnA7C6A3CA', 'RefInferenceBus488833AD9B6FE5CB'].map((id) => [
      `Outputs.ExportsOutput${id}`,
      'the SRE calls models too, and events of its key go to the same bus',
    ]),
  ),
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
      'v1diagnosisFF0A668F',
      'v1incidentsA7F38637',
      'v1incidentsincidentid6805EEA8',
      'v1incidentsstatsA11EBF81',
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
    [
      'FrontDoorApiv1remediationsE24DEF38',
      'FrontDoorApiv1remediationsremediationid3CF22282',
      'FrontDoorApiv1remediationssettings27B5F788',
      'FrontDoorApiv1runbooksC41FC9F6',
      'FrontDoorApiv1runbooksrunbookid5D81EEF0',
      'RunbookRoutesrunbooks6094E17A',
      'RunbookRoutesrunbooksfrontdoor8497120D',
      'RunbookRoutesrunbookslog85CB17BE',
      'RunbookRoutesrunbooksrole38981FEF',
    ].map((id) => [`Resources.${id}`, 'runbooks, and who allows their steps']),
  ),
  ...Object.fromEntries(
    [
      'FrontDoorApiv1mcp5B719888',
      'McpmcpEB7CA9F7',
      'Mcpmcpfrontdoor301F3A61',
      'McpmcplogC0562F2D',
      'McpmcproleCD5017E7',
    ].map((id) => [`Resources.${id}`, 'tools for agents']),
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
  'Resources.*.Properties.RouteResponseSelectionExpression':
    'a message of a socket is answered by its own route',
  ...Object.fromEntries(
    [
      'cancelRouteResponseEE548C31',
      'defaultRouteResponseD0AD8DFF',
      'pingRouteResponse7AD222B0',
      'sendRouteResponse7AE906F8',
      'subscribeRouteResponse9DE15FC0',
      'unsubscribeRouteResponseAE198F7F',
    ].map((id) => [`Resources.SocketApi${id}`, 'the same']),
  ),
  ...Object.fromEntries(
    [
      'FrontDoorApiv1embeddingsCC6A1F0E',
      'FrontDoorApiv1moderationsFDD74591',
      'FrontDoorApiv1catalogC50BC0AC',
      'FrontDoorApielevenlabs4EF29740',
      'FrontDoorApielevenlabspath0C6D73F8',
      'Gatewayelevenlabs7DA143CF',
      'Gatewayelevenlabsfrontdoor552069E8',
      'Gatewayelevenlabslog1577991A',
      'Gatewayelevenlabsrole4D53FD52',
      'FrontDoorApiv1images3077AC08',
      'FrontDoorApiv1imagesedits8820580F',
      'FrontDoorApiv1imagesgenerations3DFED672',
      'FrontDoorApiv1audioE62D772C',
      'FrontDoorApiv1audiospeechD52E914A',
      'FrontDoorApiv1audiotranscriptionsF8EA577B',
      'FrontDoorApiv1audiotranslations133CDC40',
      'Gatewaymedia45D8EDC5',
      'Gatewaymediafrontdoor1C92F5EF',
      'GatewaymedialogE6FC60B7',
      'Gatewaymediarole068FD1A4',
      'Gatewayembeddings6A6543D8',
      'Gatewayembeddingsfrontdoor2C36530A',
      'Gatewayembeddingslog41C34E76',
      'Gatewayembeddingsrole9B79A386',
    ].map((id) => [`Resources.${id}`, 'calls that are no conversation']),
  ),
  'Resources.FrontDoorApiREQUESTTOOLARGE807836FD.Properties.ResponseTemplates.application/json':
    'a 413 says how large a file may be',
  'Outputs.ExportsOutputRefMonitoringAlarms66989066ED1BD0A2': 'alarms of the SRE tell the topic',
  ...Object.fromEntries(
    [
      'FrontDoorApiv1beta3C5FD242',
      'FrontDoorApiv1betamodels903C1EEC',
      'FrontDoorApiv1betamodelsid3400A815',
      'GatewaygeneratecontentC61F8743',
      'GatewaygeneratecontentfrontdoorB42B432C',
      'GatewaygeneratecontentlogB13D9C56',
      'GatewaygeneratecontentroleA5193ACB',
      'MonitoringcallsthrottledCFD36A28.Properties.Metrics',
    ].map((name) => [`Resources.${name}`, 'clients of Gemini are answered']),
  ),
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
