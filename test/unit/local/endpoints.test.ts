import { mkdtempSync } from 'node:fs';
import { request } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SecretStore, startAwsEndpoints, type AwsEndpoints } from '../../../local/aws-endpoints.ts';
import { startEndpoint, type Endpoint } from '../../../local/http/http-endpoint.ts';

let served = 0;
let endpoint: Endpoint;
let others: AwsEndpoints;
beforeAll(async () => {
  endpoint = await startEndpoint(async () => {
    served += 1;
    return await Promise.resolve({ status: 200 });
  });
  const path = join(mkdtempSync(join(tmpdir(), 'sluice-secrets-')), 'secrets.json');
  const secrets = new SecretStore(path);
  secrets.put('name', 'secret');
  others = await startAwsEndpoints(secrets, { put: async () => await Promise.resolve(null) });
});
afterAll(() => {
  endpoint.stop();
  others.stop();
});

const statusOf = async (
  url: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<number | undefined> => {
  const call = request(url, { method: 'POST', headers });
  call.end(body);
  const answer: unknown = (await once(call, 'response'))[0];
  if (typeof answer !== 'object' || answer === null || !('resume' in answer)) return undefined;
  if (typeof answer.resume === 'function') answer.resume.call(answer);
  return 'statusCode' in answer ? Number(answer.statusCode) : undefined;
};

describe('a service on this machine', () => {
  const signed = { authorization: 'AWS4-HMAC-SHA256 Credential=local/x' };

  test('answers an SDK, by a signature in the headers or in the address', async () => {
    expect(await statusOf(`${endpoint.url}/a`, signed)).toBe(200);
    expect(await statusOf(`${endpoint.url}/a?X-Amz-Signature=0`, {})).toBe(200);
  });

  test('does nothing for a page of the web: not without a signature, not under a name of its own', async () => {
    served = 0;
    expect(await statusOf(`${endpoint.url}/a`, { 'content-type': 'text/plain' })).toBe(403);
    expect(await statusOf(`${endpoint.url}/a`, { ...signed, host: 'evil.example' })).toBe(403);
    expect(served).toBe(0);
  });

  test('tells a secret to nobody that asks under another name', async () => {
    const headers = { 'x-amz-target': 'secretsmanager.GetSecretValue' };
    const body = '{"SecretId":"name"}';
    expect(await statusOf(others.url, headers, body)).toBe(200);
    expect(await statusOf(others.url, { ...headers, host: 'evil.example' }, body)).toBe(403);
  });
});
