import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import { cleanLine } from '../../shared/clean-text.ts';
import { NO_HEALTH } from '../domain/notice.ts';
import type { NoticeHealthBook } from '../ports/notices.ts';
import { ITEM_SCHEMA } from './item-schema.ts';
import { keyUpdate } from './key-update.ts';

const PROBLEM_CHARS_MAX = 300;

const item = z.object({
  last_sent_at: z.number().optional(),
  problem: z.string().optional(),
  problem_at: z.number().optional(),
  left_out: z.number().optional(),
});

/** `NOTICE#<notice> / HEALTH` */
export const tableNoticeHealth = ({ tables }: { readonly tables: Tables }): NoticeHealthBook => {
  const write = async (
    noticeId: string,
    update: string,
    values: Readonly<Record<string, unknown>>,
  ): Promise<void> => {
    await tables.update(
      keyUpdate({
        key: keyOf(noticeId),
        condition: 'attribute_not_exists(gone)',
        update: `SET #schema = :schema, ${update}`,
        names: { '#schema': 'schema' },
        values: { ':schema': ITEM_SCHEMA, ...values },
      }),
    );
  };
  return {
    read: async (noticeId) => {
      const stored = await tables.get('keys', keyOf(noticeId));
      if (stored === null) return NO_HEALTH;
      const { last_sent_at, problem, problem_at, left_out } = item.parse(stored);
      return {
        lastSentMs: last_sent_at ?? null,
        problem: problem ?? null,
        problemMs: problem_at ?? null,
        leftOut: left_out ?? 0,
      };
    },
    sent: async (noticeId, nowMs) =>
      await write(noticeId, 'last_sent_at = :now REMOVE problem, problem_at', { ':now': nowMs }),
    failed: async (noticeId, problem, nowMs) =>
      await write(noticeId, 'problem = :problem, problem_at = :now', {
        ':problem': cleanLine(problem, PROBLEM_CHARS_MAX),
        ':now': nowMs,
      }),
    leftOut: async (noticeId, mails, problem, nowMs) =>
      await write(noticeId, 'problem = :problem, problem_at = :now ADD left_out :mails', {
        ':problem': problem,
        ':now': nowMs,
        ':mails': mails,
      }),
  };
};

const keyOf = (noticeId: string): ItemKey => ({ pk: `NOTICE#${noticeId}`, sk: 'HEALTH' });
