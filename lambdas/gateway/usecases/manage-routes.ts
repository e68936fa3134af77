import { AppError } from '../../shared/app-error.ts';
import { leadingTo, routeProblem } from '../../inference/routing/check-route.ts';
import { ROUTE_LIMITS, type ModelRoute, type RouteBook } from '../../inference/routing/route.ts';
import type { RouteStore } from '../../inference/ports/routes.ts';
import { changeSetting, type SettingAsked } from './change-setting.ts';

/** Throws AppError 409 where the name is taken, 400 where the route leads nowhere or back to itself. */
export const createRoute = async (
  store: RouteStore,
  asked: SettingAsked,
  route: ModelRoute,
): Promise<ModelRoute> =>
  await change(store, asked, 'created', (book) => {
    if (book.has(asked.name)) throw conflict('name: the project has a route of this name.', 'name');
    if (book.size >= ROUTE_LIMITS.routesMax)
      throw conflict(
        `The project has ${ROUTE_LIMITS.routesMax} routes, which is as many as it may.`,
      );
    return route;
  });

export const changeRoute = async (
  store: RouteStore,
  asked: SettingAsked,
  patched: (route: ModelRoute) => ModelRoute,
): Promise<ModelRoute> =>
  await change(store, asked, 'changed', (book) => patched(foundRoute(book, asked.name)));

/** Throws AppError 409 where another route leads there. */
export const removeRoute = async (store: RouteStore, asked: SettingAsked): Promise<void> => {
  await changeSetting('routes', async () => {
    const { book, seen } = await store.read(asked.projectId);
    foundRoute(book, asked.name);
    const [leading] = leadingTo(book, asked.name).filter((name) => name !== asked.name);
    if (leading !== undefined) throw conflict(`The route ${leading} leads to this one.`);
    const left = new Map(book);
    left.delete(asked.name);
    return await written(store, asked, { seen, book: left, route: null, action: 'removed' });
  });
};

export const foundRoute = (book: RouteBook, name: string): ModelRoute => {
  const route = book.get(name);
  if (route !== undefined) return route;
  throw new AppError({ code: 'not_found', publicMessage: 'This route does not exist.' });
};

const change = async (
  store: RouteStore,
  asked: SettingAsked,
  action: 'created' | 'changed',
  next: (book: RouteBook) => ModelRoute,
): Promise<ModelRoute> =>
  await changeSetting('routes', async () => {
    const { book, seen } = await store.read(asked.projectId);
    const route = next(book);
    const problem = routeProblem(book, route);
    if (problem !== null)
      throw new AppError({
        code: 'invalid_request',
        publicMessage: `${problem.field}: ${problem.reason}`,
        facts: { param: problem.field },
      });
    const changed = new Map([...book, [route.name, route]]);
    const isWritten = await written(store, asked, { seen, book: changed, route, action });
    return isWritten ? route : null;
  });

type Outcome = Pick<Parameters<RouteStore['write']>[0], 'seen' | 'book' | 'route' | 'action'>;

const written = async (
  store: RouteStore,
  { projectId, byKeyId, name, nowMs }: SettingAsked,
  outcome: Outcome,
): Promise<true | null> =>
  (await store.write({ ...outcome, projectId, byKeyId, name, atMs: nowMs })) ? true : null;

const conflict = (publicMessage: string, param?: string): AppError =>
  new AppError({
    code: 'conflict',
    publicMessage,
    facts: param === undefined ? {} : { param },
  });
