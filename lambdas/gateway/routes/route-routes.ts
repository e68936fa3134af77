import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import type { RouteStore } from '../../inference/ports/routes.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import type { KeyDoor } from '../../ledger/ports.ts';
import type { ProjectSettings } from '../../ledger/ports/settings.ts';
import { systemClock } from '../../platform/clock.ts';
import { decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import {
  changesQuery,
  changeView,
  createRouteBody,
  namedModel,
  namesOfPlans,
  patchRoute,
  patchRouteBody,
  readRoute,
  routeView,
} from '../formats/route-format.ts';
import { warningsView } from '../formats/warning-format.ts';
import { changeRoute, createRoute, foundRoute, removeRoute } from '../usecases/manage-routes.ts';
import type { WarnOfNames } from '../usecases/warn-of-names.ts';
import { nameOf, settingAsked } from './setting-asked.ts';

export interface RouteRoutesDeps {
  readonly keys: KeyDoor;
  readonly settings: ProjectSettings;
  readonly routes: RouteStore;
  readonly warn: WarnOfNames;
}

/** Routes of a project, and the record of what was changed of its settings. */
export const routeRoutes = ({
  keys,
  settings,
  routes,
  warn,
}: RouteRoutesDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/routes': async (request) => {
    const { projectId, keyId } = await authenticateAdmin(keys, request);
    const body = checked(createRouteBody, jsonBody(request));
    const asked = { projectId, byKeyId: keyId, name: body.name, nowMs: systemClock.nowMs() };
    const warnings = await warn(
      projectId,
      [...namedModel(body), ...namesOfPlans(body)],
      asked.nowMs,
    );
    const route = await createRoute(routes, asked, readRoute(body, asked.nowMs));
    return { status: 201, body: { ...routeView(route), ...warningsView(warnings) } };
  },
  'GET /v1/routes': async (request) => {
    const { projectId } = await authenticateReader(keys, request);
    const { book } = await routes.read(projectId);
    const views = [...book.values()].map(routeView);
    return { status: 200, body: listBody(views, null) };
  },
  'GET /v1/routes/{name+}': async (request) => {
    const { projectId } = await authenticateReader(keys, request);
    const { book } = await routes.read(projectId);
    return { status: 200, body: routeView(foundRoute(book, nameOf(request))) };
  },
  'PATCH /v1/routes/{name+}': async (request) => {
    const asked = await settingAsked(keys, request);
    const body = checked(patchRouteBody, jsonBody(request));
    const warnings = await warn(asked.projectId, namesOfPlans(body), asked.nowMs);
    const route = await changeRoute(routes, asked, (seen) => patchRoute(seen, body, asked.nowMs));
    return { status: 200, body: { ...routeView(route), ...warningsView(warnings) } };
  },
  'DELETE /v1/routes/{name+}': async (request) => {
    const asked = await settingAsked(keys, request);
    await removeRoute(routes, asked);
    return { status: 200, body: { name: asked.name, object: 'route', deleted: true } };
  },
  'GET /v1/project/changes': async (request) => {
    const { projectId } = await authenticateReader(keys, request);
    const { limit, cursor } = checked(changesQuery, request.query);
    const [before = null] = cursor === undefined ? [] : decodeCursor(cursor, 1);
    const found = await settings.records(projectId, limit + 1, before);
    const shown = found.slice(0, limit);
    const last = shown.at(-1);
    const next = found.length > limit && last !== undefined ? encodeCursor([last.id]) : null;
    return { status: 200, body: listBody(shown.map(changeView), next) };
  },
});
