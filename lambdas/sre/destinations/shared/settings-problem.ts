import type * as z from 'zod';
import type { DestinationWires } from '../../ports/destinations.ts';

/** What a kind says of settings and secrets that its schemas do not take. No value is repeated: it may be a secret. */
export const settingsProblem =
  (settings: z.ZodType, secrets: z.ZodType): DestinationWires['problem'] =>
  (given) =>
    problemOf('settings', settings, given.settings) ?? problemOf('secrets', secrets, given.secrets);

const problemOf = (
  part: string,
  schema: z.ZodType,
  value: Readonly<Record<string, string>>,
): string | null => {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue === undefined) return null;
  if (issue.code === 'unrecognized_keys') return `${part}: there is no ${issue.keys.join(', ')}`;
  const name = [part, ...issue.path].join('.');
  const isMissing = issue.code === 'invalid_type' && value[String(issue.path[0])] === undefined;
  return `${name}: ${isMissing ? 'is missing' : issue.message}`;
};
