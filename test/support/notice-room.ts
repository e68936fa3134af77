import { dynamoKeyRegister } from '../../lambdas/ledger/adapters/dynamo-key-register.ts';
import { dynamoProjectSettings } from '../../lambdas/ledger/adapters/dynamo-project-settings.ts';
import { settingsNoticeBook } from '../../lambdas/ledger/adapters/settings-notice-book.ts';
import { tableNoticeHealth } from '../../lambdas/ledger/adapters/table-notice-health.ts';
import { tableNoticeMailBudget } from '../../lambdas/ledger/adapters/table-notice-mail-budget.ts';
import { tableSendingMarks } from '../../lambdas/ledger/adapters/table-sending-marks.ts';
import type { KeyCapNews, Notice } from '../../lambdas/ledger/domain/notice.ts';
import type {
  NoticeMail,
  NoticePost,
  NoticeSenders,
  Sent,
} from '../../lambdas/ledger/ports/notices.ts';
import type { SendNoticesDeps } from '../../lambdas/ledger/usecases/send-notices.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { KEY_ID, newKey, PROJECT } from './key-items.ts';
import { MemoryTables } from './memory-tables.ts';

export const NOTICE_AT_MS = Date.UTC(2026, 10, 24, 12);
export const EDITOR = { byKeyId: 'key_admin', nowMs: NOTICE_AT_MS };

export const noticeOf = (fields: Partial<Notice> = {}): Notice => ({
  id: 'notice_0123456789abcdef',
  projectId: PROJECT,
  name: 'spend',
  kind: 'webhook',
  url: 'https://example.com/hook',
  addresses: [],
  userAddressField: null,
  productName: null,
  userLink: null,
  mailsADay: 100,
  events: ['key.cap_warned', 'key.cap_reached'],
  thresholds: null,
  isPaused: false,
  revision: 1,
  createdMs: NOTICE_AT_MS,
  updatedMs: NOTICE_AT_MS,
  ...fields,
});

export const mailNoticeOf = (fields: Partial<Notice> = {}): Notice =>
  noticeOf({
    id: 'notice_mail000000000000',
    kind: 'email',
    url: '',
    addresses: ['ops@example.com'],
    ...fields,
  });

export const newsOf = (fields: Partial<KeyCapNews> = {}): KeyCapNews => ({
  id: `${KEY_ID}#KeyCapWarned#2026-11#0.8`,
  type: 'key.cap_warned',
  projectId: PROJECT,
  keyId: KEY_ID,
  window: '2026-11',
  threshold: 0.8,
  capMicros: 5_000_000,
  spentMicros: 4_012_000,
  atMs: NOTICE_AT_MS,
  ...fields,
});

/** What was sent, what it is signed with, and what is answered to it. */
export interface NoticeDesk {
  readonly posts: NoticePost[];
  readonly mails: NoticeMail[];
  /** By the id of their notice. */
  readonly secrets: Map<string, string>;
  /** Sendings that the operator is notified of. */
  stopped: number;
  answer: (to: string) => Sent;
}

export const noticeDesk = (): NoticeDesk => ({
  posts: [],
  mails: [],
  secrets: new Map(),
  stopped: 0,
  answer: () => ({ kind: 'sent' }),
});

const sendersOf = (desk: NoticeDesk): NoticeSenders => ({
  post: async (post) => {
    desk.posts.push(post);
    return await Promise.resolve(desk.answer(post.url));
  },
  mail: async (mail) => {
    desk.mails.push(mail);
    return await Promise.resolve(desk.answer(mail.to.join()));
  },
});

/** All that notices are told by, and set by, on these tables. */
export const noticeDeps = (tables: Tables, desk: NoticeDesk) => ({
  notices: settingsNoticeBook(dynamoProjectSettings({ tables })),
  keys: dynamoKeyRegister({ tables }),
  secrets: {
    read: async ({ id }: Pick<Notice, 'id'>) =>
      await Promise.resolve(desk.secrets.get(id) ?? 'whsec_1'),
    write: async (id: string, secret: string) =>
      await Promise.resolve(void desk.secrets.set(id, secret)),
    remove: async (id: string) => await Promise.resolve(void desk.secrets.delete(id)),
  },
  marks: tableSendingMarks({ tables }),
  health: tableNoticeHealth({ tables }),
  mailBudget: tableNoticeMailBudget({ tables }),
  send: sendersOf(desk),
  clock: { nowMs: () => NOTICE_AT_MS },
  metrics: {
    record: ({ stoppedDeliveries = 0 }: { readonly stoppedDeliveries?: number }) =>
      void (desk.stopped += stoppedDeliveries),
  },
  isLoopbackAllowed: false,
});

/** Notices on tables in memory, before senders that keep what they are given. */
export const noticeRoom = async (
  notices: readonly Notice[],
  profile: Parameters<typeof newKey>[0]['profile'] = {},
) => {
  const tables = new MemoryTables();
  const desk = noticeDesk();
  const time = { nowMs: NOTICE_AT_MS };
  const book = settingsNoticeBook(dynamoProjectSettings({ tables }));
  for (const notice of notices) await book.create(notice, EDITOR);
  await dynamoKeyRegister({ tables }).create(
    newKey({
      period: 'month',
      nowMs: NOTICE_AT_MS,
      profile: { name: 'Ada', userId: 'ada', metadata: { email: 'ada@example.org' }, ...profile },
    }),
  );
  const senders = sendersOf(desk);
  /** One run of the function. */
  const depsOver = (over: Tables, send: NoticeSenders = senders): SendNoticesDeps => ({
    ...noticeDeps(over, desk),
    send,
    clock: { nowMs: () => time.nowMs },
  });
  return { tables, desk, time, book, senders, depsOver, deps: depsOver(tables) };
};
export type NoticeRoom = Awaited<ReturnType<typeof noticeRoom>>;
