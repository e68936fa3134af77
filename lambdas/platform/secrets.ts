import { awsClient } from './aws/aws-client.ts';
import { awsPlace, type AwsPlace } from './aws/aws-environment.ts';
import { awsJsonCalls } from './aws/aws-json-client.ts';
import { systemClock } from './clock.ts';

const LIMITS = {
  signingName: 'secretsmanager',
  limits: { socketsMax: 8, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000 },
  attemptsMax: 3,
  retryBaseMs: 50,
};

/** Reads the text of a secret. The SDK's client for this one call was a third of a hot bundle. */
export const secretReader = (
  secretId: string,
  place: AwsPlace = awsPlace('secretsmanager'),
  attemptsMax = LIMITS.attemptsMax,
): (() => Promise<string>) => {
  const call = awsJsonCalls(
    awsClient({ place, ...LIMITS, attemptsMax, nowMs: systemClock.nowMs }),
    {
      version: '1.1',
      target: 'secretsmanager',
    },
  );
  return async () => {
    const { SecretString } = await call('GetSecretValue', { SecretId: secretId });
    return typeof SecretString === 'string' ? SecretString : '{}';
  };
};
