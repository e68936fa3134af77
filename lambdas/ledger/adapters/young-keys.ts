import * as z from 'zod';
import type { KeyProfile } from '../domain/key.ts';
import { pagesOf, type Tables, type Write } from '../../platform/tables/tables.ts';
import { keyPut } from './key-update.ts';
import { profileRow, projectKey } from './profile-row.ts';

/** The list of keys is an index, which is a moment behind; ten minutes are far more than that. */
const YOUNG_MS = 600_000;
/** Longer than whoever reads them takes. */
const KEPT_S = 86_400;
const KEYS_A_PAGE = 50;

const youngItem = z.object({ key_id: z.string() });

const youngPk = (projectId: string): string => `${projectKey(projectId)}#YOUNG`;

/** Part of the transaction that makes a key: it is found by a strong read at once, when no index has it yet. */
export const youngPut = (profile: KeyProfile): Write =>
  keyPut(
    { pk: youngPk(profile.projectId), sk: profileRow(profile).list_sk },
    { key_id: profile.keyId, ttl: Math.ceil(profile.createdAtMs / 1_000) + KEPT_S },
  );

/** Pages of the keys that were made in the ten minutes before this moment, and since then. */
export async function* youngKeys(
  tables: Pick<Tables, 'query'>,
  projectId: string,
  sinceMs: number,
): AsyncGenerator<readonly string[]> {
  const pages = pagesOf(tables, {
    table: 'keys',
    pk: youngPk(projectId),
    from: String(Math.max(0, sinceMs - YOUNG_MS)).padStart(13, '0'),
    to: null,
    isAscending: true,
    limit: KEYS_A_PAGE,
  });
  for await (const items of pages) yield items.map((item) => youngItem.parse(item).key_id);
}
