import { isAlias, planOf, ROUTE_LIMITS, type RouteBook, type RouteTarget } from './route.ts';

/**
 * The targets of a route for one tier, with the routes that it names in their place. `random` decides among those with a
 * weight, 0 to 1; the rest follow in their order. A loop ends where it closes, whatever is stored.
 */
export const resolveTargets = (
  book: RouteBook,
  name: string,
  tier: string | null,
  random: () => number,
): readonly RouteTarget[] => {
  const found: RouteTarget[] = [];
  const visit = (route: string, above: readonly string[]): void => {
    const known = book.get(route);
    if (known === undefined || above.includes(route) || above.length >= ROUTE_LIMITS.depthMax)
      return;
    for (const target of inTurn(planOf(known, tier).targets, random)) {
      if (found.length >= ROUTE_LIMITS.resolvedMax) return;
      if (isAlias(target.model)) visit(target.model, [...above, route]);
      else if (!found.some((other) => isSame(other, target))) found.push(target);
    }
  };
  visit(name, []);
  return found;
};

const isSame = (left: RouteTarget, right: RouteTarget): boolean =>
  left.model === right.model && left.region === right.region;

/** A draw without putting back, by weight: each is first as often as its share says. */
const inTurn = (targets: readonly RouteTarget[], random: () => number): readonly RouteTarget[] => {
  const left = targets.filter(({ weight }) => weight !== null);
  const drawn: RouteTarget[] = [];
  while (left.length > 0) {
    const total = left.reduce((sum, { weight }) => sum + (weight ?? 0), 0);
    let point = random() * total;
    const index = left.findIndex(({ weight }) => (point -= weight ?? 0) < 0);
    drawn.push(...left.splice(Math.max(0, index), 1));
  }
  return [...drawn, ...targets.filter(({ weight }) => weight === null)];
};
