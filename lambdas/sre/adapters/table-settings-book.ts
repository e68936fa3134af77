import * as z from 'zod';
import { readAll, type Item, type Tables } from '../../platform/tables/tables.ts';
import type { ServiceSetting } from '../domain/service-setting.ts';
import type { SettingsBook } from '../ports/settings.ts';
import { sourceKey } from './source-key.ts';

const SETTINGS_MAX = 10_000;

const settingItem = z.object({
  environment: z.string(),
  namespace: z.string(),
  service: z.string(),
  sensitivity: z.enum(['low', 'normal', 'high']),
  muted_until: z.number().nullable(),
  owner: z.string().nullish(),
});

/** `SET#<tenant> / <hash of the source>` */
export const tableSettingsBook = ({ tables }: { readonly tables: Tables }): SettingsBook => ({
  list: async (tenant) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: pkOf(tenant),
      from: null,
      to: null,
      isAscending: true,
      limit: SETTINGS_MAX,
    });
    return items.map(settingOf);
  },
  get: async (tenant, source) => {
    const item = await tables.get('sre', { pk: pkOf(tenant), sk: sourceKey(source) });
    return item === null ? null : settingOf(item);
  },
  put: async (tenant, { source, sensitivity, mutedUntilMs, owner }) => {
    const key = { pk: pkOf(tenant), sk: sourceKey(source) };
    const item = { ...key, schema: 1, ...source, sensitivity, muted_until: mutedUntilMs, owner };
    await tables.write({ kind: 'put', table: 'sre', key, item });
  },
});

const pkOf = (tenant: string): string => `SET#${encodeURIComponent(tenant)}`;

const settingOf = (item: Item): ServiceSetting => {
  const { environment, namespace, service, sensitivity, muted_until, owner } =
    settingItem.parse(item);
  const source = { environment, namespace, service };
  return { source, sensitivity, mutedUntilMs: muted_until, owner: owner ?? null };
};
