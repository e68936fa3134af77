import { advice } from '../../shared/advice.ts';
import { AppError } from '../../shared/app-error.ts';
import { isMoney, refusedCaller } from '../../ledger/domain/refusal.ts';
import { boundInputTokens, countInputTokens } from './bound.ts';
import type { ParsedCall } from '../wires/wire.ts';
import { affordableOutputTokens, ratesHeard, worstCostNanoUsd } from '../models/cost.ts';
import { isCapped, type KeyState } from '../../ledger/domain/key.ts';
import { ratesHeld } from '../models/price-terms.ts';
import type { ModelPrice } from '../models/prices.ts';
import type { Route } from '../models/route-model.ts';
import type { HoldOutcome, HoldRequest } from '../../ledger/ports.ts';
import type { SpendEvent } from '../../ledger/ports/spend-events.ts';
import { recordRefusal } from './call-metrics.ts';
import type { CallInput, CompleteDeps, TakenHold } from './call-types.ts';

/** Below this an answer is of no use, so a budget that affords less refuses. */
const USEFUL_TOKENS_MIN = 16;
const HOLD_MARGIN_MS = 60_000;

/** When the hold of a call expires: it is settled before, or not at all. */
export const holdEndMs = ({ deadlineMs }: Pick<CallInput, 'deadlineMs'>): number =>
  deadlineMs + HOLD_MARGIN_MS;

/** A call, and what it is held by. */
export interface Plan {
  readonly call: ParsedCall;
  readonly route: Route;
  readonly price: ModelPrice | null;
}

/**
 * Holds the worst case of a call. First by a bound that costs nothing; only when that is refused for money,
 * the input is counted and a missing output limit is cut to what the budget affords.
 */
export const takeHold = async (
  deps: CompleteDeps,
  input: CallInput,
  asked: Plan,
): Promise<TakenHold> => {
  const plan = atDearest(asked);
  const { call, price, route } = plan;
  const outputTokens = call.maxTokens ?? (price === null ? null : usualOutputTokens(call, price));
  const injectedMaxTokens = call.maxTokens === null ? outputTokens : null;
  const amount =
    price === null
      ? 0
      : worst(plan, price, boundInputTokens(call, route.provider, route.model), outputTokens ?? 0);
  const first = await tryHold(deps, input, plan, amount);
  if (first.kind === 'held') return takenHold(deps, call, first, injectedMaxTokens);
  if (!isMoney(first.reason) || first.key === null || price === null)
    throw await refusal(deps, price, first, amount);
  const countTokens = await deps.loadTokenizer();
  const counted = countInputTokens(call, route.provider, route.model, countTokens);
  const left = first.project ?? first.key;
  const fits = fittingTokens(plan, price, counted, left.availableNanoUsd);
  const closer = fitHold(plan, price, counted, fits, first.key);
  if (closer.amount >= amount) throw await refusal(deps, price, first, amount, fits);
  const second = await tryHold(deps, input, plan, closer.amount);
  if (second.kind === 'held')
    return takenHold(
      deps,
      call,
      second,
      closer.outputTokens === call.maxTokens ? null : closer.outputTokens,
    );
  throw await refusal(deps, price, second, closer.amount, fits);
};

/** Holds an amount for a call that bounds by itself what it may cost. */
export const holdAmount = async (
  deps: CompleteDeps,
  input: CallInput,
  asked: AskedHold,
  price: Priced,
): Promise<Pick<TakenHold, 'hold' | 'key' | 'heldAtMs'>> => {
  const outcome = await askLedger(deps, input, asked);
  if (outcome.kind === 'refused') throw await refusal(deps, price, outcome, asked.amountNanoUsd);
  const { hold, key } = outcome;
  deps.note({ project_id: key.projectId });
  return { hold, key, heldAtMs: deps.clock.nowMs() };
};

/** A plan at the dearest price that its provider may serve it at. */
const atDearest = ({ call, route, price }: Plan): Plan => ({
  call,
  route,
  price:
    price === null
      ? null
      : {
          ...price,
          rates: ratesHeard(
            ratesHeld(route.provider, route.model, price.rates, call.tier, price.ownTiers),
            call.readsAudio === true,
          ),
        },
});

const takenHold = (
  deps: CompleteDeps,
  { hasTwoLimits, maxTokens }: ParsedCall,
  { hold, key }: Extract<HoldOutcome, { kind: 'held' }>,
  lowered: number | null,
): TakenHold => {
  deps.note({ project_id: key.projectId });
  // Of two limits the one that is held is sent, alone; whom no cap binds sends what he likes.
  const injectedMaxTokens = lowered ?? (hasTwoLimits && isCapped(key) ? maxTokens : null);
  return { hold, key, injectedMaxTokens, heldAtMs: deps.clock.nowMs() };
};

const worst = (plan: Plan, price: ModelPrice, inputTokens: number, outputTokens: number): number =>
  worstCostNanoUsd(
    price.rates,
    inputTokens,
    outputTokens * plan.call.choices,
    plan.call.cacheWrites,
  );

/** The limit of an answer for which nobody named one: what is usual, and room for the thoughts that are asked for. */
const usualOutputTokens = (
  { thinkingTokens = 0 }: ParsedCall,
  { defaultOutputTokens, maxOutputTokens, isReasoning }: ModelPrice,
): number => Math.min(maxOutputTokens, defaultOutputTokens + (isReasoning ? 0 : thinkingTokens));

/** The output limit that a budget affords beside this input, for each choice. */
const fittingTokens = (
  { call }: Plan,
  price: ModelPrice,
  inputTokens: number,
  availableNanoUsd: number,
): number =>
  Math.floor(
    affordableOutputTokens(price.rates, inputTokens, availableNanoUsd, call.cacheWrites) /
      call.choices,
  );

/** A limit that the caller named is lowered only where its key says so. */
const fitHold = (
  plan: Plan,
  price: ModelPrice,
  inputTokens: number,
  fits: number,
  { onOversize }: KeyState,
): { readonly outputTokens: number; readonly amount: number } => {
  const { maxTokens } = plan.call;
  const outputTokens =
    maxTokens !== null && onOversize === 'refuse'
      ? maxTokens
      : Math.min(
          maxTokens ?? usualOutputTokens(plan.call, price),
          Math.max(USEFUL_TOKENS_MIN, fits),
        );
  return { outputTokens, amount: worst(plan, price, inputTokens, outputTokens) };
};

const tryHold = async (
  deps: CompleteDeps,
  input: CallInput,
  { call, route }: Plan,
  amountNanoUsd: number,
): Promise<HoldOutcome> =>
  await askLedger(deps, input, {
    amountNanoUsd,
    model: call.model,
    provider: route.provider,
    feature: input.feature ?? call.feature,
  });

type AskedHold = Pick<HoldRequest, 'amountNanoUsd' | 'model' | 'provider' | 'feature'>;
/** What a call is priced by; null: nothing. */
type Priced = Pick<ModelPrice, 'id'> | null;

const askLedger = async (
  deps: CompleteDeps,
  input: CallInput,
  asked: AskedHold,
): Promise<HoldOutcome> => {
  const request: HoldRequest = {
    ...input.credential,
    ...asked,
    holdId: input.holdId,
    nowMs: deps.clock.nowMs(),
    expiresAtMs: holdEndMs(input),
    ...(input.witness === undefined ? {} : { witness: input.witness }),
  };
  return await deps.ledger.hold(request);
};

const refusal = async (
  deps: CompleteDeps,
  price: Priced,
  outcome: Extract<HoldOutcome, { kind: 'refused' }>,
  neededNanoUsd: number,
  fits = 0,
): Promise<AppError> => {
  const { reason, key } = outcome;
  recordRefusal(deps, reason, isMoney(reason));
  switch (reason) {
    case 'invalid_key':
    case 'revoked':
    case 'paused':
    case 'expired':
    case 'other_scope':
      return refusedCaller(reason);
    case 'model_not_allowed':
      return new AppError({
        code: 'model_not_allowed',
        publicMessage: advice().modelNotAllowedWords(key?.allowedModels ?? []),
        facts: { param: 'model' },
      });
    case 'rate_limited':
      return new AppError({
        code: 'rate_limited',
        publicMessage: `This key may make ${key?.rpm ?? 0} calls a minute.`,
        retryAfterSeconds: 60 - (Math.floor(deps.clock.nowMs() / 1_000) % 60),
      });
    case 'concurrency_limited':
      return new AppError({
        code: 'concurrency_limited',
        publicMessage: `This key may have ${key?.maxConcurrency ?? 0} calls in flight.`,
        retryAfterSeconds: 1,
      });
    case 'cap_exceeded':
    case 'exceeds_cap':
    case 'in_flight':
      break;
  }
  if (reason === 'cap_exceeded' && key !== null)
    await (outcome.project === undefined
      ? notifyCapReached(deps, key, price)
      : tellReached(deps, { kind: 'ProjectCapReached', ...outcome.project }));
  return advice().moneyRefusal(outcome, neededNanoUsd, fits, deps.clock.nowMs());
};

/** A notice that cannot be sent must not change the answer: it is logged, and sent at the next refusal. */
const tellReached = async (deps: CompleteDeps, event: SpendEvent): Promise<void> => {
  try {
    await deps.spendEvents.tell(event);
  } catch (error) {
    deps.report('spend event not sent', error);
  }
};

/** Who used a key's cap up is known; of a project's it is not. */
const notifyCapReached = async (
  deps: CompleteDeps,
  key: KeyState,
  price: Priced,
): Promise<void> => {
  const { keyId, projectId } = key;
  await tellReached(deps, {
    kind: 'KeyCapReached',
    keyId,
    projectId,
    window: key.window,
    capNanoUsd: key.capNanoUsd ?? 0,
    spentNanoUsd: key.spentNanoUsd,
  });
  try {
    // Callers name models without end, prices do not.
    const model = price?.id ?? 'other';
    await deps.capBook.note({ keyId, projectId, model, atMs: deps.clock.nowMs() });
  } catch (error) {
    deps.report('refusal at the cap not noted', error);
  }
};
