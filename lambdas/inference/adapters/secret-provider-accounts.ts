import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import * as z from 'zod';
import { stored } from '../../platform/storage.ts';
import type { Clock, ProviderAccount, ProviderAccounts } from '../ports.ts';

const CACHE_MS = 60_000;

const secretSchema = z.record(
  z.string(),
  z.object({
    api_key: z.string().nullish(),
    base_url: z.url().nullish(),
    dialect: z.enum(['openai', 'anthropic']).nullish(),
    simulated: z.boolean().nullish(),
  }),
);

const BASE_URLS: Readonly<Record<string, string>> = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
  deepseek: 'https://api.deepseek.com/v1',
};

export interface ProviderAccountsDeps {
  readonly client: SecretsManagerClient;
  readonly secretId: string;
  readonly clock: Clock;
}

/** Providers as the secret lists them, read at most once a minute. */
export const secretProviderAccounts = (deps: ProviderAccountsDeps): ProviderAccounts => {
  let cached: { readonly accounts: readonly ProviderAccount[]; readonly untilMs: number } | null =
    null;
  const list = async (): Promise<readonly ProviderAccount[]> => {
    if (cached !== null && cached.untilMs > deps.clock.nowMs()) return cached.accounts;
    const accounts = await readAccounts(deps);
    cached = { accounts, untilMs: deps.clock.nowMs() + CACHE_MS };
    return accounts;
  };
  return {
    list,
    get: async (name) => (await list()).find((account) => account.name === name) ?? null,
  };
};

const readAccounts = async (deps: ProviderAccountsDeps): Promise<readonly ProviderAccount[]> => {
  const answer = await stored(
    async () => await deps.client.send(new GetSecretValueCommand({ SecretId: deps.secretId })),
  );
  const parsed = secretSchema.safeParse(parseJson(answer.SecretString ?? '{}'));
  if (!parsed.success) throw new Error(`provider secret: ${z.prettifyError(parsed.error)}`);
  return Object.entries(parsed.data).flatMap(([name, entry]) => {
    const baseUrl = entry.base_url ?? BASE_URLS[name];
    // A provider of ours needs a key or a base URL of the owner's; a foreign one needs a base URL.
    if (baseUrl === undefined || (!entry.api_key && !entry.base_url)) return [];
    return [
      {
        name,
        baseUrl,
        dialect:
          entry.dialect ?? (name === 'anthropic' ? ('anthropic' as const) : ('openai' as const)),
        apiKey: entry.api_key ?? null,
        simulated: entry.simulated ?? false,
      },
    ];
  });
};

/** The parser's own error quotes the text, which may be a key. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('provider secret: not JSON');
  }
};
