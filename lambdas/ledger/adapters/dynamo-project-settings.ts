import * as z from 'zod';
import type { Item, Tables, Write } from '../../platform/tables/tables.ts';
import { newAttemptId } from '../../shared/ids.ts';
import { CAP_SUBJECT } from '../domain/project-cap.ts';
import type { ProjectSettings, SettingChange, SettingRecord } from '../ports/settings.ts';
import { keyPut } from './key-update.ts';
import { projectKey } from './profile-row.ts';
import { settingKey, settingReader } from './read-setting.ts';

/** As long as calls are kept. */
const AUDIT_SECONDS = 400 * 86_400;
const AUDIT = 'AUDIT#';

const auditItem = z.object({
  sk: z.string(),
  at: z.number(),
  by: z.string(),
  subject: z.string(),
  action: z.enum(['created', 'changed', 'removed']),
  value: z.unknown(),
});

/** `PROJECT#<id>`: one item a setting, and a line for each change, written together. */
export const dynamoProjectSettings = ({
  tables,
}: {
  readonly tables: Tables;
}): ProjectSettings => ({
  read: settingReader(tables),
  write: async (change) => (await tables.transact(settingWrites(change))).kind === 'written',
  records: async (projectId, limit, before) => {
    const { items } = await tables.query({
      table: 'keys',
      pk: projectKey(projectId),
      ...(before === null
        ? { from: AUDIT, to: `${AUDIT}~` }
        : { from: AUDIT, to: `${AUDIT}${before}` }),
      isAscending: false,
      limit: limit + 1,
    });
    return items
      .map(recordOf)
      .filter(({ id }) => id !== before)
      .slice(0, limit);
  },
});

/** The writes of one change: the setting, if it is still what was seen, and its line. */
const settingWrites = (change: SettingChange): readonly Write[] => [
  settingWrite(change),
  auditWrite(change),
];

const settingWrite = ({ projectId, name, seen, value }: SettingChange): Write => {
  const key = settingKey(projectId, name);
  const unchanged =
    seen === null
      ? { condition: 'attribute_not_exists(pk)' }
      : { condition: 'revision = :seen', values: { ':seen': seen.revision } };
  if (value === null) return { kind: 'delete', table: 'keys', key, ...unchanged };
  return keyPut(key, { revision: newAttemptId(), value }, unchanged);
};

/** The line of a change, for the transaction that makes it. */
export const auditWrite = ({
  projectId,
  audit,
  atMs,
}: Pick<SettingChange, 'projectId' | 'audit' | 'atMs'>): Write => {
  const key = {
    pk: projectKey(projectId),
    sk: `${AUDIT}${String(atMs).padStart(13, '0')}#${newAttemptId()}`,
  };
  const { byKeyId: by, subject, action, value } = audit;
  const ttl = Math.floor(atMs / 1_000) + AUDIT_SECONDS;
  return keyPut(key, { at: atMs, by, subject, action, value, ttl });
};

const capLine = z.object({
  pk: z.string().startsWith(projectKey('')),
  sk: z.string().startsWith(AUDIT),
  subject: z.literal(CAP_SUBJECT),
});

/** The project of whose cap this item is a line; null: it is none. */
export const changedCapOf = (item: Item): string | null => {
  const line = capLine.safeParse(item);
  return line.success ? line.data.pk.slice(projectKey('').length) : null;
};

const recordOf = (item: unknown): SettingRecord => {
  const { sk, at, by, subject, action, value } = auditItem.parse(item);
  return { id: sk.slice(AUDIT.length), atMs: at, byKeyId: by, subject, action, value };
};
