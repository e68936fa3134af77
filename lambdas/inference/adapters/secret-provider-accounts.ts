import * as z from 'zod';
import { regionalEndpoint } from '../../platform/aws/aws-environment.ts';
import { stored } from '../../platform/storage.ts';
import { AppError } from '../../shared/app-error.ts';
import { ownWire, wireByWord } from '../models/families.ts';
import { knownProvider } from '../models/providers.ts';
import type { ProviderAccount, ProviderAccounts } from '../ports/providers.ts';
import type { Clock } from '../../shared/deps.ts';

const CACHE_MS = 60_000;

const wireWord = z.string().transform((word, context) => {
  const wire = wireByWord(word);
  if (wire !== null) return wire;
  context.addIssue({ code: 'custom', message: 'no wire of this name' });
  return z.NEVER;
});
const secretSchema = z.record(
  z.string(),
  z.object({
    api_key: z.string().nullish(),
    base_url: z.url().nullish(),
    region: z
      .string()
      .regex(/^[a-z]{2}(?:-[a-z]+)+-\d$/)
      .nullish(),
    dialect: wireWord.nullish(),
    simulated: z.boolean().nullish(),
  }),
);

export interface ProviderAccountsDeps {
  readonly readSecret: () => Promise<string>;
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
    // Of a provider in another region its own name is shown alone.
    list: async () => (await list()).filter(({ name }) => !name.includes('@')),
    get: async (name) => (await list()).find((account) => account.name === name) ?? null,
  };
};

const readAccounts = async (deps: ProviderAccountsDeps): Promise<readonly ProviderAccount[]> => {
  const text = await stored(deps.readSecret);
  return Object.entries(parseSecretText(text)).flatMap(([name, entry]) => {
    const [provider = name] = name.split('@');
    const known = knownProvider(provider);
    const baseUrl = entry.base_url ?? known?.baseUrl ?? inRegion(known?.awsService, entry.region);
    // A provider of ours needs a key or a base URL of the owner's, or a region; a foreign one needs a base URL.
    if (baseUrl === undefined || (!entry.api_key && !entry.base_url && !entry.region)) return [];
    return [
      {
        name,
        baseUrl: withPath(baseUrl, known?.pathOfHost),
        wire: entry.dialect ?? ownWire(provider),
        apiKey: entry.api_key ?? null,
        simulated: entry.simulated ?? false,
        ...(entry.region ? { region: entry.region } : {}),
      },
    ];
  });
};

const inRegion = (service: string | undefined, region: string | null | undefined) =>
  service === undefined || !region ? undefined : regionalEndpoint(service, region);

const withPath = (baseUrl: string, pathOfHost: string | undefined): string =>
  pathOfHost !== undefined && new URL(baseUrl).pathname === '/'
    ? new URL(pathOfHost, baseUrl).href
    : baseUrl;

/** What an operator wrote wrong is reported in the log by the place of the mistake, never by the text: it holds keys. */
const parseSecretText = (text: string): z.infer<typeof secretSchema> => {
  const parsed = secretSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new AppError({
    code: 'provider_not_configured',
    publicMessage: 'The providers of this stage are not set as they should be.',
    internal: `provider secret: ${z.prettifyError(parsed.error)}`,
  });
};

/** null for what is no JSON; the error of the parser would quote the text. */
const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
