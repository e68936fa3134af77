import type { Command } from 'commander';
import * as z from 'zod';
import { frontDoor } from '../adapters/front-door.ts';
import { OpsError } from '../ops-error.ts';
import { showAdminKey } from '../usecases/admin-keys.ts';
import { contextOf, type Context } from './context.ts';

interface Answered {
  readonly context: Context;
  readonly body: unknown;
}

/**
 * What the front door answers the key in `SLUICE_KEY`, else the admin key. Throws OpsError with its words when it is
 * neither 200 nor 201.
 */
export const ask = async (
  self: Command,
  method: string,
  path: string,
  sent?: object,
): Promise<Answered> => {
  const context = await contextOf(self);
  const own = process.env['SLUICE_KEY'] ?? '';
  const key = own === '' ? await showAdminKey(context.tools) : own;
  const { status, body } = await frontDoor(context.target)(method, path, key, sent);
  if (status === 200 || status === 201) return { context, body };
  const refused = z.object({ error: z.object({ message: z.string() }) }).safeParse(body);
  throw new OpsError(refused.data?.error.message ?? `${path} answered ${status}`);
};

/** The same of whoever reads, or changes what the path names. */
export const read = async (
  self: Command,
  path: string,
  query: Readonly<Record<string, string>>,
  change: object | null = null,
): Promise<Answered> =>
  change === null
    ? await ask(self, 'GET', `${path}?${new URLSearchParams(query)}`)
    : await ask(self, 'PATCH', path, change);

/** Of a query, what was said. */
export const given = (
  fields: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
