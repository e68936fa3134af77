import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { createRunbookBody } from '../../../../lambdas/sre/formats/runbook-schemas.ts';
import { factsOf, fillParameters } from '../../../../lambdas/sre/runbooks/facts.ts';
import { planStep } from '../../../../lambdas/sre/runbooks/plan.ts';
import type { RunbookAction } from '../../../../lambdas/sre/runbooks/runbook.ts';
import { INCIDENT_ID, liveIncident, runbookOf } from '../../../support/sre/runbooks.ts';

const of = (service: string) =>
  liveIncident({
    members: [{ source: { environment: 'production', namespace: '', service }, kind: 'oom' }],
  });
const planned = (action: RunbookAction, service = 'checkout', revision = 1) =>
  planStep({
    remediationId: 'remediation_1',
    runbook: runbookOf({ revision }),
    step: { id: 'restart', title: 'Restart', action },
    incident: of(service),
  });
const planOf = (action: RunbookAction) => {
  const plan = planned(action);
  if (plan.kind === 'refused') throw new Error(plan.reason);
  return plan;
};

const parameters = { name: '{{service}}-{{severity}}', id: '{{incident_id}}' };
const body = z.looseObject({});

describe('what a step would send', () => {
  test('a webhook says the incident and its parameters', () => {
    const { plan } = planOf({ kind: 'webhook', url: 'https://ops.example/x', parameters });
    expect(JSON.parse(plan.body)).toEqual({
      id: 'remediation_1',
      type: 'remediation',
      incident_id: INCIDENT_ID,
      parameters: { name: 'checkout-high', id: INCIDENT_ID },
    });
  });

  test('a document gets its parameters as lists, and a token that is a UUID', () => {
    const documentArn = 'arn:aws:ssm:eu-central-1:123456789012:document/Restart';
    const { plan } = planOf({ kind: 'ssm_document', documentArn, parameters });
    const sent = body.parse(JSON.parse(plan.body));
    expect(sent).toMatchObject({
      DocumentName: documentArn,
      Parameters: { name: ['checkout-high'] },
    });
    expect(z.uuid().safeParse(sent['ClientToken']).success).toBe(true);
    expect(planOf({ kind: 'ssm_document', documentArn, parameters }).plan).toEqual(plan);
  });

  test('a workflow is asked for its run at GitHub alone: an Enterprise Server may not know that', () => {
    const action = {
      kind: 'github_workflow' as const,
      repository: 'shop/ops',
      workflow: 'restart.yml',
      ref: 'main',
      parameters,
    };
    const { plan } = planOf({ ...action, baseUrl: 'https://api.github.com' });
    expect(plan.target).toBe(
      'https://api.github.com/repos/shop/ops/actions/workflows/restart.yml/dispatches',
    );
    expect(JSON.parse(plan.body)).toMatchObject({ ref: 'main', return_run_details: true });
    const elsewhere = planOf({ ...action, baseUrl: 'https://git.example/api/v3' });
    expect(Object.keys(body.parse(JSON.parse(elsewhere.plan.body)))).toEqual(['ref', 'inputs']);
  });

  test('it shows no secret, and says where one is put in', () => {
    const { plan } = planOf({ kind: 'webhook', url: 'https://ops.example/x', parameters: {} });
    expect(plan.headers['x-sluice-signature']).toMatch(/^<.*>$/);
  });

  test('the hash is of the plan and of all that it is bound to', () => {
    const action = { kind: 'webhook' as const, url: 'https://ops.example/x', parameters };
    const one = planned(action);
    expect(planned(action)).toEqual(one);
    const { hash } = planOf(action);
    for (const other of [
      planned({ ...action, url: 'https://ops.example/y' }),
      planned({ ...action, parameters: {} }),
      planned(action, 'shop'),
      planned(action, 'checkout', 2),
    ])
      expect(other).not.toMatchObject({ hash });
  });

  test('a step that a person does has no plan', () => {
    const runbook = runbookOf();
    const step = { id: 'look', title: 'Look', action: null };
    const input = { remediationId: 'r', runbook, step, incident: of('checkout') };
    expect(planStep(input)).toMatchObject({ kind: 'refused' });
  });
});

describe('facts in parameters', () => {
  test.each([
    '',
    '-rf',
    '$(reboot)',
    'a;b',
    'a b',
    'a"b',
    "a'b",
    'a\nb',
    '../x',
    '{{service}}',
    '${{ secrets.X }}',
    'ä',
    'a`b',
    'a'.repeat(129),
  ])('a service whose name is %j fills no parameter', (service) => {
    expect(planned({ kind: 'webhook', url: 'https://ops.example/x', parameters }, service)).toEqual(
      { kind: 'refused', reason: expect.stringMatching(/service/) },
    );
  });

  test('whatever a service is called, what is filled in is plain or nothing is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (service) => {
        const filled = fillParameters({ name: 'x {{service}} y' }, factsOf(of(service)));
        if (filled.kind === 'filled')
          expect(filled.parameters['name']).toMatch(/^x [A-Za-z0-9_][A-Za-z0-9._-]{0,127} y$/);
      }),
    );
  });

  test('a fact is filled in once: what it says is no place for another one', () => {
    const facts = { ...factsOf(of('checkout')), namespace: 'x' };
    expect(fillParameters({ a: '{{namespace}}{{service}}' }, facts)).toEqual({
      kind: 'filled',
      parameters: { a: 'xcheckout' },
    });
  });

  test.each([
    '{{Service}}',
    '{{ service }}',
    '{{secret}}',
    '{{service',
    'service}}',
    '${{ github }}',
  ])('a runbook with the parameter %j is refused when it is written', (text) => {
    const action = { kind: 'webhook', url: 'https://ops.example/x', parameters: { text } };
    const steps = [{ id: 'a', title: 'A', action }];
    expect(createRunbookBody.safeParse({ name: 'x', steps }).success).toBe(false);
  });
});
