import * as z from 'zod';
import { awsClient } from './aws/aws-client.ts';
import { awsPlace } from './aws/aws-environment.ts';
import { AwsError } from './aws/aws-error.ts';
import { awsJsonCalls } from './aws/aws-json-client.ts';
import { systemClock } from './clock.ts';
import { stored } from './storage.ts';

const LIMITS = {
  signingName: 'ssm',
  limits: { socketsMax: 8, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000 },
  attemptsMax: 4,
  retryBaseMs: 100,
};

/** Texts that are encrypted where they are kept; a standard one costs nothing and has 4 KB. */
export interface SecretParameters {
  /** null: there is none. */
  get(name: string): Promise<string | null>;
  put(name: string, text: string): Promise<void>;
  remove(name: string): Promise<void>;
}

const parameter = z.object({ Parameter: z.object({ Value: z.string() }) });

/** SSM's SecureString under the account's own key. https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html */
export const secretParameters = (): SecretParameters => {
  const call = awsJsonCalls(
    awsClient({ place: awsPlace('ssm'), ...LIMITS, nowMs: systemClock.nowMs }),
    {
      version: '1.1',
      target: 'AmazonSSM',
    },
  );
  const unlessMissing = async <T>(step: () => Promise<T>): Promise<T | null> => {
    try {
      return await step();
    } catch (error) {
      if (error instanceof AwsError && error.name === 'ParameterNotFound') return null;
      throw error;
    }
  };
  return {
    get: async (Name) =>
      await stored(
        async () =>
          await unlessMissing(
            async () =>
              parameter.parse(await call('GetParameter', { Name, WithDecryption: true })).Parameter
                .Value,
          ),
      ),
    put: async (Name, Value) => {
      await stored(
        async () =>
          await call('PutParameter', { Name, Value, Type: 'SecureString', Overwrite: true }),
      );
    },
    remove: async (Name) => {
      await stored(
        async () => await unlessMissing(async () => await call('DeleteParameter', { Name })),
      );
    },
  };
};
