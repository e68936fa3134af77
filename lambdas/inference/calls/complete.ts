import { advice } from '../../shared/advice.ts';
import { AppError } from '../../shared/app-error.ts';
import { microsFloorFromNanoUsd } from '../../shared/money.ts';
import type { Unpriced } from '../wires/unpriced.ts';
import type { ParsedCall, Wire } from '../wires/wire.ts';
import { WIRES } from '../wires/wires.ts';
import { familyOf, knownProvider } from '../models/families.ts';
import { priceOf } from '../models/prices.ts';
import { routeModel, type Route } from '../models/route-model.ts';
import type {
  CallInput,
  CompleteAnswer,
  CompleteDeps,
  CompleteInput,
  HeldCall,
} from './call-types.ts';
import { runCall } from './run-call.ts';
import { takeHold } from './take-hold.ts';
import { refusedCaller } from '../../ledger/domain/refusal.ts';

/**
 * One metered model call: hold the worst case, call the provider, settle what it reports.
 * Throws AppError for everything that is known before the answer's headers; then nothing is held any more.
 */
export const complete = async (
  deps: CompleteDeps,
  input: CompleteInput,
): Promise<CompleteAnswer> => {
  const startedAtMs = deps.clock.nowMs();
  const wire = WIRES[input.wire];
  const { call, route, account } = await prepare(deps, input, wire);
  const price = priceOf(route.provider, route.model, startedAtMs);
  const unpriced = [...call.unpriced, ...wire.unpricedHeaders(input.headers, call)];
  await refuseUnpriced(deps, input, { call, route, isPriced: price !== null, unpriced });
  const taken = await takeHold(deps, input, { call, route, price });
  const held: HeldCall = { ...taken, wire, call, route, account, startedAtMs };
  const answer = await runCall(deps, input, held);
  return { ...answer, headers: { ...answer.headers, ...headersOf(input, held) } };
};

const headersOf = (input: CompleteInput, held: HeldCall): Record<string, string> => ({
  'x-request-id': input.requestId,
  'x-sluice-model': held.route.model,
  'x-sluice-provider': held.route.provider,
  ...(held.key.capNanoUsd === null
    ? {}
    : { 'x-sluice-remaining-micros': String(microsFloorFromNanoUsd(held.key.availableNanoUsd)) }),
  ...(held.injectedMaxTokens === null
    ? {}
    : { 'x-sluice-max-tokens': String(held.injectedMaxTokens) }),
  ...(held.account.simulated ? { 'x-sluice-simulated': 'true' } : {}),
});

/** A wrong key is refused before a wrong body: a stranger learns nothing about models or fields. */
const prepare = async (deps: CompleteDeps, input: CompleteInput, wire: Wire) => {
  try {
    const call = wire.read(input.body, input.headers['content-type'] ?? '');
    const route = routeModel(call.model);
    if (route === null) throw modelNotFound(call.model);
    const account = await deps.accounts.get(route.provider);
    if (account === null) throw notConfigured(route.provider, call.model);
    checkSpoken(route);
    if (account.wire !== input.wire)
      throw new AppError({
        code: 'dialect_not_supported_for_model',
        publicMessage: `${call.model} does not speak this dialect: use ${WIRES[account.wire].route}.`,
        facts: { param: 'model' },
      });
    return { call, route, account };
  } catch (error) {
    if (error instanceof AppError && error.status < 500) await authenticate(deps, input);
    throw error;
  }
};

const authenticate = async (deps: CompleteDeps, input: CallInput) => {
  const answer = await deps.keys.authenticate(input.credential, deps.clock.nowMs());
  if (answer.kind === 'refused') throw refusedCaller(answer.reason);
  return answer.key;
};

/** What a call asks for, as far as it may have no price. */
interface Wishes {
  readonly call: ParsedCall;
  readonly route: Route;
  readonly isPriced: boolean;
  readonly unpriced: readonly Unpriced[];
}

/**
 * A model without a price runs on a key without a cap only; what else has no price or no bound, on a key that has no list of
 * models either, unless the operator allows it.
 */
export const refuseUnpriced = async (
  deps: CompleteDeps,
  input: CallInput,
  { call, route, isPriced, unpriced }: Wishes,
): Promise<void> => {
  const feature = unpriced.find(
    ({ name }) => !deps.allowedFeatures.has(`${route.provider}/${name}`),
  );
  if (isPriced && feature === undefined) return;
  const key = await authenticate(deps, input);
  if (!isPriced && key.capNanoUsd !== null)
    throw new AppError({
      code: 'model_not_priced',
      publicMessage: advice().modelNotPricedWords(call.model),
      facts: { param: 'model' },
    });
  if (feature === undefined || (key.capNanoUsd === null && key.allowedModels === null)) return;
  const { path, name, known = [] } = feature;
  throw new AppError({
    code: 'feature_not_priced',
    publicMessage: advice().featureNotPricedWords(path, name, known),
    facts: { param: path },
  });
};

/** Throws AppError for a model that its provider answers on another wire alone. */
export const checkSpoken = ({ provider, model }: Route): void => {
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
