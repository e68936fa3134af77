import * as z from 'zod';
import { AppError } from '../../shared/app-error.ts';
import { NOTICE_EVENTS, NOTICE_KINDS, NOTICE_LIMITS, type Notice } from '../domain/notice.ts';
import type { ProjectSettings, SettingAudit } from '../ports/settings.ts';
import type { NoticeBook, NoticeEditor } from '../ports/notices.ts';

const NAME = 'NOTICES';
/** A change that meets others so often gives up: people make them. */
const CHANGE_TRIES_MAX = 5;

const stored = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(NOTICE_KINDS),
  url: z.string(),
  addresses: z.array(z.string()),
  user_address_field: z.string().nullable(),
  product_name: z.string().nullable(),
  user_link: z.string().nullable(),
  mails_a_day: z.number(),
  /** One that this release does not know is not told. */
  events: z.array(z.string()),
  thresholds: z.array(z.number()).nullable(),
  paused: z.boolean(),
  revision: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
});
const setting = z.object({ notices: z.array(stored) });

/** `PROJECT#<id> / NOTICES`: all of a project's in one setting, each change with its record. */
export const settingsNoticeBook = (settings: ProjectSettings): NoticeBook => {
  const seen = async (projectId: string) => {
    const kept = await settings.read(projectId, NAME);
    const rows = kept === null ? [] : setting.parse(kept.value).notices;
    return { kept, notices: rows.map((row) => noticeOf(projectId, row)) };
  };
  /** `change` null: nothing is to be written. */
  const edited = async <T>(
    projectId: string,
    { byKeyId, nowMs }: NoticeEditor,
    change: (before: readonly Notice[]) => {
      readonly answer: T;
      readonly after: readonly Notice[] | null;
      readonly audit: Omit<SettingAudit, 'byKeyId'>;
    },
  ): Promise<T> => {
    for (let tries = 0; tries < CHANGE_TRIES_MAX; tries++) {
      const { kept, notices } = await seen(projectId);
      const { answer, after, audit } = change(notices);
      if (after === null) return answer;
      const isWritten = await settings.write({
        projectId,
        name: NAME,
        seen: kept,
        value: { notices: after.map(rowOf) },
        audit: { ...audit, byKeyId },
        atMs: nowMs,
      });
      if (isWritten) return answer;
    }
    throw new AppError({
      code: 'conflict',
      publicMessage: 'The notices of this project were changed by others at the same time.',
    });
  };
  return {
    list: async (projectId) => (await seen(projectId)).notices,
    create: async (notice, editor) =>
      await edited(notice.projectId, editor, (before) => {
        const isRoom = before.length < NOTICE_LIMITS.noticesMax;
        return {
          answer: isRoom,
          after: isRoom ? [...before, notice] : null,
          audit: { subject: `notices/${notice.id}`, action: 'created', value: rowOf(notice) },
        };
      }),
    change: async (projectId, id, change, editor) =>
      await edited<Notice | null>(projectId, editor, (before) => {
        const found = before.find((notice) => notice.id === id);
        const after =
          found === undefined ? null : { ...change(found), revision: found.revision + 1 };
        return {
          answer: after,
          after:
            after === null ? null : before.map((notice) => (notice.id === id ? after : notice)),
          audit: {
            subject: `notices/${id}`,
            action: 'changed',
            value: after === null ? null : rowOf(after),
          },
        };
      }),
    remove: async (projectId, id, editor) =>
      await edited(projectId, editor, (before) => {
        const after = before.filter((notice) => notice.id !== id);
        const isThere = after.length < before.length;
        return {
          answer: isThere,
          after: isThere ? after : null,
          audit: { subject: `notices/${id}`, action: 'removed', value: null },
        };
      }),
  };
};

const noticeOf = (projectId: string, row: z.infer<typeof stored>): Notice => ({
  id: row.id,
  projectId,
  name: row.name,
  kind: row.kind,
  url: row.url,
  addresses: row.addresses,
  userAddressField: row.user_address_field,
  productName: row.product_name,
  userLink: row.user_link,
  mailsADay: row.mails_a_day,
  events: NOTICE_EVENTS.filter((event) => row.events.includes(event)),
  thresholds: row.thresholds,
  isPaused: row.paused,
  revision: row.revision,
  createdMs: row.created_at,
  updatedMs: row.updated_at,
});

const rowOf = (notice: Notice): z.infer<typeof stored> => ({
  id: notice.id,
  name: notice.name,
  kind: notice.kind,
  url: notice.url,
  addresses: [...notice.addresses],
  user_address_field: notice.userAddressField,
  product_name: notice.productName,
  user_link: notice.userLink,
  mails_a_day: notice.mailsADay,
  events: [...notice.events],
  thresholds: notice.thresholds === null ? null : [...notice.thresholds],
  paused: notice.isPaused,
  revision: notice.revision,
  created_at: notice.createdMs,
  updated_at: notice.updatedMs,
});
