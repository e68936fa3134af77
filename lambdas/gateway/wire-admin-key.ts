import {
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { dynamoKeyRegister } from '../ledger/adapters/dynamo-key-register.ts';
import { dynamoCalls } from '../platform/dynamo.ts';
import { readEnv } from '../platform/env.ts';
import { dynamoTables } from '../platform/tables/dynamo-tables.ts';
import { adminKeyEnv } from './env.ts';

/** `create-admin-key` has a secret of its own and no provider. */
export const wireAdminKey = () => {
  const env = readEnv(adminKeyEnv);
  const tables = dynamoTables({ call: dynamoCalls(), tableNames: { keys: env.KEYS_TABLE } });
  const secrets = new SecretsManagerClient();
  const SecretId = env.ADMIN_SECRET_ID;
  const mode: 'live' | 'test' = env.STAGE.startsWith('prod') ? 'live' : 'test';
  return {
    keys: dynamoKeyRegister({ tables }),
    mode,
    readSecret: async (): Promise<string> =>
      (await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString ?? '',
    writeSecret: async (SecretString: string): Promise<void> => {
      await secrets.send(new PutSecretValueCommand({ SecretId, SecretString }));
    },
  };
};
