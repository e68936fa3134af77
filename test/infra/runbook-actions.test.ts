import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { readStageConfig } from '../../lib/shared/stage-config.ts';
import { stageApp } from '../support/stage.ts';

const LAMBDA = 'arn:aws:lambda:eu-central-1:123456789012:function:restart-checkout';
const DOCUMENT = 'arn:aws:ssm:eu-central-1:123456789012:document/RestartCheckout';
const ROLE = 'arn:aws:iam::123456789012:role/automation';

const role = z.looseObject({
  Properties: z.looseObject({
    Policies: z
      .array(z.looseObject({ PolicyDocument: z.looseObject({ Statement: z.array(z.unknown()) }) }))
      .default([]),
  }),
});

/** Statements of the one function that acts, as text. */
const statementsOf = (context: object): string => {
  const { sre } = stageApp({ stage: 'acting', ...context });
  const roles = Template.fromStack(sre).findResources('AWS::IAM::Role');
  const [, found] =
    Object.entries(roles).find(([id]) => id.startsWith('Remediationsremediate')) ?? [];
  const { Properties } = role.parse(found);
  return JSON.stringify(Properties.Policies);
};

describe('what steps of runbooks may call', () => {
  test('is nothing of the account unless the stage names it', () => {
    const text = statementsOf({});
    expect(text).toContain('ssm:GetParameter');
    for (const action of [
      'lambda:InvokeFunction',
      'ssm:StartAutomationExecution',
      'ssm:GetAutomationExecution',
      'iam:PassRole',
    ])
      expect(text).not.toContain(action);
  });

  test('is exactly what the stage names', () => {
    const runbookActions = { lambdas: [LAMBDA], documents: [DOCUMENT], roles: [ROLE] };
    const text = statementsOf({ runbookActions: JSON.stringify(runbookActions) });
    expect(text).toContain(
      `"Action":"lambda:InvokeFunction","Effect":"Allow","Resource":"${LAMBDA}"`,
    );
    expect(text).toContain(DOCUMENT);
    expect(text).toMatch(
      /"Action":"ssm:GetAutomationExecution","Effect":"Allow","Resource":\{"Fn::Join":\["",\["arn:",[^[\]]+:automation-execution\/\*"/,
    );
    expect(text).toContain(`"iam:PassedToService":"ssm.amazonaws.com"`);
    expect(text).toMatch(
      new RegExp(`"Action":"iam:PassRole","Condition":{.+},"Effect":"Allow","Resource":"${ROLE}"`),
    );
  });

  test.each([
    { lambdas: ['*'] },
    { lambdas: ['arn:aws:lambda:eu-central-1:123456789012:function:*'] },
    { documents: ['arn:aws:ssm:*:123456789012:document/Restart'] },
    { roles: ['arn:aws:iam::123456789012:role/*'] },
    { other: [] },
  ])('a stage that names %j is not made', (runbookActions) => {
    expect(() => readStageConfig({ stage: 'x', runbookActions })).toThrow(/runbookActions/);
  });
});
