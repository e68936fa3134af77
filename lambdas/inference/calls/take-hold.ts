import { advice } from '../../shared/advice.ts';
import { AppError } from '../../shared/app-error.ts';
import { refusedCaller } from '../../ledger/domain/refusal.ts';
import { microsFloorFromNanoUsd, microsFromNanoUsd } from '../../shared/money.ts';
import { boundInputTokens, countInputTokens } from './bound.ts';
import type { ParsedCall } from '../wires/wire.ts';
import { affordableOutputTokens, worstCostNanoUsd } from '../models/cost.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import { ratesHeld } from '../models/price-terms.ts';
import type { ModelPrice } from '../models/prices.ts';
import type { HoldRefusal } from '../../ledger/domain/refusal.ts';
import type { Route } from '../models/route-model.ts';
import { resetsAtMs } from '../../ledger/domain/window.ts';
import type { HoldOutcome, HoldRequest } from '../../ledger/ports.ts';
import { recordRefusal } from './call-metrics.ts';
import type { CallInput, CompleteDeps, TakenHold } from './call-types.ts';

/** Below this an answer is of no use, so a budget that affords less refuses. */
const USEFUL_TOKENS_MIN = 16;
const HOLD_MARGIN_MS = 60_000;
const IN_FLIGHT_RETRY_SECONDS = 2;

interface Plan {
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
  const outputTokens = call.maxTokens ?? price?.defaultOutputTokens ?? null;
  const injectedMaxTokens = call.maxTokens === null ? outputTokens : null;
  const amount =
    price === null
      ? 0
      : worst(plan, price, boundInputTokens(call, route.provider, route.model), outputTokens ?? 0);
  const first = await tryHold(deps, input, plan, amount);
  if (first.kind === 'held') return takenHold(deps, call, first, injectedMaxTokens);
  if (!isMoney(first.reason) || first.key === null || price === null)
    throw await refusal(deps, first, amount);
  const countTokens = await deps.loadTokenizer();
  const counted = countInputTokens(call, route.provider, route.model, countTokens);
  const { availableNanoUsd } = first.key;
  const fits = fittingTokens(plan, price, counted, availableNanoUsd);
  const closer = fitHold(plan, price, counted, fits, first.key);
  if (closer.amount >= amount) throw await refusal(deps, first, amount, fits);
  const second = await tryHold(deps, input, plan, closer.amount);
  if (second.kind === 'held')
    return takenHold(
      deps,
      call,
      second,
      closer.outputTokens === call.maxTokens ? null : closer.outputTokens,
    );
  throw await refusal(deps, second, closer.amount, fits);
};

/** A plan at the dearest price that its provider may serve it at. */
const atDearest = ({ call, route, price }: Plan): Plan => ({
  call,
  route,
  price:
    price === null
      ? null
      : { ...price, rates: ratesHeld(route.provider, route.model, price.rates, call.tier) },
});

const takenHold = (
  deps: CompleteDeps,
  { hasTwoLimits, maxTokens }: ParsedCall,
  { hold, key }: Extract<HoldOutcome, { kind: 'held' }>,
  lowered: number | null,
): TakenHold => {
  deps.note({ project_id: key.projectId });
  // Of two limits the one that is held is sent, alone; whom no cap binds sends what he likes.
  const injectedMaxTokens = lowered ?? (hasTwoLimits && key.capNanoUsd !== null ? maxTokens : null);
  return { hold, key, injectedMaxTokens, heldAtMs: deps.clock.nowMs() };
};

const worst = (plan: Plan, price: ModelPrice, inputTokens: number, outputTokens: number): number =>
  worstCostNanoUsd(
    price.rates,
    inputTokens,
    outputTokens * plan.call.choices,
    plan.call.cacheWrites,
  );

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
      : Math.min(maxTokens ?? price.defaultOutputTokens, Math.max(USEFUL_TOKENS_MIN, fits));
  return { outputTokens, amount: worst(plan, price, inputTokens, outputTokens) };
};

const tryHold = async (
  deps: CompleteDeps,
  input: CallInput,
  { call, route }: Plan,
  amountNanoUsd: number,
): Promise<HoldOutcome> => {
  const request: HoldRequest = {
    ...input.credential,
    holdId: input.holdId,
    amountNanoUsd,
    model: call.model,
    provider: route.provider,
    feature: input.feature ?? call.feature,
    nowMs: deps.clock.nowMs(),
    expiresAtMs: input.deadlineMs + HOLD_MARGIN_MS,
    ...(input.witness === undefined ? {} : { witness: input.witness }),
  };
  return await deps.ledger.hold(request);
};

const isMoney = (reason: HoldRefusal): boolean =>
  reason === 'cap_exceeded' || reason === 'exceeds_cap' || reason === 'in_flight';

const MONEY = {
  cap_exceeded: { code: 'key_cap_exceeded', message: 'This key has reached its spend cap.' },
  exceeds_cap: {
    code: 'request_exceeds_budget',
    message:
      'This request may cost more than the whole cap of this key: lower max_tokens or the input.',
  },
  in_flight: {
    code: 'in_flight_budget_exhausted',
    message: 'The rest of this key is held by calls in flight: try again when they have ended.',
  },
} as const;

/** A key that still has money is not at its cap: a smaller request may pass. */
const notAfforded = (leftNanoUsd: number, neededNanoUsd: number): string =>
  `What is left of this key's cap (${usdText(microsFloorFromNanoUsd(leftNanoUsd))}) does not afford this request (up to ${usdText(microsFromNanoUsd(neededNanoUsd))}).`;

/** Micro-USD as dollars, without the zeros at the end beyond cents. */
const usdText = (micros: number): string => `$${(micros / 1e6).toFixed(6).replace(/0{1,4}$/, '')}`;

const refusal = async (
  deps: CompleteDeps,
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
  if (reason === 'cap_exceeded' && key !== null) await notifyCapReached(deps, key);
  const { code } = MONEY[reason];
  const message =
    reason === 'cap_exceeded' && key !== null && key.availableNanoUsd > 0
      ? notAfforded(key.availableNanoUsd, neededNanoUsd)
      : MONEY[reason].message;
  return new AppError({
    code,
    publicMessage:
      fits < USEFUL_TOKENS_MIN ? message : `${message} With max_tokens of ${fits} it would fit.`,
    facts: {
      cap_micros: microsFloorFromNanoUsd(key?.capNanoUsd ?? 0),
      spent_micros: microsFromNanoUsd(key?.spentNanoUsd ?? 0),
      held_micros: microsFromNanoUsd(key?.heldNanoUsd ?? 0),
      needed_micros: microsFromNanoUsd(neededNanoUsd),
      resets_at: key === null ? null : resetsAtMs(key.period, deps.clock.nowMs()),
      limit_source: 'key',
    },
    ...(reason === 'in_flight' ? { retryAfterSeconds: IN_FLIGHT_RETRY_SECONDS } : {}),
  });
};

/** A notice that cannot be sent must not change the answer: it is logged, and sent at the next refusal. */
const notifyCapReached = async (deps: CompleteDeps, key: KeyState): Promise<void> => {
  try {
    await deps.spendEvents.tell({
      kind: 'KeyCapReached',
      keyId: key.keyId,
      projectId: key.projectId,
      window: key.window,
      capNanoUsd: key.capNanoUsd ?? 0,
      spentNanoUsd: key.spentNanoUsd,
    });
  } catch (error) {
    deps.report('spend event not sent', error);
  }
};
