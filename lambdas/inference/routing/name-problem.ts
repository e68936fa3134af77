import { hint } from '../../shared/closest.ts';
import { MODEL_NAMES } from '../models/model-names.ts';
import { namesIn, priceIn, type PriceBook } from '../models/own-prices.ts';
import { PRICE_LEAD_MIN_MS } from '../models/price-limits.ts';
import { routeModel } from '../models/route-model.ts';
import { UNIT_NAMES } from '../models/unit-names.ts';
import type { RouteBook } from './route.ts';

/** What names are known by: the routes of a project, and the prices of the stage. */
export interface KnownNames {
  readonly book: RouteBook;
  readonly prices: PriceBook;
  readonly nowMs: number;
}

const LISTED: readonly string[] = [...MODEL_NAMES.map(({ id }) => id), ...UNIT_NAMES];

/** Why a name that an admin writes down may be a misspelling; null: it is a route, or a model that has a price. */
export const nameProblem = ({ book, prices, nowMs }: KnownNames, name: string): string | null => {
  if (book.has(name)) return null;
  if (name.endsWith('*')) return `${name} is no model: names stand here whole, without a star`;
  // A price that was just set holds a little later.
  const atMs = nowMs + PRICE_LEAD_MIN_MS;
  const route = routeModel(name);
  if (route !== null && priceIn(prices, route, atMs) !== null) return null;
  const meant = LISTED.includes(name) ? '' : nameHint(book, name, namesIn(prices, atMs));
  return route === null
    ? `${name} is no model and no route of this project${meant}`
    : `${name} has no price here, so a key with a cap cannot use it${meant}`;
};

/** `; did you mean ...?` among models and routes, or nothing. */
export const nameHint = (book: RouteBook, name: string, more: readonly string[] = []): string => {
  const names = [...LISTED, ...more, ...book.keys()];
  return hint(name, names) || hint(routeModel(name)?.model ?? '', names);
};
