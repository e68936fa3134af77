/** Where a model name goes: the provider's account, and the name that the provider knows. */
export interface Route {
  readonly provider: string;
  readonly model: string;
}

const FAMILIES: readonly { readonly pattern: RegExp; readonly provider: string }[] = [
  { pattern: /^(gpt-|chatgpt-|o\d|ft:gpt-)/, provider: 'openai' },
  { pattern: /^claude-/, provider: 'anthropic' },
  { pattern: /^deepseek-/, provider: 'deepseek' },
];

/** `gpt-5`, `claude-...`, `deepseek-...` by family; `<provider>/<model>` by its own word. null: nobody's. */
export const routeModel = (name: string): Route | null => {
  const family = FAMILIES.find(({ pattern }) => pattern.test(name));
  if (family !== undefined) return { provider: family.provider, model: name };
  const [, provider, model] = /^([a-z0-9][a-z0-9_-]{0,63})\/(.+)$/.exec(name) ?? [];
  return provider === undefined || model === undefined ? null : { provider, model };
};

/** The wire that a provider speaks unless its owner says otherwise. */
export const ownDialect = (provider: string): 'openai' | 'anthropic' =>
  provider === 'anthropic' ? 'anthropic' : 'openai';
