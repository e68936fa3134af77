import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { awsClient } from '../../../lambdas/platform/aws/aws-client.ts';
import { awsJsonCalls } from '../../../lambdas/platform/aws/aws-json-client.ts';
import { act } from '../../../lambdas/sre/actions/act.ts';
import { planStep } from '../../../lambdas/sre/runbooks/plan.ts';
import type { Outcome } from '../../../lambdas/sre/runbooks/remediation.ts';
import type { RunbookAction } from '../../../lambdas/sre/runbooks/runbook.ts';
import { SecretStore, startAwsEndpoints, type AwsEndpoints } from '../../../local/aws-endpoints.ts';
import type { Endpoint } from '../../../local/http/http-endpoint.ts';
import { startLambdaEndpoint } from '../../../local/lambda/lambda-endpoint.ts';
import { functionOf } from '../../support/local-function.ts';
import { INCIDENT_ID, liveIncident, runbookOf } from '../../support/sre/runbooks.ts';

/** Restarts what it is told, once, and fails for what it does not know. */
const SOURCE = `
let runs = 0;
export const handler = async ({ incident_id, parameters }) => {
  if (parameters.name !== 'checkout') throw new Error('no such service: ' + parameters.name);
  runs += 1;
  return { restarted: parameters.name, incident_id, runs };
};`;

const { host } = functionOf(SOURCE);
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:Restart1A2B';
const documentArn = 'arn:aws:ssm:us-east-1:000000000000:document/Restart';
let lambda: Endpoint;
let others: AwsEndpoints;
beforeAll(async () => {
  const functions = new Map([['Restart1A2B', host]]);
  lambda = await startLambdaEndpoint({
    functions,
    queue: { enqueue: async () => await Promise.reject(new Error('nothing is queued')) },
  });
  const path = join(mkdtempSync(join(tmpdir(), 'sluice-secrets-')), 'secrets.json');
  const bus = { put: async () => await Promise.resolve(null) };
  others = await startAwsEndpoints(new SecretStore(path), bus);
});
afterAll(async () => {
  lambda.stop();
  others.stop();
  await host.stop();
});

const clientOf = (endpoint: string, signingName: string) =>
  awsClient({
    place: {
      endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'local', secretAccessKey: 'local', sessionToken: null },
    },
    signingName,
    limits: { socketsMax: 1, connectTimeoutMs: 5_000, requestTimeoutMs: 60_000 },
    attemptsMax: 1,
    retryBaseMs: 100,
    nowMs: Date.now,
  });

const done = async (action: RunbookAction): Promise<Outcome> => {
  const step = { id: 'restart', title: 'Restart', action };
  const input = { remediationId: 'remediation_1', runbook: runbookOf(), step };
  const planned = planStep({ ...input, incident: liveIncident() });
  if (planned.kind === 'refused') throw new Error(planned.reason);
  const send = act({
    outbound: async () => await Promise.reject(new Error('nobody else is asked')),
    lambda: clientOf(lambda.url, 'lambda'),
    systemsManager: awsJsonCalls(clientOf(others.url, 'ssm'), {
      version: '1.1',
      target: 'AmazonSSM',
    }),
    region: 'us-east-1',
    allowed: new Set([functionArn, documentArn]),
    mask: (text) => text,
    nowMs: Date.now,
  });
  return await send(planned.plan, { secrets: {}, untilMs: Date.now() + 60_000 });
};

test('a step calls a function of this machine, which runs, and says what it answered', async () => {
  const parameters = { name: '{{service}}' };
  expect(await done({ kind: 'lambda', functionArn, parameters })).toEqual({
    state: 'succeeded',
    result: `The function answered: {"restarted":"checkout","incident_id":"${INCIDENT_ID}","runs":1}`,
    url: null,
  });
  const failed = await done({ kind: 'lambda', functionArn, parameters: { name: 'shop' } });
  expect(failed).toMatchObject({
    state: 'failed',
    result: expect.stringContaining('no such service: shop'),
  });
});

test('a document is not run on this machine, and both the step and the terminal say so', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const outcome = await done({ kind: 'ssm_document', documentArn, parameters: {} });
  expect(outcome).toMatchObject({
    state: 'failed',
    result: expect.stringContaining('nothing was started'),
  });
  expect(said).toHaveBeenCalledWith(expect.stringContaining(`${documentArn} was not started`));
  said.mockRestore();
});
