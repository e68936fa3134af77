import { modelNotFoundWords } from '../../inference/models/refusals.ts';
import { datedName, MODEL_NAMES, type ModelName } from '../../inference/models/model-names.ts';
import { contextTokensOf, priceOf } from '../../inference/models/prices.ts';
import { routeModel, type Route } from '../../inference/models/route-model.ts';
import { systemClock } from '../../platform/clock.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import type { ProviderAccounts } from '../../inference/ports/providers.ts';
import { AppError } from '../../shared/app-error.ts';
import { checked } from '../../http/body.ts';
import { type Handler } from '../../http/door.ts';
import { authenticate } from '../../ledger/door.ts';
import { modelsQuery, modelView, pageOf, type Model } from '../formats/model-format.ts';

interface ModelDeps {
  readonly keys: KeyRegister;
  readonly accounts: ProviderAccounts;
}

/** Models that the key may call on this stage, in the shape and the pages of the asking SDK. */
export const modelRoutes = (deps: ModelDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/models': async (request) => {
    const key = await authenticate(deps.keys, request);
    const names = key.allowedModels?.map(datedName) ?? MODEL_NAMES;
    const all = await Promise.all(names.map(async (name) => await modelOf(deps, key, name)));
    const models = all.filter((model) => model !== null);
    if (!isAnthropic(request.headers))
      return {
        status: 200,
        body: { object: 'list', data: models.map((model) => modelView(model, 'openai')) },
      };
    return { status: 200, body: pageOf(models, checked(modelsQuery, request.query)) };
  },
  'GET /v1/models/{id+}': async (request) => {
    const key = await authenticate(deps.keys, request);
    const id = request.params['id'] ?? '';
    const isAllowed = key.allowedModels?.includes(id) ?? true;
    const model = isAllowed ? await modelOf(deps, key, datedName(id)) : null;
    if (model === null)
      throw new AppError({
        code: 'model_not_found',
        publicMessage: modelNotFoundWords(id),
        facts: { param: 'model' },
      });
    const dialect = isAnthropic(request.headers) ? 'anthropic' : 'openai';
    return { status: 200, body: modelView(model, dialect) };
  },
});

export const isAnthropic = (headers: Readonly<Record<string, string>>): boolean =>
  headers['anthropic-version'] !== undefined;

/** null: nobody here answers it, or it has no price and the key has a cap. */
const modelOf = async (
  deps: ModelDeps,
  key: KeyState,
  { id, createdAtMs }: ModelName,
): Promise<Model | null> => {
  const route: Route | null = routeModel(id);
  if (route === null || (await deps.accounts.get(route.provider)) === null) return null;
  const { provider, model } = route;
  const price = priceOf(provider, model, systemClock.nowMs());
  if (price === null && key.capNanoUsd !== null) return null;
  return {
    id,
    provider,
    createdAtMs,
    inputTokensMax: contextTokensOf(provider, model),
    outputTokensMax: price?.maxOutputTokens ?? null,
  };
};
