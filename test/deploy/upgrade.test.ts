import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { deploy, type Deployment } from './support/cdk.ts';
import { output } from './support/deployed.ts';
import { forEmulator } from './support/gaps.ts';
import { mustRun, words } from './support/run.ts';
import { deployment as running } from './support/stage.ts';

const LAST_RELEASE = 'test/fixtures/state-of-last-release.template.json';
const STACK = 'Sluice-upgraded-State';
const deployment: Deployment = { stage: 'upgraded', folder: running.folder, stack: STACK };

const resourcesAnswer = z.object({
  StackResources: z.array(
    z.object({ LogicalResourceId: z.string(), PhysicalResourceId: z.string() }),
  ),
});

/** The last word may hold blanks. */
const aws = async (line: string, ...last: readonly string[]): Promise<string> =>
  await mustRun('aws', [...words(`--output json ${line}`), ...last]);

const physicalIds = async (): Promise<ReadonlyMap<string, string>> => {
  const answer = await aws(`cloudformation describe-stack-resources --stack-name ${STACK}`);
  return new Map(
    resourcesAnswer
      .parse(JSON.parse(answer))
      .StackResources.map((each) => [each.LogicalResourceId, each.PhysicalResourceId]),
  );
};

const deployLastRelease = async (): Promise<void> => {
  const path = join(deployment.folder, 'last-release.json');
  writeFileSync(path, forEmulator(readFileSync(LAST_RELEASE, 'utf8'), ''));
  await aws(`cloudformation create-stack --stack-name ${STACK} --template-body file://${path}`);
  await aws(`cloudformation wait stack-create-complete --stack-name ${STACK}`);
};

test('the State stack of the last release becomes this one: no table, secret or bucket is replaced, and what they hold stays', async () => {
  await deployLastRelease();
  const before = await physicalIds();
  const table = before.get('KeysTable') ?? '';
  const providers = before.get('ProvidersSecret') ?? '';
  const key = JSON.stringify({ pk: { S: 'KEY#kept' }, sk: { S: 'STATE' } });
  await aws(`dynamodb put-item --table-name ${table} --item`, key);
  await aws(
    `secretsmanager put-secret-value --secret-id ${providers} --secret-string`,
    '{"openai":{"api_key":"kept"}}',
  );

  const { status, output: text } = await deploy(deployment);
  expect(status, text).toBe(0);

  const after = await physicalIds();
  for (const [id, physical] of before) expect([id, after.get(id)]).toEqual([id, physical]);
  expect(await aws(`dynamodb get-item --table-name ${table} --key`, key)).toContain('KEY#kept');
  const secret = output(deployment, 'ProviderSecret');
  expect(await aws(`secretsmanager get-secret-value --secret-id ${secret}`)).toContain('kept');
});
