import type { Command } from 'commander';
import * as z from 'zod';
import { frontDoor } from '../adapters/front-door.ts';
import { OpsError } from '../ops-error.ts';
import { showAdminKey } from '../usecases/admin-keys.ts';
import { contextOf, type Context } from './context.ts';

/** What the front door answers an admin, who reads, or changes what the path names. Throws OpsError with its words when it is no 200. */
export const read = async (
  self: Command,
  path: string,
  query: Readonly<Record<string, string>>,
  change: object | null = null,
): Promise<{ readonly context: Context; readonly body: unknown }> => {
  const context = await contextOf(self);
  const adminKey = await showAdminKey(context.tools);
  const ask = frontDoor(context.target);
  const asked = `${path}?${new URLSearchParams(query)}`;
  const { status, body } =
    change === null
      ? await ask('GET', asked, adminKey)
      : await ask('PATCH', path, adminKey, change);
  if (status === 200) return { context, body };
  const refused = z.object({ error: z.object({ message: z.string() }) }).safeParse(body);
  throw new OpsError(refused.data?.error.message ?? `${path} answered ${status}`);
};

/** Of a query, what was said. */
export const given = (
  fields: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
