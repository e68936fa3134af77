import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  awsIdentity,
  awsPlace,
  regionalEndpoint,
} from '../../../../lambdas/platform/aws/aws-environment.ts';

beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (name.startsWith('AWS_')) vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_REGION', 'eu-central-1');
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIA');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
});
afterEach(() => void vi.unstubAllEnvs());

test.each([
  'us-east-1',
  'eu-central-1',
  'ap-southeast-7',
  'us-gov-west-1',
  'cn-northwest-1',
  'us-iso-east-1',
  'us-isob-east-1',
  'us-isof-south-1',
  'eu-isoe-west-1',
  'eusc-de-east-1',
])('a service of %s is where the SDK finds it', (region) => {
  const dynamo = new DynamoDBClient({ region });
  const secrets = new SecretsManagerClient({ region });
  const found = [dynamo, secrets].map(
    ({ config }) => config.endpointProvider({ Region: region }).url.origin,
  );
  const own = (['dynamodb', 'secretsmanager'] as const).map((name) =>
    regionalEndpoint(name, region),
  );
  expect(own).toEqual(found);
});

test('a service is at its own address, else at that for all services, else in its region', () => {
  expect(awsPlace('dynamodb').endpoint).toBe('https://dynamodb.eu-central-1.amazonaws.com');
  vi.stubEnv('AWS_ENDPOINT_URL', 'http://emulator:4566');
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', '');
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', 'http://127.0.0.1:9001');
  expect(awsPlace('dynamodb').endpoint).toBe('http://emulator:4566');
  expect(awsPlace('secretsmanager').endpoint).toBe('http://127.0.0.1:9001');
});

test('credentials are those of the function, with its session where it has one', () => {
  expect(awsIdentity()).toEqual({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIA', secretAccessKey: 'secret', sessionToken: null },
  });
  vi.stubEnv('AWS_SESSION_TOKEN', 'token');
  expect(awsIdentity().credentials.sessionToken).toBe('token');
});

test('a function without credentials does not start, and says what is missing', () => {
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', undefined);
  expect(() => awsPlace('dynamodb')).toThrow(/AWS_SECRET_ACCESS_KEY/);
});
