import * as z from 'zod';
import { readAll, type Item, type Tables } from '../../platform/tables/tables.ts';
import { AppError } from '../../shared/app-error.ts';
import type { CapHit, CapMonth } from '../domain/cap.ts';
import type { CapBook } from '../ports.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import { keyUpdate } from './key-update.ts';
import { projectKey } from './profile-row.ts';

const MINUTE_MS = 60_000;
const REMEMBERED_MAX = 10_000;
/** Bounds one answer. */
const KEYS_MAX = 20_000;
const MODEL = 'model:';

const capItem = z.looseObject({
  key_id: z.string(),
  month: z.string(),
  minutes: z.number(),
  first_at: z.number(),
  last_at: z.number(),
});

const listKey = (projectId: string, month: string): string =>
  `${projectKey(projectId)}#CAP#${month}`;

/** One item a key and month, beside the key; a minute is counted by whoever writes it first. */
export const dynamoCapBook = ({ tables }: { readonly tables: Tables }): CapBook => {
  const noted = new Map<string, number>();
  return {
    note: async (hit) => {
      const minute = Math.floor(hit.atMs / MINUTE_MS);
      if (noted.get(hit.keyId) === minute) return;
      if (noted.size >= REMEMBERED_MAX) noted.clear();
      // Of many refusals at once the first writes.
      noted.set(hit.keyId, minute);
      try {
        await tables.update(minuteUpdate(hit, minute));
      } catch (error) {
        noted.delete(hit.keyId);
        throw error;
      }
    },
    ofMonth: async (projectId, month) => {
      const items = await readAll(tables, {
        table: 'keys',
        index: 'by_project',
        pk: listKey(projectId, month),
        from: null,
        to: null,
        isAscending: true,
        limit: KEYS_MAX + 1,
      });
      if (items.length > KEYS_MAX)
        throw new AppError({
          code: 'answer_too_large',
          publicMessage: `month: more than ${KEYS_MAX} keys reached their cap in it`,
          facts: { param: 'month' },
        });
      return items.map(capMonthOf);
    },
  };
};

const minuteUpdate = ({ keyId, projectId, model, atMs }: CapHit, minute: number) => {
  const month = new Date(atMs).toISOString().slice(0, 7);
  return keyUpdate({
    key: { pk: `KEY#${keyId}`, sk: `CAP#${month}` },
    condition: 'attribute_not_exists(#minute) OR #minute < :minute',
    update:
      'SET #minute = :minute, key_id = :key, #month = :month, first_at = if_not_exists(first_at, :at), last_at = :at, list_pk = :list, list_sk = :key, #schema = :schema ADD minutes :one, #model :one',
    names: {
      '#minute': 'minute',
      '#month': 'month',
      '#schema': 'schema',
      '#model': `${MODEL}${encodeURIComponent(model)}`,
    },
    values: {
      ':minute': minute,
      ':key': keyId,
      ':month': month,
      ':at': atMs,
      ':list': listKey(projectId, month),
      ':schema': ITEM_SCHEMA,
      ':one': 1,
    },
  });
};

const capMonthOf = (item: Item): CapMonth => {
  const { key_id, month, minutes, first_at, last_at, ...rest } = capItem.parse(item);
  return {
    keyId: key_id,
    month,
    minutes,
    firstAtMs: first_at,
    lastAtMs: last_at,
    byModel: Object.fromEntries(
      Object.entries(rest)
        .filter(([name]) => name.startsWith(MODEL))
        .map(([name, count]) => [decodeURIComponent(name.slice(MODEL.length)), Number(count)]),
    ),
  };
};
