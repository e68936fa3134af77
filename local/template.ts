import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const resourceSchema = z.object({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
});
const templateSchema = z.object({
  Resources: z.record(z.string(), resourceSchema),
  Outputs: z
    .record(
      z.string(),
      z.object({ Value: z.unknown(), Export: z.object({ Name: z.unknown() }).optional() }),
    )
    .default({}),
});

export interface Resource {
  readonly id: string;
  readonly type: string;
  /** Every intrinsic function resolved to its local value. */
  readonly properties: Readonly<Record<string, unknown>>;
  /** Folder of the function's bundle below cdk.out, when it has one. */
  readonly assetPath: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

const ACCOUNT = '000000000000';
const REGION = 'us-east-1';
const PSEUDO: Readonly<Record<string, string>> = {
  'AWS::AccountId': ACCOUNT,
  'AWS::Region': REGION,
  'AWS::Partition': 'aws',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::NoValue': '',
  'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT}:stack/local/1`,
  'AWS::StackName': 'local',
};

/** ARN of a secret: a name that CloudFormation makes ends in two random parts. */
export const secretArn = (id: string): string =>
  `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:${id}-local-000000`;
export const functionArn = (id: string): string =>
  `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${id}`;
export const streamArn = (id: string): string =>
  `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${id}/stream/local`;
export const ruleArn = (id: string): string => `arn:aws:events:${REGION}:${ACCOUNT}:rule/${id}`;
/** What API Gateway names as the source of a call. */
export const executionArn = (apiId: string, path: string): string =>
  `arn:aws:execute-api:${REGION}:${ACCOUNT}:${apiId}/${path}`;
const bucketArn = (id: string): string => `arn:aws:s3:::${id}`;
const queueArn = (id: string): string => `arn:aws:sqs:${REGION}:${ACCOUNT}:${id}`;
const queueUrl = (id: string): string => `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/${id}`;

/** Reads every template of a cloud assembly, with all references resolved. */
export const readTemplates = (assembly: string): readonly Resource[] => {
  const { templates, context } = open(assembly);
  return templates.flatMap(({ Resources }) =>
    Object.entries(Resources).map(([id, { Type, Properties, Metadata }]) => {
      const key = record(Properties['Code'])['S3Key'];
      // An asset is stored in the assembly under the hash that names its archive.
      const asset = typeof key === 'string' ? `asset.${key.replace(/\.zip$/, '')}` : null;
      return {
        id,
        type: Type,
        properties: record(resolve(Properties, context)),
        assetPath: asset === null ? null : join(assembly, asset),
        metadata: Metadata,
      };
    }),
  );
};

/** What the stacks answer to whoever asks CloudFormation, by name; exports between stacks are left out. */
export const readOutputs = (assembly: string): Readonly<Record<string, string>> => {
  const { templates, context } = open(assembly);
  return Object.fromEntries(
    templates
      .flatMap(({ Outputs }) => Object.entries(Outputs))
      .filter(([, output]) => output.Export === undefined)
      .map(([name, { Value }]) => [name, String(resolve(Value, context))]),
  );
};

const open = (assembly: string) => {
  const templates = readdirSync(assembly)
    .filter((name) => name.endsWith('.template.json'))
    .map((name) => templateSchema.parse(JSON.parse(readFileSync(join(assembly, name), 'utf8'))));
  const types = new Map<string, string>();
  for (const { Resources } of templates)
    for (const [id, { Type }] of Object.entries(Resources)) types.set(id, Type);
  const exports = new Map<string, unknown>();
  const context: Context = { types, exports };
  for (const { Outputs } of templates)
    for (const { Value, Export } of Object.values(Outputs))
      if (Export !== undefined) exports.set(String(resolve(Export.Name, context)), Value);
  return { templates, context };
};

const record = (value: unknown): Record<string, unknown> =>
  z.record(z.string(), z.unknown()).catch({}).parse(value);

interface Context {
  readonly types: ReadonlyMap<string, string>;
  readonly exports: ReadonlyMap<string, unknown>;
}

const resolve = (value: unknown, context: Context): unknown => {
  if (Array.isArray(value)) return value.map((item) => resolve(item, context));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [name = '', argument] = entries[0] ?? [];
  if (entries.length === 1 && (name === 'Ref' || name.startsWith('Fn::')))
    return intrinsic(name, argument, context);
  return Object.fromEntries(entries.map(([key, item]) => [key, resolve(item, context)]));
};

const intrinsic = (name: string, argument: unknown, context: Context): unknown => {
  const list = (value: unknown): unknown[] => {
    const resolved = resolve(value, context);
    return Array.isArray(resolved) ? resolved : [];
  };
  const [first, second] = Array.isArray(argument) ? argument : [argument, undefined];
  switch (name) {
    case 'Ref':
      return reference(String(argument), context);
    case 'Fn::GetAtt':
      return attribute(String(first), String(second), context);
    case 'Fn::Join':
      return list(second).join(String(first));
    case 'Fn::Select':
      return list(second)[Number(resolve(first, context))];
    case 'Fn::Split':
      return String(resolve(second, context)).split(String(first));
    case 'Fn::ImportValue': {
      const exported = String(resolve(argument, context));
      if (!context.exports.has(exported)) throw new Error(`nothing exports ${exported}`);
      return resolve(context.exports.get(exported), context);
    }
    case 'Fn::Sub':
      return String(first).replace(/\$\{([^}]+)\}/g, (_, ref: string) => reference(ref, context));
    default:
      throw new Error(`the local runtime does not know the function ${name}`);
  }
};

const reference = (id: string, { types }: Context): string => {
  const pseudo = PSEUDO[id];
  if (pseudo !== undefined) return pseudo;
  const type = types.get(id);
  if (type === 'AWS::SecretsManager::Secret') return secretArn(id);
  return type === 'AWS::SQS::Queue' ? queueUrl(id) : id;
};

const attribute = (id: string, name: string, { types }: Context): string => {
  const type = types.get(id);
  if (name === 'StreamArn') return streamArn(id);
  if (name === 'RootResourceId') return `${id}/root`;
  if (type === 'AWS::Lambda::Function' && name === 'Arn') return functionArn(id);
  if (type === 'AWS::SQS::Queue' && name === 'Arn') return queueArn(id);
  if (type === 'AWS::Events::Rule' && name === 'Arn') return ruleArn(id);
  if (type === 'AWS::S3::Bucket' && name === 'Arn') return bucketArn(id);
  return name === 'Arn' ? `arn:aws:local:${REGION}:${ACCOUNT}:${id}` : id;
};
