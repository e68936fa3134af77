import { readFileSync } from 'node:fs';
import * as z from 'zod';

export type ContractName =
  | 'openai-chat'
  | 'openai-responses-request'
  | 'anthropic-messages'
  | 'anthropic-messages-beta'
  | 'pagerduty-event'
  | `opsgenie-${'create' | 'action' | 'note' | 'priority' | 'message' | 'description'}`;

const contract = z.record(z.string(), z.json());
const read = new Map<ContractName, z.ZodType>();

/** What a body has that its provider's contract has not, or lacks, as `messages.0.content: ...`; null: nothing. */
export const contractProblem = (name: ContractName, body: unknown): string | null => {
  const schema = read.get(name) ?? z.fromJSONSchema(contractOf(name));
  read.set(name, schema);
  const { error } = schema.safeParse(body);
  return error === undefined ? null : problemOf(error.issues);
};

export const contractOf = (name: ContractName): z.infer<typeof contract> =>
  contract.parse(JSON.parse(readFileSync(`test/fixtures/contracts/${name}.json`, 'utf8')));

type Issues = readonly z.core.$ZodIssue[];

/** What is wrong, by its place. Of a union every branch complains: the one is asked whose `type` or `role` the value has. */
export const problemOf = (issues: Issues, at: readonly PropertyKey[] = []): string => {
  const [issue] = issues;
  if (issue === undefined) return 'no branch of a union takes it, or more than one';
  const path = [...at, ...issue.path];
  if (issue.code !== 'invalid_union') return `${path.join('.')}: ${issue.message}`;
  const meant = issue.errors.find((branch) => branch.every(isOfThisKind)) ?? [];
  return meant.length === 0 ? `${path.join('.')}: ${issue.message}` : problemOf(meant, path);
};

const isOfThisKind = ({ code, path }: Issues[number]): boolean => {
  if (code === 'invalid_type') return path.length > 0;
  return code !== 'invalid_value' || !['type', 'role'].includes(String(path.at(-1)));
};
