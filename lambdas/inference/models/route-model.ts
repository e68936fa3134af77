import { familyOf } from './families.ts';
import { unitKindOf } from './model-kinds.ts';

/** Where a model name goes: the provider's account, and the name that the provider knows. */
export interface Route {
  readonly provider: string;
  readonly model: string;
}

/** A name that is no more than this is safe in a header, and no provider has another one. */
const NAME = /^[\x21-\x7e]+$/;

export const isModelName = (name: string): boolean => NAME.test(name);

/** `gpt-5`, `claude-...`, `deepseek-...` by family; `<provider>/<model>` by its own word. null: nobody's. */
export const routeModel = (name: string): Route | null => {
  if (!isModelName(name)) return null;
  const owner = familyOf(name) ?? unitKindOf(name);
  if (owner !== null) return { provider: owner.provider, model: name };
  const [, provider, model] = /^([a-z0-9][a-z0-9_-]{0,63})\/(.+)$/.exec(name) ?? [];
  return provider === undefined || model === undefined ? null : { provider, model };
};
