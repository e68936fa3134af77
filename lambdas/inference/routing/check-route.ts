import { nameHint } from './name-problem.ts';
import {
  isAlias,
  planOf,
  ROUTE_LIMITS,
  type ModelRoute,
  type RouteBook,
  type RoutePlan,
} from './route.ts';

/** Why a route cannot be kept, and which of its fields says so. */
export interface RouteProblem {
  readonly field: string;
  readonly reason: string;
}

/** null: the book may hold this route beside its others. What leads back to itself is found here, for every tier. */
export const routeProblem = (book: RouteBook, route: ModelRoute): RouteProblem | null => {
  for (const [field, plan] of plansOf(route)) {
    const problem = planProblem(book, route, plan);
    if (problem !== null) return { field: `${field}.${problem.field}`, reason: problem.reason };
  }
  const next: RouteBook = new Map([...book, [route.name, route]]);
  const tiers = new Set([...next.values()].flatMap(({ tiers: own }) => Object.keys(own)));
  for (const tier of [null, ...tiers]) {
    // A change may close a loop, or lengthen a way, that begins at another route.
    for (const name of next.keys()) {
      const reason = wayProblem(next, name, tier);
      if (reason !== null) return { field: 'default.targets', reason };
    }
  }
  return null;
};

/** Routes that lead to this one. */
export const leadingTo = (book: RouteBook, name: string): readonly string[] =>
  [...book.values()]
    .filter((route) =>
      plansOf(route).some(([, { targets }]) => targets.some(({ model }) => model === name)),
    )
    .map((route) => route.name);

const plansOf = (route: ModelRoute): readonly (readonly [string, RoutePlan])[] => [
  ['default', route.plan],
  ...Object.entries(route.tiers).map(([tier, plan]) => [`tiers.${tier}`, plan] as const),
];

/** A route is no model. */
const NO_ROUTES: RouteBook = new Map();

const planProblem = (
  book: RouteBook,
  { name }: ModelRoute,
  { targets, downgradeTo }: RoutePlan,
): RouteProblem | null => {
  for (const [index, { model, region }] of targets.entries()) {
    const field = `targets.${index}.model`;
    if (model === name && (isAlias(name) || region === null))
      return { field, reason: 'leads back to the route itself' };
    if (isAlias(model) && !book.has(model))
      return {
        field,
        reason: `${model} is no model and no route of this project${nameHint(book, model)}`,
      };
    if (isAlias(model) && region !== null)
      return { field: `targets.${index}.region`, reason: 'a route has no region' };
  }
  return downgradeTo !== null && isAlias(downgradeTo)
    ? {
        field: 'downgrade_to',
        reason: `${downgradeTo} is no model${nameHint(NO_ROUTES, downgradeTo)}`,
      }
    : null;
};

const wayProblem = (book: RouteBook, name: string, tier: string | null): string | null => {
  let count = 0;
  const visit = (route: string, above: readonly string[]): string | null => {
    if (above.includes(route)) return `leads back to itself: ${[...above, route].join(' -> ')}`;
    if (above.length >= ROUTE_LIMITS.depthMax)
      return `leads over more than ${ROUTE_LIMITS.depthMax} routes: ${[...above, route].join(' -> ')}`;
    const known = book.get(route);
    if (known === undefined) return null;
    for (const { model } of planOf(known, tier).targets) {
      const problem = isAlias(model) ? visit(model, [...above, route]) : null;
      if (problem !== null) return problem;
      if (!isAlias(model)) count += 1;
      if (count > ROUTE_LIMITS.resolvedMax)
        return `has more than ${ROUTE_LIMITS.resolvedMax} models behind it`;
    }
    return null;
  };
  return visit(name, []);
};
