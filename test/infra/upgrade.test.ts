import { readFileSync } from 'node:fs';
import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { stageApp } from '../support/stage.ts';

/** `npm run snapshot:release` keeps it at each release. */
const LAST_RELEASE = 'test/fixtures/state-of-last-release.template.json';
const STACKS = 'Sluice-upgraded-';

const properties = z.record(z.string(), z.unknown());
const templateSchema = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: properties.default({}) }),
  ),
  Outputs: z
    .record(z.string(), z.looseObject({ Export: z.object({ Name: z.unknown() }).optional() }))
    .default({}),
});
type StateTemplate = z.infer<typeof templateSchema>;

/**
 * Properties whose change replaces the resource, or makes a new value of it.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
 */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  'AWS::DynamoDB::GlobalTable': [
    'TableName',
    'KeySchema',
    'LocalSecondaryIndexes',
    'StreamSpecification',
    'TimeToLiveSpecification',
  ],
  'AWS::SecretsManager::Secret': ['Name', 'GenerateSecretString', 'SecretString', 'KmsKeyId'],
  'AWS::S3::Bucket': ['BucketName', 'ObjectLockEnabled'],
};
/** DynamoDB makes or removes one index of a table in one update. */
const INDEX_CHANGES_MAX = 1;

const indexes = z.array(z.looseObject({ IndexName: z.string(), KeySchema: z.unknown() }));
const indexesOf = (resource: z.infer<typeof properties>): ReadonlyMap<string, unknown> =>
  new Map(
    indexes
      .parse(resource['GlobalSecondaryIndexes'] ?? [])
      .map(({ IndexName, ...rest }) => [IndexName, rest]),
  );

const exportsOf = ({ Outputs }: StateTemplate): readonly string[] =>
  Object.values(Outputs).flatMap((output) =>
    output.Export === undefined ? [] : [JSON.stringify(output.Export.Name)],
  );

/** What an upgrade from one template to the next would lose. */
const lossesOf = (last: StateTemplate, next: StateTemplate): readonly string[] => {
  const losses: string[] = [];
  for (const [id, before] of Object.entries(last.Resources)) {
    const fixed = FIXED[before.Type];
    if (fixed === undefined) continue;
    const after = next.Resources[id];
    if (after?.Type !== before.Type) {
      losses.push(`${id} is gone`);
      continue;
    }
    if (after['DeletionPolicy'] !== 'Retain') losses.push(`${id} is not retained`);
    for (const name of fixed)
      if (JSON.stringify(after.Properties[name]) !== JSON.stringify(before.Properties[name]))
        losses.push(`${id}.${name} is another one`);
    const [old, now] = [indexesOf(before.Properties), indexesOf(after.Properties)];
    for (const [name, index] of now)
      if (old.has(name) && JSON.stringify(old.get(name)) !== JSON.stringify(index))
        losses.push(`${id} has another index ${name}`);
    const changes = [...old.keys(), ...now.keys()].filter(
      (name) => old.has(name) !== now.has(name),
    );
    if (changes.length > INDEX_CHANGES_MAX)
      losses.push(`${id} changes ${changes.length} indexes at once`);
  }
  const exported = exportsOf(next);
  for (const name of exportsOf(last))
    if (!exported.includes(name))
      losses.push(`${name} is not exported, but the old Service uses it`);
  return losses;
};

const lastRelease = templateSchema.parse(JSON.parse(readFileSync(LAST_RELEASE, 'utf8')));

describe('the State stack of the last release', () => {
  test('becomes this one without a loss', () => {
    const { state } = stageApp({ stage: 'upgraded' }, undefined, STACKS);
    const next = templateSchema.parse(Template.fromStack(state).toJSON());
    const kept = Object.values(next.Resources).filter(({ Type }) => FIXED[Type] !== undefined);
    expect(kept.length).toBeGreaterThanOrEqual(5);
    expect(lossesOf(lastRelease, next)).toEqual([]);
  });

  test.each([
    ['a renamed resource', 'KeysTable', /KeysTable is gone/, null],
    ['a table under another key', 'KeysTable', /KeySchema/, { KeySchema: [] }],
    ['a stream of another kind', 'KeysTable', /StreamSpecification/, { StreamSpecification: {} }],
    ['three lost indexes', 'KeysTable', /3 indexes/, { GlobalSecondaryIndexes: [] }],
    ['a generated secret', 'ProvidersSecret', /SecretString/, { SecretString: 'x' }],
    ['a named bucket', 'FailedRecordsBucket', /BucketName/, { BucketName: 'x' }],
  ])('%s would be caught', (_, id, loss, change) => {
    const { [id]: planted, ...others } = lastRelease.Resources;
    if (planted === undefined) throw new Error(`no ${id}`);
    const resources =
      change === null
        ? others
        : { ...others, [id]: { ...planted, Properties: { ...planted.Properties, ...change } } };
    expect(lossesOf(lastRelease, { ...lastRelease, Resources: resources })).toEqual([
      expect.stringMatching(loss),
    ]);
  });

  test('an export that its Service stack uses may not go', () => {
    expect(lossesOf(lastRelease, { ...lastRelease, Outputs: {} })).toContainEqual(
      expect.stringMatching(/not exported/),
    );
  });
});
