import * as z from 'zod';
import type { ProjectSettings } from '../../ledger/ports/settings.ts';
import { AppError } from '../../shared/app-error.ts';
import { ROUTE_LIMITS, type ModelRoute, type RouteBook } from '../routing/route.ts';
import type { RouteStore } from '../ports/routes.ts';

const planItem = z.object({
  targets: z.array(
    z.object({
      model: z.string(),
      weight: z.number().nullable(),
      region: z.string().nullable(),
    }),
  ),
  onCap: z.enum(['refuse', 'downgrade']),
  downgradeAt: z.number(),
  downgradeTo: z.string().nullable(),
});
const routeItem: z.ZodType<ModelRoute> = z.object({
  name: z.string(),
  plan: planItem,
  tiers: z.record(z.string(), planItem),
  retries: z.number(),
  firstTokenMs: z.number().nullable(),
  providerRpm: z.record(z.string(), z.number()),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
const routesItem = z.object({ routes: z.array(routeItem) });

/** The same for those that read routes and change none. */
export const routeReader =
  ({ read }: Pick<ProjectSettings, 'read'>) =>
  async (projectId: string): Promise<RouteBook> =>
    bookOf((await read(projectId, 'ROUTES'))?.value ?? { routes: [] });

/** `PROJECT#<id> / ROUTES`: all of a project's routes, so that whoever asks one reads them at once. */
export const tableRouteStore = (settings: Pick<ProjectSettings, 'read' | 'write'>): RouteStore => ({
  read: async (projectId) => {
    const seen = await settings.read(projectId, 'ROUTES');
    return { book: bookOf(seen?.value ?? { routes: [] }), seen };
  },
  write: async ({ projectId, seen, book, name, action, route, byKeyId, atMs }) => {
    const value = { routes: [...book.values()].map((one) => ({ ...one })) };
    if (Buffer.byteLength(JSON.stringify(value)) > ROUTE_LIMITS.itemBytesMax)
      throw new AppError({
        code: 'invalid_request',
        publicMessage: `The routes of this project take more than ${ROUTE_LIMITS.itemBytesMax} bytes together.`,
      });
    return await settings.write({
      projectId,
      name: 'ROUTES',
      seen,
      value: book.size === 0 ? null : value,
      audit: { byKeyId, subject: `routes/${name}`, action, value: route },
      atMs,
    });
  },
});

const bookOf = (value: unknown): RouteBook =>
  new Map(routesItem.parse(value).routes.map((route) => [route.name, route]));
