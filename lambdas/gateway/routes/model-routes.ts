import { pricedModels, priceOf } from '../../inference/models/prices.ts';
import { routeModel } from '../../inference/models/route-model.ts';
import { systemClock } from '../../platform/clock.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import type { ProviderAccounts } from '../../inference/ports/providers.ts';
import { AppError } from '../../shared/app-error.ts';
import { type Handler } from '../../http/door.ts';
import { authenticate } from '../../ledger/door.ts';

interface ModelDeps {
  readonly keys: KeyRegister;
  readonly accounts: ProviderAccounts;
}

/** Priced models of the configured providers that the key may use, in the shape of the asking SDK. */
export const modelRoutes = (deps: ModelDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/models': async (request) => {
    const key = await authenticate(deps.keys, request);
    const models = (await configured(deps)).filter(
      ({ id }) => key.allowedModels === null || key.allowedModels.includes(id),
    );
    const data = models.map((model) => view(model, request.headers));
    const [first, last] = [models[0]?.id ?? null, models.at(-1)?.id ?? null];
    return {
      status: 200,
      body: isAnthropic(request.headers)
        ? { data, has_more: false, first_id: first, last_id: last }
        : { object: 'list', data },
    };
  },
  'GET /v1/models/{id+}': async (request) => {
    const key = await authenticate(deps.keys, request);
    const name = request.params['id'] ?? '';
    const model = await named(deps, name);
    if (model === null || (key.allowedModels !== null && !key.allowedModels.includes(name)))
      throw new AppError({
        code: 'model_not_found',
        publicMessage: `The model ${name} does not exist here.`,
        facts: { param: 'model' },
      });
    return { status: 200, body: view(model, request.headers) };
  },
});

/** Any name that a call would be priced by, dated ones included. */
const named = async (deps: ModelDeps, name: string) => {
  const route = routeModel(name);
  if (route === null || (await deps.accounts.get(route.provider)) === null) return null;
  const price = priceOf(route.provider, route.model, systemClock.nowMs());
  return price === null ? null : { id: name, provider: route.provider };
};

export const isAnthropic = (headers: Readonly<Record<string, string>>): boolean =>
  headers['anthropic-version'] !== undefined;

const configured = async (deps: ModelDeps) => {
  const names = new Set((await deps.accounts.list()).map((account) => account.name));
  return pricedModels().filter((model) => names.has(model.provider));
};

const view = (
  model: { readonly id: string; readonly provider: string },
  headers: Readonly<Record<string, string>>,
): object =>
  isAnthropic(headers)
    ? { type: 'model', id: model.id, display_name: model.id, created_at: '1970-01-01T00:00:00Z' }
    : { id: model.id, object: 'model', created: 0, owned_by: model.provider };
