import { AppError } from '../../shared/app-error.ts';
import { costNanoUsd, isRated } from '../models/cost.ts';
import { familyOf, type WireName } from '../models/families.ts';
import { unitKindOf, unitRouteOf } from '../models/model-kinds.ts';
import { priceIn } from '../models/own-prices.ts';
import { knownProvider } from '../models/providers.ts';
import { isModelName, routeModel, type Route } from '../models/route-model.ts';
import type { ProviderAccount } from '../ports/providers.ts';
import type { UnitCall, UnitWire } from '../wires/unit-wire.ts';
import type { CompleteAnswer, CompleteDeps } from './call-types.ts';
import { knownCaller, modelNotFound, notConfigured, refuseUnpriced } from './check-call.ts';
import { heldHeaders } from './held-facts.ts';
import { holdAmount, holdEndMs } from './take-hold.ts';
import { ROUTE_TOOLS, tryCall, type RouteTools } from './try-call.ts';
import { runUnits } from './run-units.ts';
import type { HeldUnits, UnitInput, UnitPlan } from './unit-types.ts';

/**
 * One metered call that is billed by units: hold the most that it may cost, call the provider, settle what it reports. Where
 * the project has a route of the model's name, another model may answer. Throws AppError for everything that is known before
 * the answer's headers; then nothing is held any more.
 */
export const completeUnits = async (
  deps: CompleteDeps,
  wire: UnitWire,
  input: UnitInput,
): Promise<CompleteAnswer> => {
  const startedAtMs = deps.clock.nowMs();
  const call = await knownCaller(deps, input, () =>
    wire.read(input.body, input.headers['content-type'] ?? ''),
  );
  return await tryCall(
    deps,
    input,
    call.model,
    async (tryDeps, tryInput, model) =>
      model === call.model
        ? await unitsOnce(tryDeps, tryInput, { wire, call, startedAtMs })
        : await unitsOnce(tryDeps, tryInput, {
            wire,
            call: { ...call, model },
            startedAtMs: deps.clock.nowMs(),
          }),
    { ...ROUTE_TOOLS, costOf: costOf(wire, call) },
  );
};

/** The most that this call may cost by another model. */
const costOf =
  (wire: UnitWire, call: UnitCall): RouteTools['costOf'] =>
  async ({ stagePrices, clock }, model) => {
    const route = routeModel(model);
    const price = route === null ? null : priceIn(await stagePrices.book(), route, clock.nowMs());
    if (route === null || price === null) return null;
    const { counts } = wire.bound(call, route.model);
    return isRated(price.rates, counts) ? costNanoUsd(price.rates, counts) : null;
  };

/** A call on its way to one model. */
type Asked = Pick<UnitPlan, 'wire' | 'call' | 'startedAtMs'>;

const unitsOnce = async (
  deps: CompleteDeps,
  input: UnitInput,
  planned: Asked,
): Promise<CompleteAnswer> => {
  const plan = await planOf(deps, input, planned);
  const { call, route } = plan;
  const asked = {
    amountNanoUsd: plan.price === null ? 0 : costNanoUsd(plan.price.rates, plan.bound),
    model: call.model,
    provider: route.provider,
    feature: input.feature,
  };
  const taken = await holdAmount(deps, input, asked, plan.price);
  const held: HeldUnits = { ...plan, ...taken };
  const answer = await runUnits(deps, input, held);
  return { ...answer, headers: { ...answer.headers, ...heldHeaders(input, held) } };
};

const planOf = async (
  deps: CompleteDeps,
  input: UnitInput,
  { wire, call, startedAtMs }: Asked,
): Promise<UnitPlan> => {
  const [{ route, account }, prices] = await Promise.all([
    prepare(deps, input, wire, call.model),
    deps.stagePrices.book(),
  ]);
  // What is sold by units has no price that goes by the hour.
  const price = priceIn(prices, route, startedAtMs, holdEndMs(input));
  const { counts: bound, unpriced } = wire.bound(call, route.model);
  await refuseUnpriced(deps, input, {
    call,
    route,
    isPriced: price !== null && isRated(price.rates, bound),
    price,
    unpriced: [...call.unpriced, ...unpriced],
  });
  return { wire, call, route, account, price, bound, startedAtMs };
};

const prepare = async (
  deps: CompleteDeps,
  input: UnitInput,
  wire: UnitWire,
  model: string,
): Promise<{ route: Route; account: ProviderAccount }> => {
  const route = routeOf(wire, model);
  // A project may have a route of this name: whoever looks asks for the key first.
  if (route === null) throw modelNotFound(model);
  return await knownCaller(deps, input, async () => {
    const account = await deps.accounts.get(route.provider);
    if (account === null) throw notConfigured(route.provider, model);
    checkKind(wire, route);
    if (wire.beside !== null) checkBeside(wire.beside, account, route, model);
    return { route, account };
  });
};

const routeOf = ({ provider }: UnitWire, model: string): Route | null => {
  if (provider === undefined) return routeModel(model);
  return isModelName(model) ? { provider, model } : null;
};

/** Throws AppError for a model whose name says that it does something else. */
const checkKind = ({ kind }: UnitWire, { provider, model }: Route): void => {
  const known = unitKindOf(model);
  if (known?.provider === provider) {
    if (known.kind !== kind) throw otherRoute(model, unitRouteOf(known));
  } else if (familyOf(model)?.provider === provider)
    throw otherRoute(model, 'POST /v1/chat/completions');
};

/** Throws AppError for a provider that has a wire of its own. */
const checkBeside = (
  beside: WireName,
  { wire }: ProviderAccount,
  { provider }: Route,
  model: string,
): void => {
  const ownRoute = knownProvider(provider)?.ownRoute;
  if (ownRoute !== undefined) throw otherRoute(model, ownRoute);
  if (wire === beside) return;
  const known = unitKindOf(model);
  throw otherRoute(model, known?.provider === provider ? unitRouteOf(known) : null);
};

const otherRoute = (model: string, route: string | null): AppError =>
  new AppError({
    code: 'dialect_not_supported_for_model',
    publicMessage: `${model} is not called on this route${route === null ? '.' : `: use ${route}.`}`,
    facts: { param: 'model' },
  });
