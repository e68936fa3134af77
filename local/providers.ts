/** A provider as the secret names it. */
interface ProviderEntry {
  readonly api_key?: string;
  readonly base_url?: string;
  readonly simulated?: true;
}

const NAMES = ['openai', 'anthropic', 'deepseek'] as const;

/** The provider secret of a laptop: real where the environment names a key or a base URL, else simulated. */
export const providerSecret = (
  env: Readonly<Record<string, string | undefined>>,
  simulatedUrl: string,
): Readonly<Record<string, ProviderEntry>> => {
  const entries: Record<string, ProviderEntry> = {};
  for (const name of NAMES) {
    const key = env[`${name.toUpperCase()}_API_KEY`];
    const url = env[`${name.toUpperCase()}_BASE_URL`];
    entries[name] =
      key || url
        ? { ...(key ? { api_key: key } : {}), ...(url ? { base_url: url } : {}) }
        : { base_url: name === 'anthropic' ? simulatedUrl : `${simulatedUrl}/v1`, simulated: true };
  }
  const ollama = env['OLLAMA_BASE_URL'];
  if (ollama) entries['ollama'] = { base_url: ollama };
  return entries;
};
