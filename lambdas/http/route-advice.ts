import { AppError } from '../shared/app-error.ts';
import { closest } from '../shared/closest.ts';
import type { HttpRequest } from './request.ts';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** The routes of a contract, as `POST /v1/keys/{key_id}`. */
export const contractRoutes = (
  rooms: readonly { readonly paths: Readonly<Record<string, object>> }[],
): readonly string[] =>
  rooms.flatMap(({ paths }) =>
    Object.entries(paths).flatMap(([path, operations]) =>
      METHODS.filter((method) => method in operations).map(
        (method) => `${method.toUpperCase()} ${path}`,
      ),
    ),
  );

export const unknownRoute = (
  { route, path }: Pick<HttpRequest, 'route' | 'path'>,
  routes: readonly string[],
): AppError => {
  const [method = ''] = route.split(' ');
  return new AppError({
    code: 'route_not_found',
    publicMessage: `${method} ${path} does not exist. ${routeAdvice(method, path, routes)}`,
  });
};

/** What somebody does about a route that nobody has: most of them have a base URL with one `/v1` too few or too many. */
export const routeAdvice = (method: string, path: string, routes: readonly string[]): string => {
  const parts = partsOf(path);
  const based = basedParts(parts, longestOf(routes)).find((tried) =>
    isRoute(routes, method, tried),
  );
  if (based !== undefined) {
    const meant = `${method} /${based.join('/')}`;
    return `Did you mean ${meant}?${baseAdvice(parts, based)}`;
  }
  const allowed = routes.map(wordsOf).filter(({ words }) => fits(words, parts));
  if (allowed.length > 0) return `It answers ${allowed.map((route) => route.method).join(', ')}.`;
  const meant = closest(
    `/${parts.join('/')}`,
    routes
      .filter((route) => route.startsWith(`${method} `))
      .flatMap((route) => filled(route, parts)),
  );
  return meant === null
    ? 'GET /openapi.json has all routes, and GET /docs shows them.'
    : `Did you mean ${method} ${meant}?`;
};

const partsOf = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');

const wordsOf = (route: string): { readonly method: string; readonly words: readonly string[] } => {
  const [method = '', path = ''] = route.split(' ');
  return { method, words: partsOf(path) };
};

const longestOf = (routes: readonly string[]): number =>
  routes.reduce((longest, route) => Math.max(longest, wordsOf(route).words.length), 0);

/**
 * The same with what was put in front of it taken away, and with the version in front. What has more parts than any route is
 * none, and a stranger's path has thousands: it is not tried.
 */
const basedParts = (parts: readonly string[], partsMax: number): readonly (readonly string[])[] => {
  const end = parts.slice(-partsMax);
  return end
    .map((_part, index) => end.slice(index))
    .flatMap((rest) => [...(rest.length === parts.length ? [] : [rest]), ['v1', ...rest]]);
};

const isRoute = (routes: readonly string[], method: string, parts: readonly string[]): boolean =>
  routes.some((route) => {
    const known = wordsOf(route);
    return known.method === method && fits(known.words, parts);
  });

const isParameter = (word: string): boolean => word.startsWith('{');

const fits = (words: readonly string[], parts: readonly string[]): boolean =>
  words.length === parts.length &&
  words.every((word, index) => isParameter(word) || word === parts[index]);

const baseAdvice = (given: readonly string[], meant: readonly string[]): string => {
  const versions = given.filter((part) => part === 'v1').length;
  if (versions === 0 && meant[0] === 'v1')
    return " The base URL lacks `/v1`: that of OpenAI's clients ends with it.";
  return versions > 1
    ? " The base URL has `/v1` once too often: that of OpenAI's clients ends with it, that of Anthropic's before it."
    : '';
};

/** A route of as many parts, with what was sent in place of its parameters. */
const filled = (route: string, parts: readonly string[]): readonly string[] => {
  const { words } = wordsOf(route);
  const isNear = words.every((word, index) => isLike(word, parts[index] ?? ''));
  if (words.length !== parts.length || !isNear) return [];
  return [`/${words.map((word, index) => (isParameter(word) ? parts[index] : word)).join('/')}`];
};

const isLike = (word: string, part: string): boolean =>
  isParameter(word) || word === part || closest(part, [word]) !== null;
