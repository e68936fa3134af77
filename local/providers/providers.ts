import * as z from 'zod';

const entrySchema = z.looseObject({
  api_key: z.string().optional(),
  base_url: z.string().optional(),
  simulated: z.boolean().optional(),
  /** An entry that the environment made goes with it; one that the operator set stays. */
  from_environment: z.boolean().optional(),
});
/** A provider as the secret names it. */
type ProviderEntry = z.infer<typeof entrySchema>;

const NAMES = ['openai', 'anthropic', 'deepseek', 'google', 'elevenlabs'] as const;
/** Whose wire has its version in its paths; the others' have it in their base URL. */
const WITHOUT_VERSION: ReadonlySet<string> = new Set(['anthropic', 'google', 'elevenlabs']);

/**
 * The provider secret of a laptop: real where the environment names a key or a base URL, else as the operator set it
 * (`npm run ops -- provider-key set`), else simulated.
 */
export const providerSecret = (
  env: Readonly<Record<string, string | undefined>>,
  simulatedUrl: string,
  stored: string,
): Readonly<Record<string, ProviderEntry>> => {
  const entries = setByOperator(stored);
  for (const name of NAMES) {
    const real = fromEnvironment(env, name);
    if (real !== null) entries[name] = real;
    else
      entries[name] ??= {
        base_url: WITHOUT_VERSION.has(name) ? simulatedUrl : `${simulatedUrl}/v1`,
        simulated: true,
      };
  }
  const ollama = env['OLLAMA_BASE_URL'];
  if (ollama) entries['ollama'] = { base_url: ollama, from_environment: true };
  return entries;
};

const setByOperator = (stored: string): Record<string, ProviderEntry> =>
  Object.fromEntries(
    Object.entries(z.record(z.string(), entrySchema).parse(JSON.parse(stored))).filter(
      ([, entry]) => entry.simulated !== true && entry.from_environment !== true,
    ),
  );

const fromEnvironment = (
  env: Readonly<Record<string, string | undefined>>,
  name: string,
): ProviderEntry | null => {
  const key = env[`${name.toUpperCase()}_API_KEY`];
  const url = env[`${name.toUpperCase()}_BASE_URL`];
  if (!key && !url) return null;
  return {
    ...(key ? { api_key: key } : {}),
    ...(url ? { base_url: url } : {}),
    from_environment: true,
  };
};
