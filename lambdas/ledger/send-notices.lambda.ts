import { eventEntry } from '../platform/event-entry.ts';
import { spendNewsOf } from './formats/spend-news.ts';
import { sendNotices } from './usecases/send-notices.ts';
import { wireNotices } from './wire-notices.ts';

const notices = wireNotices();
const DEADLINE_MARGIN_MS = 8_000;

/** Events of keys and projects, sent by webhook and mail. What fails comes again twice, and is then kept. */
export const handler = eventEntry({
  read: spendNewsOf,
  facts: (news) => ({
    project_id: news.projectId,
    ...('keyId' in news ? { key_id: news.keyId } : {}),
  }),
  work: async (news, context) => {
    const leftMs = context.getRemainingTimeInMillis();
    await sendNotices(notices, news, notices.clock.nowMs() + leftMs - DEADLINE_MARGIN_MS);
  },
});
