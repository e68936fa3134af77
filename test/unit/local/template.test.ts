import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkHosted } from '../../../local/hosted.ts';
import { readTemplates } from '../../../local/template.ts';

const assembly = (...templates: readonly object[]): string => {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-assembly-'));
  for (const [index, template] of templates.entries())
    writeFileSync(join(dir, `${index}.template.json`), JSON.stringify(template));
  return dir;
};
const resolved = (value: unknown, more: object = {}): unknown => {
  const dir = assembly({
    Resources: { X: { Type: 'T', Properties: { value } }, ...more },
  });
  return readTemplates(dir)[0]?.properties['value'];
};

describe('the intrinsic functions of a template', () => {
  test.each([
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ Ref: 'Table' }, 'Table'],
    [{ Ref: 'Secret' }, 'arn:aws:secretsmanager:us-east-1:000000000000:secret:Secret-local-000000'],
    [{ 'Fn::GetAtt': ['Fn', 'Arn'] }, 'arn:aws:lambda:us-east-1:000000000000:function:Fn'],
    [
      { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      'arn:aws:dynamodb:us-east-1:000000000000:table/Table/stream/local',
    ],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'AWS::AccountId' }]] }, 'a-000000000000'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [':', 'a:b:c'] }] }, 'b'],
    [{ 'Fn::Sub': '${Table} in ${AWS::Region}' }, 'Table in us-east-1'],
    [{ deep: [{ Ref: 'Table' }] }, { deep: ['Table'] }],
    [
      { Ref: 'Table', other: 1 },
      { Ref: 'Table', other: 1 },
    ],
  ])('%j is %j', (value, expected) => {
    const more = {
      Table: { Type: 'AWS::DynamoDB::GlobalTable' },
      Secret: { Type: 'AWS::SecretsManager::Secret' },
      Fn: { Type: 'AWS::Lambda::Function' },
    };
    expect(resolved(value, more)).toEqual(expected);
  });

  test('an import is what the other stack exports', () => {
    const dir = assembly(
      {
        Resources: { X: { Type: 'T', Properties: { value: { 'Fn::ImportValue': 'State:Keys' } } } },
      },
      {
        Resources: { Keys: { Type: 'AWS::DynamoDB::GlobalTable' } },
        Outputs: { Out: { Value: { Ref: 'Keys' }, Export: { Name: 'State:Keys' } } },
      },
    );
    expect(readTemplates(dir)[0]?.properties['value']).toBe('Keys');
  });

  test('what is not known stops the start with its name', () => {
    expect(() => resolved({ 'Fn::Cidr': [] })).toThrow('Fn::Cidr');
    expect(() => resolved({ 'Fn::ImportValue': 'nobody' })).toThrow('nobody');
  });
});

test('a resource that this runtime lacks stops the start with a message that names it', () => {
  const dir = assembly({
    Resources: {
      Keys: { Type: 'AWS::DynamoDB::GlobalTable' },
      Role: { Type: 'AWS::IAM::Role' },
      Moat: { Type: 'AWS::Dragon::Moat' },
    },
  });
  expect(() => checkHosted(readTemplates(dir))).toThrow('AWS::Dragon::Moat (Moat)');
  expect(() => checkHosted(readTemplates(dir).slice(0, 2))).not.toThrow();
});

test('a function knows the folder of its bundle and the source of its entry', () => {
  const dir = assembly({
    Resources: {
      Fn: {
        Type: 'AWS::Lambda::Function',
        Properties: { Code: { S3Key: 'abc123.zip' } },
        Metadata: { 'sluice:entry': 'lambdas/gateway/keys.lambda.ts' },
      },
    },
  });
  expect(readTemplates(dir)[0]).toMatchObject({
    assetPath: join(dir, 'asset.abc123'),
    metadata: { 'sluice:entry': 'lambdas/gateway/keys.lambda.ts' },
  });
});
