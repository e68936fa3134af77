import * as z from 'zod';
import { OpsError } from '../ops-error.ts';
import type { SecretText } from '../ports.ts';

const KEY_CHARACTERS_MAX = 4_096;

const entry = z.looseObject({
  api_key: z.string().nullish(),
  base_url: z.string().nullish(),
  dialect: z.string().nullish(),
  simulated: z.boolean().nullish(),
});
type Entry = z.infer<typeof entry>;

export interface ProviderView {
  readonly name: string;
  readonly has_key: boolean;
  readonly base_url: string | null;
  readonly dialect: string | null;
  readonly simulated: boolean;
}

export interface SetProvider {
  readonly name: string;
  /** null: the provider is reached without a key. */
  readonly apiKey: string | null;
  readonly baseUrl: string | null;
  readonly dialect: string | null;
}

/** Providers as their secret lists them, never a key. */
export const listProviders = async (secret: SecretText): Promise<readonly ProviderView[]> =>
  Object.entries(parseProviders(await secret.read())).map(([name, found]) => ({
    name,
    has_key: Boolean(found.api_key),
    base_url: found.base_url ?? null,
    dialect: found.dialect ?? null,
    simulated: found.simulated === true,
  }));

/** Sets one provider and leaves the others. A base URL or dialect that is not named stays, but a simulated one goes. */
export const setProvider = async (secret: SecretText, input: SetProvider): Promise<void> => {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(input.name))
    throw new OpsError('A provider name is 1 to 32 of a-z, 0-9 and -, and begins with a letter.');
  if (input.apiKey !== null) checkKey(input.apiKey);
  const providers = parseProviders(await secret.read());
  const before = providers[input.name];
  const kept = before === undefined || before.simulated === true ? {} : before;
  const { from_environment: _, ...rest } = kept;
  providers[input.name] = {
    ...rest,
    ...(input.apiKey === null ? {} : { api_key: input.apiKey }),
    ...(input.baseUrl === null ? {} : { base_url: input.baseUrl }),
    ...(input.dialect === null ? {} : { dialect: input.dialect }),
  };
  await secret.write(JSON.stringify(providers));
};

/** Takes one provider away; its models answer 503 `provider_not_configured`. */
export const removeProvider = async (secret: SecretText, name: string): Promise<void> => {
  const { [name]: removed, ...rest } = parseProviders(await secret.read());
  if (removed === undefined) throw new OpsError(`The provider ${name} is not configured.`);
  await secret.write(JSON.stringify(rest));
};

const checkKey = (key: string): void => {
  if (key === '') throw new OpsError('No key was given: pipe it in, or type it at the prompt.');
  if (key.length > KEY_CHARACTERS_MAX || !/^[\x21-\x7e]+$/.test(key))
    throw new OpsError('This is no API key: it has white space or characters outside of ASCII.');
};

/** What is no object is what CloudFormation put there when it made the secret: it names no provider. */
const parseProviders = (text: string): Record<string, Entry> => {
  const found = z.record(z.string(), z.unknown()).safeParse(jsonOf(text));
  if (!found.success) throw new OpsError('The provider secret is no JSON object.');
  return Object.fromEntries(
    Object.entries(found.data).flatMap(([name, value]) => {
      const parsed = entry.safeParse(value);
      return parsed.success ? [[name, parsed.data] as const] : [];
    }),
  );
};

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
