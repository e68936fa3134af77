import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoKeyRegister } from '../ledger/adapters/dynamo-key-register.ts';
import { dynamoKeysTable } from '../ledger/adapters/dynamo-keys-table.ts';
import { dynamoClient } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { adminKeyEnv } from './env.ts';

/** `create-admin-key` has a secret of its own and no provider. */
export const wireAdminKey = () => {
  const env = readEnv(adminKeyEnv);
  const client = DynamoDBDocumentClient.from(dynamoClient());
  const table = dynamoKeysTable({ client, keysTable: env.KEYS_TABLE });
  const secrets = new SecretsManagerClient();
  const SecretId = env.ADMIN_SECRET_ID;
  const mode: 'live' | 'test' = env.STAGE.startsWith('prod') ? 'live' : 'test';
  return {
    keys: dynamoKeyRegister({ table }),
    mode,
    readSecret: async (): Promise<string> =>
      (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '',
    writeSecret: async (SecretString: string): Promise<void> => {
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
    },
  };
};
