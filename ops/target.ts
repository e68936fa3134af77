import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { OpsError } from './ops-error.ts';

/** One running stack, on AWS or on this machine: the same adapters serve both, only the endpoints differ. */
export interface Target {
  readonly name: string;
  readonly stage: string;
  readonly baseUrl: string;
  readonly region: string;
  readonly keysTable: string;
  readonly usageTable: string;
  readonly adminSecretId: string;
  readonly providerSecretId: string;
  readonly eventBusName: string;
  readonly failedRecordsBucket: string;
  /** null: AWS's own endpoints and the caller's credentials. */
  readonly local: LocalStack | null;
}

export interface LocalStack {
  /** As the functions of the stack have it: `AWS_ENDPOINT_URL_<SERVICE>`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stateDir: string;
}

/** Outputs of both stacks by name; lib/ pins these names. */
const outputs = z
  .object({
    StageName: z.string(),
    BaseUrl: z.string(),
    KeysTableName: z.string(),
    UsageTableName: z.string(),
    AdminKeySecret: z.string(),
    ProviderSecret: z.string(),
    EventBusName: z.string(),
    FailedRecordsBucketName: z.string(),
  })
  .transform((from) => ({
    stage: from.StageName,
    baseUrl: from.BaseUrl.replace(/\/$/, ''),
    keysTable: from.KeysTableName,
    usageTable: from.UsageTableName,
    adminSecretId: from.AdminKeySecret,
    providerSecretId: from.ProviderSecret,
    eventBusName: from.EventBusName,
    failedRecordsBucket: from.FailedRecordsBucketName,
  }));

/** What stack outputs say about a target; a missing one names itself. */
export const targetOf = (
  name: string,
  region: string,
  found: Readonly<Record<string, string>>,
  local: LocalStack | null,
): Target => {
  const parsed = outputs.safeParse(found);
  if (parsed.success) return { name, region, local, ...parsed.data };
  const missing = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new OpsError(`${name} has no output ${missing}: deploy this version of Sluice first.`);
};

const localFile = z.looseObject({
  admin_key: z.string(),
  pid: z.number(),
  environment: z.record(z.string(), z.string()),
  outputs: z.record(z.string(), z.string()),
});

export const hasLocalStack = (stateDir: string): boolean =>
  existsSync(join(stateDir, 'local.json'));

/** The stack that `npm start` runs with this state folder. */
export const localTarget = (stateDir: string): Target => {
  if (!hasLocalStack(stateDir))
    throw new OpsError(
      `No stack runs with the state folder ${stateDir}: start one with npm start.`,
    );
  const file = localFile.parse(readLocalFile(stateDir));
  if (!isAlive(file.pid))
    throw new OpsError(`The stack of ${stateDir} does not run any more: start it with npm start.`);
  const local = { environment: file.environment, stateDir };
  return targetOf(`the local stack (${stateDir})`, 'us-east-1', file.outputs, local);
};

/** The local file gives the admin key to tests and tools: a rotated key is written there too. */
export const rememberAdminKey = (target: Target, adminKey: string): void => {
  if (target.local === null) return;
  const { stateDir } = target.local;
  const file = { ...localFile.parse(readLocalFile(stateDir)), admin_key: adminKey };
  writeFileSync(join(stateDir, 'local.json'), JSON.stringify(file), { mode: 0o600 });
};

const readLocalFile = (stateDir: string): unknown =>
  JSON.parse(readFileSync(join(stateDir, 'local.json'), 'utf8'));

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};
