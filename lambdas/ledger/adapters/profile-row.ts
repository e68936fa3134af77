import * as z from 'zod';
import type { KeyProfile } from '../domain/key.ts';
import { ITEM_SCHEMA } from './item-schema.ts';

/** The `PROFILE` item of a key: the words about it, and its places in the two lists. */
export const profileItem = z.object({
  key_id: z.string(),
  project_id: z.string(),
  name: z.string(),
  user_id: z.string().nullable(),
  cohort: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  created_at: z.number(),
  revoked_at: z.number().nullable(),
  list_sk: z.string(),
});

export const profileKey = (keyId: string) => ({ pk: `KEY#${keyId}`, sk: 'PROFILE' });
export const projectKey = (projectId: string): string => `PROJECT#${projectId}`;
export const userKey = (projectId: string, userId: string): string =>
  `PROJECT#${projectId}#USER#${userId}`;

export const profileRow = (profile: KeyProfile) => ({
  schema: ITEM_SCHEMA,
  key_id: profile.keyId,
  project_id: profile.projectId,
  name: profile.name,
  user_id: profile.userId,
  cohort: profile.cohort,
  metadata: profile.metadata,
  created_at: profile.createdAtMs,
  revoked_at: profile.revokedAtMs,
  list_pk: projectKey(profile.projectId),
  list_sk: `${String(profile.createdAtMs).padStart(13, '0')}#${profile.keyId}`,
  ...(profile.userId === null ? {} : { user_pk: userKey(profile.projectId, profile.userId) }),
});

export const profileOf = (row: z.infer<typeof profileItem>): KeyProfile => ({
  keyId: row.key_id,
  projectId: row.project_id,
  name: row.name,
  userId: row.user_id,
  cohort: row.cohort,
  metadata: row.metadata,
  createdAtMs: row.created_at,
  revokedAtMs: row.revoked_at,
});
