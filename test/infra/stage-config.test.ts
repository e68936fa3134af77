import { describe, expect, test } from 'vitest';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { stageTemplates } from '../support/stage.ts';

const CERTIFICATE = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b-2c3d';

describe('the settings of a stage', () => {
  test.each([
    [{ stage: 'Prod' }, /stage/],
    [{ streaming: 'sometimes' }, /streaming/],
    [{ waf: 'sometimes' }, /waf/],
    [{ region: 'frankfurt' }, /no region, as in eu-central-1\s+→ at region/],
    [{ domainName: 'https://api.example.com', certificateArn: CERTIFICATE }, /at domainName/],
    [{ domainName: 'api.example.com' }, /come together/],
    [{ certificateArn: CERTIFICATE }, /come together/],
    [
      { region: 'us-east-1', domainName: 'api.example.com', certificateArn: CERTIFICATE },
      /another region/,
    ],
    [{ providers: 'openai, anthropic' }, /at providers/],
    [{ logRetentionDays: '31' }, /logRetentionDays/],
    [{ corsOrigins: "https://a.example' onload" }, /at corsOrigins/],
    [{ corsOrigins: 'https://a.example/' }, /at corsOrigins/],
    [{ corsOrigins: 'https://*.example' }, /at corsOrigins/],
    [{ throttleRate: '0' }, /throttleRate/],
    [{ alarmEmail: 'nobody' }, /alarmEmail/],
    [{ consoleUrl: 'https://ops.example.com' }, /at consoleUrl/],
    [{ consoleUrl: 'javascript:{incident_id}' }, /at consoleUrl/],
    [{ consoleUrl: 'https://{incident_id}.example.com' }, /at consoleUrl/],
    [{ stagee: 'dev' }, /stagee/],
  ])('%j fails the synth and names itself', (settings, named) => {
    expect(() => readStageConfig({ stage: 'test', ...settings })).toThrow(named);
  });

  test('a stage under its own name has its certificate, TLS 1.2, and that name as base URL', () => {
    const { service } = stageTemplates({
      domainName: 'api.example.com',
      certificateArn: CERTIFICATE,
    });
    service.hasResourceProperties('AWS::ApiGateway::DomainName', {
      DomainName: 'api.example.com',
      RegionalCertificateArn: CERTIFICATE,
      SecurityPolicy: 'TLS_1_2',
      EndpointConfiguration: { Types: ['REGIONAL'] },
    });
    service.hasResource('AWS::ApiGateway::BasePathMapping', {});
    const outputs = Object.entries(service.findOutputs('*'));
    expect(outputs.find(([name]) => name.includes('BaseUrl'))?.[1]).toMatchObject({
      Value: 'https://api.example.com',
    });
  });
});
