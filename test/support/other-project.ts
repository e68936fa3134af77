import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { createKey } from '../../lambdas/gateway/usecases/manage-keys.ts';
import { createKeyBody } from '../../lambdas/gateway/formats/key-format.ts';
import { dynamoTables } from '../../lambdas/platform/tables/dynamo-tables.ts';
import { localCalls } from './local-calls.ts';

const localFile = z.object({
  environment: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
});

/** An admin key of a project beside the stack's own. No route makes one, so it is written where keys are kept. */
export const adminOfOtherProject = async (
  stateDir: string,
  project = `project_${randomBytes(6).toString('hex')}`,
): Promise<string> => {
  const local = localFile.parse(JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8')));
  const keys = dynamoKeyRegister({
    tables: dynamoTables({
      call: localCalls(local.environment['AWS_ENDPOINT_URL_DYNAMODB'] ?? ''),
      tableNames: { keys: local.outputs['KeysTableName'] ?? '' },
    }),
  });
  const deps = { keys, mode: 'test', nowMs: Date.now() } as const;
  const body = createKeyBody.parse({ name: 'other project', scope: 'admin' });
  const { secret } = await createKey(deps, project, body);
  return secret;
};
