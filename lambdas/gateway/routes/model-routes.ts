import { modelNotFoundWords } from '../../inference/models/refusals.ts';
import { datedName, MODEL_NAMES, type ModelName } from '../../inference/models/model-names.ts';
import { unitKindOf } from '../../inference/models/model-kinds.ts';
import { UNIT_NAMES } from '../../inference/models/unit-names.ts';
import { namesIn, priceIn, type PriceBook } from '../../inference/models/own-prices.ts';
import { priceAge } from '../../inference/models/price-age.ts';
import { contextTokensOf } from '../../inference/models/prices.ts';
import { routeModel, type Route } from '../../inference/models/route-model.ts';
import { mayLeadTo } from '../../inference/routing/may-lead-to.ts';
import { resolveTargets } from '../../inference/routing/resolve-targets.ts';
import { accountName, isAlias, type RouteBook } from '../../inference/routing/route.ts';
import { systemClock } from '../../platform/clock.ts';
import { isCapped, type KeyState } from '../../ledger/domain/key.ts';
import type { KeyDoor } from '../../ledger/ports.ts';
import type { StagePrices } from '../../inference/ports/stage-prices.ts';
import type { ProviderAccounts } from '../../inference/ports/providers.ts';
import { AppError } from '../../shared/app-error.ts';
import { checked } from '../../http/body.ts';
import { listBody } from '../../http/lists.ts';
import { type Handler } from '../../http/door.ts';
import type { HttpRequest } from '../../http/request.ts';
import { authenticate } from '../../ledger/door.ts';
import { catalogModel, snapshotView } from '../formats/catalog-format.ts';
import {
  googleMethods,
  googleModelsQuery,
  googlePage,
  modelsQuery,
  modelView,
  pageOf,
  type Model,
  type ModelReader,
} from '../formats/model-format.ts';

/** Some prices change by the hour of the day. */
const CATALOG_SECONDS = 300;
/** Those that converse first. */
const NAMES: readonly ModelName[] = [...MODEL_NAMES, ...UNIT_NAMES.map(datedName)];

export interface ModelDeps {
  readonly keys: KeyDoor;
  readonly accounts: ProviderAccounts;
  readonly stagePrices: StagePrices;
  readonly readRoutes: (projectId: string) => Promise<RouteBook>;
}

/**
 * Names that the key may call on this stage, in the shape and the pages of the asking SDK: those of its project, then
 * models.
 */
export const modelRoutes = (deps: ModelDeps): Readonly<Record<string, Handler>> => {
  const list: Handler = async (request) => {
    const key = await authenticate(deps.keys, request);
    const [prices, book] = await Promise.all([
      deps.stagePrices.book(),
      deps.readRoutes(key.projectId),
    ]);
    const names = key.allowedModels?.map(datedName) ?? namesOf(prices);
    const all = await Promise.all([
      ...[...book.keys()].map(async (name) => await aliasOf(deps, prices, key, book, name)),
      ...names.map(async (name) => await modelOf(deps, prices, key, name)),
    ]);
    const models = all.filter((model) => model !== null);
    return { status: 200, headers: pricesAsOf(), body: listFor(request, models) };
  };
  const one: Handler = async (request) => {
    const key = await authenticate(deps.keys, request);
    const id = request.params['id'] ?? '';
    const isAllowed = key.allowedModels?.includes(id) ?? true;
    const prices = await deps.stagePrices.book();
    const model = isAlias(id)
      ? await aliasOf(deps, prices, key, await deps.readRoutes(key.projectId), id)
      : isAllowed
        ? await modelOf(deps, prices, key, datedName(id))
        : null;
    if (model === null)
      throw new AppError({
        code: 'model_not_found',
        publicMessage: modelNotFoundWords(id),
        facts: { param: 'model' },
      });
    return { status: 200, body: modelView(model, readerOf(request)) };
  };
  return {
    'GET /v1/models': list,
    'GET /v1beta/models': list,
    'GET /v1/models/{id+}': one,
    'GET /v1beta/models/{id+}': one,
    'GET /v1/catalog': catalog,
  };
};

/** Public: the release's own table, without a word about this stage. */
const catalog: Handler = async () => {
  const nowMs = systemClock.nowMs();
  const names = [...MODEL_NAMES.map(({ id }) => id), ...UNIT_NAMES];
  const data = names.flatMap((id) => catalogModel(id, nowMs) ?? []);
  return {
    status: 200,
    headers: { 'cache-control': `public, max-age=${CATALOG_SECONDS}` },
    body: { ...listBody(data, null), prices: snapshotView(nowMs) },
  };
};

/** By a header that its client always sends, or by a path that is Google's. */
export const readerOf = ({ headers, path }: Pick<HttpRequest, 'headers' | 'path'>): ModelReader => {
  if (path.startsWith('/v1beta/')) return 'google';
  if (headers['anthropic-version'] !== undefined) return 'anthropic';
  return headers['x-goog-api-key'] === undefined ? 'openai' : 'google';
};

const listFor = (request: HttpRequest, models: readonly Model[]): object => {
  const reader = readerOf(request);
  switch (reader) {
    case 'openai':
      return { object: 'list', data: models.map((model) => modelView(model, reader)) };
    case 'anthropic':
      return pageOf(models, checked(modelsQuery, request.query));
    case 'google':
      return googlePage(models, checked(googleModelsQuery, request.query));
  }
};

/** Clients know the bodies of their vendors: how old the prices are stands beside. */
const pricesAsOf = () => ({ 'x-sluice-prices-as-of': priceAge(systemClock.nowMs()).date });

/** Of the release's list, and what the operator gave a price beside it. */
const namesOf = (prices: PriceBook): readonly ModelName[] => {
  const listed = new Set(NAMES.map(({ id }) => id));
  const own = namesIn(prices, systemClock.nowMs()).filter((name) => !listed.has(name));
  return [...NAMES, ...own.map(datedName)];
};

/** null: no route of this name is an alias, or it leads the key to nobody who answers. */
const aliasOf = async (
  deps: ModelDeps,
  prices: PriceBook,
  key: KeyState,
  book: RouteBook,
  name: string,
): Promise<Model | null> => {
  const route = book.get(name);
  if (route === undefined || !isAlias(name)) return null;
  const found = await Promise.all(
    resolveTargets(book, name, key.tier, () => 0)
      .filter(({ model }) => mayLeadTo(key, name, model))
      .map(async ({ model, region }) => await modelOf(deps, prices, key, datedName(model), region)),
  );
  const models = found.filter((model) => model !== null);
  if (models.length === 0) return null;
  return {
    id: name,
    provider: key.projectId,
    methods: [...new Set(models.flatMap(({ methods }) => methods))],
    createdAtMs: route.createdAtMs,
    inputTokensMax: leastOf(models.map(({ inputTokensMax }) => inputTokensMax)),
    outputTokensMax: leastOf(models.map(({ outputTokensMax }) => outputTokensMax)),
  };
};

/** What each of them takes; null: of one it is not known. */
const leastOf = (limits: readonly (number | null)[]): number | null => {
  const known = limits.filter((limit) => limit !== null);
  return known.length < limits.length ? null : Math.min(...known);
};

/** null: nobody here answers it, or it has no price and the key has a cap. */
const modelOf = async (
  deps: ModelDeps,
  prices: PriceBook,
  key: KeyState,
  { id, createdAtMs }: ModelName,
  region: string | null = null,
): Promise<Model | null> => {
  const route: Route | null = routeModel(id);
  if (route === null) return null;
  if ((await deps.accounts.get(accountName(route.provider, region))) === null) return null;
  const { provider, model } = route;
  const price = priceIn(prices, route, systemClock.nowMs());
  if (price === null && isCapped(key)) return null;
  return {
    id,
    provider,
    methods: googleMethods(provider, unitKindOf(model)?.kind ?? 'chat'),
    createdAtMs,
    inputTokensMax: contextTokensOf(provider, model),
    outputTokensMax: price?.maxOutputTokens ?? null,
  };
};
