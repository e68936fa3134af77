import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { stageTemplates } from '../support/stage.ts';

const stages = ['response', 'buffered'].map((streaming) =>
  stageTemplates({
    streaming,
    waf: 'rate',
    alarmEmail: 'operator@example.com',
    domainName: 'api.example.com',
    certificateArn: 'arn:aws:acm:us-east-1:111111111111:certificate/1',
  }),
);
const templates = stages.flatMap(({ state, service, sre }) =>
  [state, service, sre].map((template) => template.toJSON()),
);

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html */
describe("CloudFormation's quotas", () => {
  /**
   * A template may have 500, which nobody can raise. The rest of the room is for what is still to come: a function
   * takes four (with its log group, role and permission), an alarm one, a new path two, and a method of a path that is
   * there none. Two fifths of all are methods and resources of the front door: as one OpenAPI body of the API they would
   * be none, when this budget is used up.
   */
  const RESOURCES_MAX = 460;
  /** Of 1,000,000. */
  const TEMPLATE_BYTES_MAX = 700_000;

  test('a template with every setting on is within its budget of resources', () => {
    for (const { Resources } of templates) {
      const count = Object.keys(z.record(z.string(), z.unknown()).parse(Resources)).length;
      expect(count).toBeLessThanOrEqual(RESOURCES_MAX);
    }
  });

  test('a template is within its budget of bytes', () => {
    for (const template of templates)
      expect(JSON.stringify(template, null, 1).length).toBeLessThanOrEqual(TEMPLATE_BYTES_MAX);
  });
});

/**
 * All inline policies of a role together have at most 10,240 characters:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html. References are shorter here than the ARNs
 * that they become, so the budget is half of it.
 */
test('what a role may do fits in the role', () => {
  for (const { service } of stages) {
    const roles = Object.values(service.findResources('AWS::IAM::Role'));
    expect(roles.length).toBeGreaterThan(20);
    for (const role of roles)
      expect(JSON.stringify(role['Properties']?.Policies ?? '').length).toBeLessThanOrEqual(5_120);
  }
});
