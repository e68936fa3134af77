import { AppError } from '../../shared/app-error.ts';
import { routeModel } from '../models/route-model.ts';
import type { ParsedCall, Wire } from '../wires/wire.ts';
import { wireOf } from '../wires/wires.ts';
import { isTextRated } from '../models/cost.ts';
import { priceIn } from '../models/own-prices.ts';
import type { CompleteAnswer, CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';
import {
  checkSpoken,
  knownCaller,
  modelNotFound,
  notConfigured,
  refuseUnpriced,
  unpricedAt,
} from './check-call.ts';
import { completeTurn } from './complete-turn.ts';
import { emulatedHeader, foreignCall, type ForeignCall } from './foreign-call.ts';
import { heldHeaders } from './held-facts.ts';
import { holdSpoken } from './hold-turn.ts';
import { runCall } from './run-call.ts';
import { holdEndMs, takeHold } from './take-hold.ts';
import { tryCall, withModel } from './try-call.ts';

/**
 * One metered model call: hold the worst case, call the provider, settle what it reports. Where the project has a route of
 * the model's name, another model may answer. Throws AppError for everything that is known before the answer's headers;
 * then nothing is held any more.
 */
export const complete = async (
  deps: CompleteDeps,
  input: CompleteInput,
): Promise<CompleteAnswer> => {
  const startedAtMs = deps.clock.nowMs();
  const wire = await wireOf(input.wire);
  const call = await knownCaller(deps, input, () =>
    wire.read(input.body, input.headers['content-type'] ?? '', input.path),
  );
  return await tryCall(deps, input, call.model, async (tryDeps, tryInput, model) =>
    model === call.model
      ? await completeOnce(tryDeps, tryInput, { wire, call, startedAtMs })
      : await completeOnce(tryDeps, tryInput, {
          wire,
          call: withModel(call, model),
          startedAtMs: deps.clock.nowMs(),
        }),
  );
};

/** A call on its way to one model. */
interface Asked {
  readonly wire: Wire;
  readonly call: ParsedCall;
  readonly startedAtMs: number;
}

const completeOnce = async (
  deps: CompleteDeps,
  input: CompleteInput,
  { wire, call, startedAtMs }: Asked,
): Promise<CompleteAnswer> => {
  const [{ route, account, foreign }, prices] = await Promise.all([
    prepare(deps, input, call),
    deps.stagePrices.book(),
  ]);
  if (foreign !== null) return await completeForeign(deps, input, call.feature, foreign);
  const price = priceIn(prices, route, startedAtMs, holdEndMs(input));
  const unpriced = [...unpricedAt(call, price), ...wire.unpricedHeaders(input.headers, call)];
  const isPriced = price !== null && isTextRated(price.rates);
  await refuseUnpriced(deps, input, { call, route, isPriced, price, unpriced });
  const taken = await takeHold(deps, input, { call, route, price });
  const held: HeldCall = { ...taken, wire, call, route, account, prices, startedAtMs };
  const answer = await runCall(deps, input, held);
  return { ...answer, headers: { ...answer.headers, ...headersOf(input, held) } };
};

/** The same call where its model is spoken to in another dialect. */
const completeForeign = async (
  deps: CompleteDeps,
  input: CompleteInput,
  feature: string | null,
  foreign: ForeignCall,
): Promise<CompleteAnswer> => {
  const named = { ...input, feature: input.feature ?? feature };
  const { request } = foreign.asked;
  let emulated: readonly string[] = [];
  const turn = await holdSpoken(deps, { ...named, request }, foreign.spoken, (...told) => {
    const carried = foreign.carry(...told);
    ({ emulated } = carried);
    return carried.call;
  });
  const answer = await completeTurn(deps, named, foreign, turn);
  return {
    ...answer,
    headers: {
      ...answer.headers,
      ...headersOf(input, turn.held),
      ...emulatedHeader(emulated),
    },
  };
};

const headersOf = (input: CompleteInput, held: HeldCall): Record<string, string> => ({
  ...heldHeaders(input, held),
  ...(held.injectedMaxTokens === null
    ? {}
    : { 'x-sluice-max-tokens': String(held.injectedMaxTokens) }),
});

const prepare = async (deps: CompleteDeps, input: CompleteInput, call: ParsedCall) => {
  const route = routeModel(call.model);
  // A project may have a route of this name: whoever looks asks for the key first.
  if (route === null) throw modelNotFound(call.model);
  return await knownCaller(deps, input, async () => {
    const account = await deps.accounts.get(route.provider);
    if (account === null) throw notConfigured(route.provider, call.model);
    checkSpoken(route);
    if (account.wire === input.wire) return { route, account, foreign: null };
    if (input.dialect === undefined)
      throw new AppError({
        code: 'dialect_not_supported_for_model',
        publicMessage: `${call.model} does not speak this dialect: use ${(await wireOf(account.wire)).route}.`,
        facts: { param: 'model' },
      });
    const foreign = await foreignCall(deps, await input.dialect(), call);
    return { route, account, foreign };
  });
};
