import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { act, type ActDeps } from '../../../../lambdas/sre/actions/act.ts';
import { AwsError } from '../../../../lambdas/platform/aws/aws-error.ts';
import { TransportFailure } from '../../../../lambdas/platform/aws/aws-transport.ts';
import { OutboundRefused, type OutboundRequest } from '../../../../lambdas/platform/outbound.ts';
import { webhookSignature } from '../../../../lambdas/shared/webhook-signature.ts';
import type { Plan } from '../../../../lambdas/sre/runbooks/plan.ts';

const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:restart';
const SECRETS = { signing_secret: 'whsec_1234567890', github_token: 'ghp_1234567890' };
const plan = (given: Partial<Plan> = {}): Plan => ({
  kind: 'webhook',
  target: 'https://ops.example/restart',
  headers: {},
  body: '{"id":"r"}',
  ...given,
});
const github = plan({
  kind: 'github_workflow',
  target: 'https://api.github.com/repos/shop/ops/actions/workflows/restart.yml/dispatches',
  headers: { accept: 'application/vnd.github+json', authorization: 'Bearer <github_token>' },
});

const acting = (given: Partial<ActDeps>) =>
  act({
    outbound: async () => await Promise.reject(new Error('nobody is asked')),
    lambda: async () => await Promise.reject(new Error('nobody is asked')),
    systemsManager: async () => await Promise.reject(new Error('nobody is asked')),
    region: 'eu-central-1',
    allowed: new Set([ARN]),
    mask: (text) => text.replaceAll('4111', '<card>'),
    nowMs: () => 1_000,
    ...given,
  });
const input = { secrets: SECRETS, untilMs: 60_000 };
const answering =
  (status: number, text: string, asked: OutboundRequest[] = []): ActDeps['outbound'] =>
  async (request) => {
    asked.push(request);
    return await Promise.resolve({ status, headers: {}, body: Readable.from([text]) });
  };

describe('what an action comes to', () => {
  test.each([
    [200, 'restarted', 'succeeded'],
    [302, '', 'failed'],
    [404, 'no such host', 'failed'],
    [429, '', 'failed'],
    [500, 'oh', 'unknown'],
    [504, '<html>', 'unknown'],
  ])('a webhook that answers %d is %s: a 5xx may have done it', async (status, text, state) => {
    const done = await acting({ outbound: answering(status, text) })(plan(), input);
    expect(done).toMatchObject({ state, result: expect.stringContaining(String(status)) });
  });

  test('a webhook is signed with the time of sending, over the bytes of the plan', async () => {
    const asked: OutboundRequest[] = [];
    await acting({ outbound: answering(200, '', asked) })(plan(), input);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      body: '{"id":"r"}',
      headers: {
        'x-sluice-timestamp': '1000',
        'x-sluice-signature': webhookSignature(SECRETS.signing_secret, 1_000, '{"id":"r"}'),
      },
    });
  });

  test('what was not let out, or met nobody, is failed; a cut connection is unknown', async () => {
    const failing = (failure: Error) => async () => await Promise.reject(failure);
    for (const [error, state] of [
      [new OutboundRefused('private'), 'failed'],
      [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'failed'],
      [Object.assign(new Error('x'), { code: 'ECONNRESET' }), 'unknown'],
    ] as const)
      expect(await acting({ outbound: failing(error) })(plan(), input)).toMatchObject({ state });
  });

  test('nothing is sent without the secret that it needs', async () => {
    const without = { ...input, secrets: {} };
    for (const one of [plan(), github])
      expect(await acting({})(one, without)).toMatchObject({ state: 'failed' });
  });

  test('an answer is shown masked, on one line, without what opens the address', async () => {
    const text = `ok\n4111 ${SECRETS.signing_secret} ${'x'.repeat(1_000)}`;
    const { result } = await acting({ outbound: answering(200, text) })(plan(), input);
    expect(result).toMatch(/^It answered 200: ok <card> <secret> x+…$/);
    expect(result.length).toBeLessThan(500);
  });

  test('a workflow is handed over, with the page of its run or of all its runs', async () => {
    const page = 'https://github.com/shop/ops/actions/runs/7';
    const run = JSON.stringify({ workflow_run_id: 7, run_url: 'x', html_url: page });
    expect(await acting({ outbound: answering(200, run) })(github, input)).toMatchObject({
      state: 'handed_over',
      url: page,
    });
    expect(await acting({ outbound: answering(204, '') })(github, input)).toMatchObject({
      url: 'https://github.com/shop/ops/actions/workflows/restart.yml',
    });
    const words = '{"message":"Bad credentials"}';
    expect(await acting({ outbound: answering(401, words) })(github, input)).toMatchObject({
      state: 'failed',
      result: 'It answered 401: Bad credentials',
    });
  });

  test('a function that the settings of the stage do not name is not called', async () => {
    const other = plan({ kind: 'lambda', target: `${ARN}-other` });
    expect(await acting({})(other, input)).toMatchObject({ state: 'failed' });
  });

  test('a function is called once; its failure is failed, a lost answer unknown', async () => {
    const one = plan({ kind: 'lambda', target: ARN });
    const answered = (headers: object) => async () =>
      await Promise.resolve({
        status: 200,
        headers: { ...headers },
        body: Buffer.from('{"ok":true}'),
      });
    const facts = (httpStatusCode: number) => ({ httpStatusCode, attempts: 1 });
    for (const [lambda, state] of [
      [answered({}), 'succeeded'],
      [answered({ 'x-amz-function-error': 'Unhandled' }), 'failed'],
      [async () => await Promise.reject(awsError(facts(403))), 'failed'],
      [async () => await Promise.reject(awsError(facts(500))), 'unknown'],
      [async () => await Promise.reject(cut()), 'unknown'],
    ] as const)
      expect(await acting({ lambda })(one, input)).toMatchObject({ state });
  });
});

const awsError = (facts: { readonly httpStatusCode: number; readonly attempts: number }) =>
  new AwsError({ name: 'AccessDeniedException', message: 'no', facts });
const cut = () =>
  new TransportFailure({ name: 'TimeoutError', code: 'ECONNRESET', message: 'cut' });
