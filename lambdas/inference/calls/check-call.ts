import { advice } from '../../shared/advice.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Unpriced } from '../wires/unpriced.ts';
import type { ParsedCall } from '../wires/wire.ts';
import { familyOf } from '../models/families.ts';
import { unitKindOf, unitRouteOf } from '../models/model-kinds.ts';
import { isTierPriced } from '../models/price-terms.ts';
import { knownProvider } from '../models/providers.ts';
import type { ModelPrice } from '../models/prices.ts';
import type { Route } from '../models/route-model.ts';
import type { CallInput, CompleteDeps } from './call-types.ts';
import { CALLER_SCOPES, isCapped } from '../../ledger/domain/key.ts';
import { refusedCaller } from '../../ledger/domain/refusal.ts';

/** The key of a call. Throws AppError (401, 403). */
export const authenticate = async (
  deps: Pick<CompleteDeps, 'keys' | 'clock'>,
  input: Pick<CallInput, 'credential'>,
) => {
  const answer = await deps.keys.authenticate(input.credential, deps.clock.nowMs());
  if (answer.kind === 'refused') throw refusedCaller(answer.reason);
  if (!CALLER_SCOPES.has(answer.key.scope)) throw refusedCaller('other_scope');
  return answer.key;
};

/** A wrong key is refused before a wrong body: a stranger learns nothing about models or fields. */
export const knownCaller = async <T>(
  deps: CompleteDeps,
  input: CallInput,
  prepared: () => T | Promise<T>,
): Promise<T> => {
  try {
    return await prepared();
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await authenticate(deps, input);
    throw error;
  }
};

/** A tier is named by a wire, and priced by the model that the call comes to. */
const TIER = /^service_?tier\./i;

/** What a call asks for, as far as it may have no price. */
interface Wishes {
  readonly call: Pick<ParsedCall, 'model'> & Partial<Pick<ParsedCall, 'tier'>>;
  readonly route: Route;
  readonly isPriced: boolean;
  readonly price: Pick<ModelPrice, 'ownTiers'> | null;
  readonly unpriced: readonly Unpriced[];
}

/** What of a call has no price or no bound at these prices of its model. */
export const unpricedAt = (
  { unpriced, sound }: ParsedCall,
  price: ModelPrice | null,
): readonly Unpriced[] =>
  sound === undefined || price?.rates.audioInput !== undefined ? unpriced : [...unpriced, sound];

/**
 * A model without a price runs on a key without a cap only; what else has no price or no bound, on a key that has no list of
 * models either, unless the operator allows it.
 */
export const refuseUnpriced = async (
  deps: CompleteDeps,
  input: CallInput,
  { call, route, isPriced, price, unpriced }: Wishes,
): Promise<void> => {
  const { provider, model } = route;
  const feature = unpriced.find(
    ({ name }) =>
      !deps.allowedFeatures.has(`${provider}/${name}`) &&
      !(TIER.test(name) && isTierPriced(provider, model, call.tier ?? null, price?.ownTiers)),
  );
  if (isPriced && feature === undefined) return;
  const key = await authenticate(deps, input);
  if (!isPriced && isCapped(key))
    throw new AppError({
      code: 'model_not_priced',
      publicMessage: advice().modelNotPricedWords(call.model),
      facts: { param: 'model' },
    });
  if (feature === undefined || (!isCapped(key) && key.allowedModels === null)) return;
  const { path, name, known = [] } = feature;
  throw new AppError({
    code: 'feature_not_priced',
    publicMessage: advice().featureNotPricedWords(path, name, known),
    facts: { param: path },
  });
};

/** Throws AppError for a model that its provider answers on another wire alone, or that holds no conversation. */
export const checkSpoken = ({ provider, model }: Route): void => {
  const unit = unitKindOf(model);
  const route = unit?.provider === provider ? unitRouteOf(unit) : knownProvider(provider)?.ownRoute;
  if (route !== undefined)
    throw new AppError({
      code: 'dialect_not_supported_for_model',
      publicMessage: `${model} holds no conversation: use ${route}.`,
      facts: { param: 'model' },
    });
  const family = familyOf(model);
  if (family?.provider !== provider || family.elsewhere?.test(model) !== true) return;
  throw new AppError({
    code: 'dialect_not_supported_for_model',
    publicMessage: `${model} answers on the Responses wire of ${provider} alone, and this gateway does not call it yet.`,
    facts: { param: 'model' },
  });
};

export const modelNotFound = (model: string): AppError =>
  new AppError({
    code: 'model_not_found',
    publicMessage: advice().modelNotFoundWords(model),
    facts: { param: 'model' },
  });

export const notConfigured = (provider: string, model: string): AppError =>
  knownProvider(provider) !== null
    ? new AppError({
        code: 'provider_not_configured',
        publicMessage: advice().notConfiguredWords(provider),
      })
    : modelNotFound(model);
