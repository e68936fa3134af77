import { AppError } from '../../shared/app-error.ts';
import { worstCostNanoUsd } from '../models/cost.ts';
import { priceIn } from '../models/own-prices.ts';
import { routeModel } from '../models/route-model.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import type { ParsedCall } from '../wires/wire.ts';
import type { CallInput, CompleteAnswer, CompleteDeps } from './call-types.ts';
import type { HeldTurnCall, TurnCall } from './hold-turn.ts';
import { isProviderFailure } from './call-metrics.ts';
import { authenticate } from './check-call.ts';
import { outcomeOf, type FailedCall } from './failed-call.ts';
import { endKept, keepHold, type KeptHold, type KeptTry } from './kept-hold.ts';
import { peekAnswer } from './peek-answer.ts';

/** A call of one model, by what it is given to call with. */
export type CallOnce<I extends CallInput> = (
  deps: CompleteDeps,
  input: I,
  model: string,
) => Promise<CompleteAnswer>;

/** What routing needs of this bundle: it is stored beside it. */
export interface RouteTools {
  readonly keepHold: (deps: CompleteDeps) => KeptTry;
  readonly endKept: (deps: CompleteDeps, kept: KeptHold) => Promise<void>;
  readonly authenticate: (deps: CompleteDeps, input: CallInput) => Promise<KeyState>;
  /** The provider of a model; null: nobody's. */
  readonly providerOf: (model: string) => string | null;
  /** What a model costs beside others; null: it has no price. */
  readonly costOf: (
    deps: Pick<CompleteDeps, 'stagePrices' | 'clock'>,
    model: string,
  ) => Promise<number | null>;
}

/** A call whose first try failed, or whose name is no model's. */
export interface Failed<I extends CallInput> {
  readonly deps: CompleteDeps;
  readonly input: I;
  /** As it was asked for. */
  readonly model: string;
  readonly failed: FailedCall;
  /** The hold of that try; null: nothing is held. */
  readonly kept: KeptHold | null;
  readonly tools: RouteTools;
}

export interface RoutedCall<I extends CallInput> extends Failed<I> {
  readonly once: CallOnce<I>;
}

/** A question that costs nothing, as a count of tokens: nothing is held for it. */
export interface FreeCall {
  readonly deps: FreeDeps;
  readonly key: KeyState;
  readonly model: string;
  readonly deadlineMs: number;
  readonly failed: FailedCall;
  readonly once: FreeOnce;
  readonly tools: Pick<RouteTools, 'providerOf' | 'costOf'>;
}

/** What it is asked with. */
export type FreeDeps = Pick<
  CompleteDeps,
  | 'accounts'
  | 'modelClient'
  | 'loadTokenizer'
  | 'loadMedia'
  | 'loadRouting'
  | 'stagePrices'
  | 'clock'
  | 'report'
>;
/** What asks one model. */
export type FreeOnceDeps = Pick<
  FreeDeps,
  'accounts' | 'modelClient' | 'loadTokenizer' | 'loadMedia'
>;
export type FreeOnce = (deps: FreeOnceDeps, model: string) => Promise<CompleteAnswer>;

export interface FailedTurn extends Failed<TurnCall> {
  readonly holdTurn: (deps: CompleteDeps, input: TurnCall) => Promise<HeldTurnCall>;
}

/** A turn on its way over the targets of its route: one is held at a time, and the run is told before it is asked. */
export interface TurnWay {
  /** Holds the next target's price in the place of the last one's. Throws what its caller hears when nobody is left. */
  next(): Promise<HeldWay>;
  /** The target at hand said nothing. `kept`: how its hold would end. false: nobody else is asked. */
  failed(failed: FailedCall, kept: KeptHold): Promise<boolean>;
  answered(): Promise<void>;
  /** How it came to the target at hand. */
  words(): string;
}

export interface HeldWay {
  readonly deps: CompleteDeps;
  readonly turn: HeldTurnCall;
}

/** The routes of projects, loaded when a call first needs them. */
export interface Routing {
  /**
   * null: the project has no route of this name that could help, and what was kept is still the caller's to end. When it
   * throws or answers, nothing is held of that try any more.
   */
  follow<I extends CallInput>(call: RoutedCall<I>): Promise<CompleteAnswer | null>;
  /** The same for a turn; null as above. */
  turn(call: FailedTurn): Promise<TurnWay | null>;
  /** As the call's own. */
  readonly repriceHold: CompleteDeps['repriceHold'];
  /** The same for what costs nothing; null as above. */
  free(call: FreeCall): Promise<CompleteAnswer | null>;
}

/**
 * How long a model's own stream is kept from its reader before its first token, so that an error in the place of one is
 * followed by another model: clients see their headers that much later of a model that thinks in silence.
 */
const PEEK_MS = 2_000;

/**
 * Asks a model. Only when it failed and no provider billed it, was refused for money, or is nobody's, is the project's
 * route of that name looked up: a usual call reads nothing for it.
 */
export const tryCall = async <I extends CallInput>(
  deps: CompleteDeps,
  input: I,
  model: string,
  once: CallOnce<I>,
  tools: RouteTools = ROUTE_TOOLS,
): Promise<CompleteAnswer> => {
  const first = keepHold(deps);
  let hasBegun = false;
  const onFirstToken = (): void => {
    hasBegun = true;
    input.onFirstToken?.();
  };
  const failed = await outcomeOf(async () => {
    const answer = await once(first.deps, { ...input, onFirstToken }, model);
    return await peekAnswer(answer, () => hasBegun || first.kept() !== null, PEEK_MS);
  });
  const kept = first.kept();
  if (failed.kind === 'answer' && failed.answer.status < 400 && kept === null) {
    first.commit();
    return failed.answer;
  }
  const routing = await routingFor(deps, failed, kept !== null);
  const call = { deps, input, model, once, failed, kept, tools };
  const routed = (await routing?.follow(call)) ?? null;
  if (routed !== null) return routed;
  if (kept !== null) await endKept(deps, kept);
  if (failed.kind === 'answer') return failed.answer;
  throw failed.error;
};

/** null: no other model could answer, or it cannot be loaded; the model's own failure is heard. */
export const routingFor = async (
  { loadRouting, report }: Pick<CompleteDeps, 'loadRouting' | 'report'>,
  failed: FailedCall,
  wasAsked: boolean,
): Promise<Routing | null> => {
  if (!mayFollow(failed, wasAsked)) return null;
  try {
    return await loadRouting();
  } catch (error) {
    report('routing not loaded', error);
    return null;
  }
};

/** Could another model answer? Only where nobody was asked, or failed before its first token. */
const mayFollow = (failed: FailedCall, wasAsked: boolean): boolean => {
  if (failed.kind === 'answer') {
    const { status } = failed.answer;
    return wasAsked && (status < 400 || status === 408 || isProviderFailure(status));
  }
  const { error } = failed;
  if (!(error instanceof AppError)) return false;
  if (error.code === 'model_not_found' || error.status === 402) return true;
  if (wasAsked) return error.code.startsWith('provider_');
  return error.code === 'provider_not_configured';
};

/** The call with another model's name. A wire whose path names the model has none in its body. */
export const withModel = (call: ParsedCall, model: string): ParsedCall => ({
  ...call,
  model,
  body: named(call.body, model),
  ...(call.exact === undefined ? {} : { exact: named(call.exact, model) }),
});

const named = (body: ParsedCall['body'], model: string): ParsedCall['body'] =>
  body['model'] === undefined ? body : { ...body, model };

/** The call by which models are compared: the cheaper of two depends on how much goes in and comes out. */
const COMPARED_INPUT_TOKENS = 3_000;
const COMPARED_OUTPUT_TOKENS = 1_000;

export const ROUTE_TOOLS: RouteTools = {
  keepHold,
  endKept,
  authenticate,
  providerOf: (model) => routeModel(model)?.provider ?? null,
  costOf: async (deps, model) => {
    const route = routeModel(model);
    if (route === null) return null;
    const price = priceIn(await deps.stagePrices.book(), route, deps.clock.nowMs());
    return price === null
      ? null
      : worstCostNanoUsd(price.rates, COMPARED_INPUT_TOKENS, COMPARED_OUTPUT_TOKENS, 'none');
  },
};
