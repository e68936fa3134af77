import { AppError } from '../../shared/app-error.ts';
import type { HoldPricer } from '../../ledger/ports/reprice.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import type { KeptRoutes } from '../ports/routes.ts';
import { isAlias, planOf, type ModelRoute, type RouteBook } from '../routing/route.ts';
import type { CallInput, CompleteAnswer, CompleteDeps } from './call-types.ts';
import { judgeFailure } from './judge-failure.ts';
import type { KeptHold } from './kept-hold.ts';
import { walkRoute, type Failure, type Walk, type WalkDeps } from './route-walk.ts';
import type { Failed, RouteTools } from './try-call.ts';

export interface RoutingDeps extends WalkDeps {
  readonly routes: KeptRoutes;
  readonly pricer: HoldPricer;
}

/** A call's way over the targets of its route. */
export interface Way {
  readonly key: KeyState;
  readonly route: ModelRoute;
  readonly walk: Walk;
}

/** What a route is looked for. */
export interface Sought {
  readonly deps: Pick<CompleteDeps, 'report' | 'stagePrices' | 'clock'>;
  readonly model: string;
  readonly deadlineMs: number;
  readonly tools: Pick<RouteTools, 'providerOf' | 'costOf'>;
  /** What the plain model came to; null: the name is no model's. */
  readonly tried: Failure | null;
  /** Throws AppError for who has none. */
  readonly key: () => Promise<KeyState>;
}

/** For a call whose first try failed. */
export const soughtBy = ({
  deps,
  input,
  model,
  failed,
  kept,
  tools,
}: Failed<CallInput>): Sought => ({
  deps,
  model,
  tools,
  deadlineMs: input.deadlineMs,
  tried: isAlias(model) ? null : judgeFailure(failed, kept?.settlement ?? null, false),
  key: async () => await tools.authenticate(deps, input),
});

/** null: nobody else is to be asked. What the model came to is then what the caller hears. */
export const findWay = async (deps: RoutingDeps, sought: Sought): Promise<Way | null> => {
  const found = await findRoute(deps, sought);
  if (found === null) return null;
  const { key, route, book } = found;
  const input = {
    book,
    route,
    key,
    deadlineMs: sought.deadlineMs,
    providerOf: sought.tools.providerOf,
    costOf: async (model: string) => await sought.tools.costOf(sought.deps, model),
  };
  return { key, route, walk: await walkRoute(deps, input, sought.tried) };
};

interface Found extends Omit<Way, 'walk'> {
  readonly book: RouteBook;
}

const findRoute = async (
  { routes }: Pick<RoutingDeps, 'routes'>,
  { model, tried, key: keyOf, deps }: Sought,
): Promise<Found | null> => {
  if (tried?.kind === 'final') return null;
  try {
    const key = await keyOf();
    const book = await routes.find(key.projectId, model);
    const route = book?.get(model);
    if (book === null || route === undefined) return null;
    const isRefused = tried?.kind === 'money' && planOf(route, key.tier).onCap === 'refuse';
    return isRefused ? null : { key, book, route };
  } catch (error) {
    // A name that is no model's says nothing to a stranger; a model's own failure is heard, whatever the store does.
    if (tried === null) throw error;
    deps.report('route not read', error);
    return null;
  }
};

/** An error with the way that led there. */
export const errorOfWay = (error: unknown, walk: Walk): unknown => {
  if (!(error instanceof AppError)) return error;
  return new AppError({
    code: error.code,
    publicMessage: error.publicMessage,
    facts: { ...error.facts, route: walk.words(null) },
    ...(error.internal === null ? {} : { internal: error.internal }),
    ...(error.retryAfterSeconds === null ? {} : { retryAfterSeconds: error.retryAfterSeconds }),
    isFinal: error.isFinal,
    cause: error.cause,
  });
};

export const withRoute = (answer: CompleteAnswer, words: string): CompleteAnswer => ({
  ...answer,
  headers: { ...answer.headers, 'x-sluice-route': words },
});

/** A hold that ends, or is billed, by what failed says how the call came there. */
export const keptOfWay = (kept: KeptHold, walk: Walk): KeptHold => ({
  ...kept,
  settlement: { ...kept.settlement, route: walk.words(null) },
});

/** The last one's own answer, or its error with the way that led there. */
export const endOfWay = (walk: Walk): CompleteAnswer => {
  const failed = walk.end();
  if (failed.kind === 'answer') return withRoute(failed.answer, walk.words(null));
  throw errorOfWay(failed.error, walk);
};
