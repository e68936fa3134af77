import { expect, test } from 'vitest';
import { stageTemplates } from '../support/stage.ts';

const rolesOf = (settings: Readonly<Record<string, unknown>>) => {
  const { service, sre } = stageTemplates(settings);
  return [service, sre].flatMap((template) =>
    Object.entries(template.findResources('AWS::IAM::Role')).map(
      ([id, role]) => [id, JSON.stringify(role)] as const,
    ),
  );
};

test('no function may call a model of Bedrock unless the stage names it', () => {
  expect(rolesOf({}).filter(([, role]) => role.includes('bedrock:'))).toEqual([]);
});

test('who calls models may stream those that the stage names, and no other: a profile, and its model wherever it runs', () => {
  const roles = rolesOf({
    bedrockModels: 'us.anthropic.claude-opus-5,amazon.nova-pro-v1:0',
  }).filter(([, role]) => role.includes('bedrock:'));
  expect(roles.map(([id]) => id.replace(/role[0-9A-F]{8}$/, '')).toSorted()).toEqual(
    [
      'Diagnosesdiagnose',
      'Gatewaychatcompletions',
      'Gatewaygeneratecontent',
      'Gatewaymessages',
      'Threadsaichat',
      'Threadsappendmessage',
      'Threadsresponses',
      'Threadsrunturn',
      'Threadssocketturn',
    ].toSorted(),
  );
  for (const [, role] of roles) {
    expect(role.match(/"bedrock:[^"]*"/g)).toEqual(['"bedrock:InvokeModelWithResponseStream"']);
    const resources = role.match(/:bedrock:\*:[^"]*"(?:,\{[^}]*\},"[^"]*")?/g) ?? [];
    expect(resources).toEqual([
      ':bedrock:*::foundation-model/anthropic.claude-opus-5"',
      ':bedrock:*:",{"Ref":"AWS::AccountId"},":inference-profile/us.anthropic.claude-opus-5"',
      ':bedrock:*::foundation-model/amazon.nova-pro-v1:0"',
    ]);
  }
});
