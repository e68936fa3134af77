import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import type { ProjectCapNews, SpendNews } from '../../../lambdas/ledger/domain/notice.ts';
import { spendNewsOf } from '../../../lambdas/ledger/formats/spend-news.ts';
import { sendNotices } from '../../../lambdas/ledger/usecases/send-notices.ts';
import { PROJECT } from '../../support/key-items.ts';
import {
  mailNoticeOf,
  NOTICE_AT_MS,
  noticeOf,
  noticeRoom,
  type NoticeRoom,
} from '../../support/notice-room.ts';

const sent = async ({ deps }: NoticeRoom, news: SpendNews): Promise<void> =>
  await sendNotices(deps, news, NOTICE_AT_MS + 3_600_000);
const posted = z.looseObject({ type: z.string(), data: z.looseObject({}) });

const projectNews = (fields: Partial<ProjectCapNews> = {}): ProjectCapNews => ({
  id: `${PROJECT}#ProjectCapWarned#1#2026-11#0.8`,
  type: 'project.cap_warned',
  projectId: PROJECT,
  window: '2026-11',
  period: 'month',
  threshold: 0.8,
  capMicros: 500_000_000,
  spentMicros: 401_000_000,
  atMs: NOTICE_AT_MS,
  ...fields,
});

describe('a notice of a project', () => {
  const events = ['project.cap_warned', 'project.cap_reached'] as const;

  test('says how much of its cap is spent and until when, and names no key', async () => {
    const room = await noticeRoom([noticeOf({ events: [...events] })]);
    await sent(room, projectNews());
    await sent(room, projectNews({ id: 'reached', type: 'project.cap_reached', threshold: null }));
    const bodies = room.desk.posts.map(({ body }) => posted.parse(JSON.parse(body)));
    expect(bodies.map(({ type }) => type)).toEqual([...events]);
    expect(bodies[0]?.data).toEqual({
      window: '2026-11',
      period: 'month',
      threshold: 0.8,
      cap_micros: 500_000_000,
      spent_micros: 401_000_000,
      resets_at: Date.UTC(2026, 11, 1),
    });
  });

  test('is mailed to operators, and never to a user', async () => {
    const room = await noticeRoom([
      mailNoticeOf({ events: [...events], userAddressField: 'email' }),
    ]);
    await sent(room, projectNews());
    await sent(room, projectNews({ id: 'reached', type: 'project.cap_reached', threshold: null }));
    expect(room.desk.mails.map(({ to, subject }) => [to, subject])).toEqual([
      [['ops@example.com'], 'The project has used 80% of its monthly cap'],
      [['ops@example.com'], 'The project has reached its monthly cap'],
    ]);
    expect(room.desk.mails[0]?.text).toContain('Spent: $401.00 of $500.00');
  });

  test.each([
    ['of keys alone', {}],
    ['for other shares', { events: [...events], thresholds: [0.5, 1] }],
  ])('that is %s hears nothing of it', async (_, fields) => {
    const room = await noticeRoom([noticeOf(fields)]);
    await sent(room, projectNews());
    expect(room.desk.posts).toEqual([]);
  });
});

test('an event of a project is read as it was sent', () => {
  const event = {
    'detail-type': 'ProjectCapWarned',
    source: 'sluice.inference',
    time: '2026-11-24T12:00:00Z',
    detail: {
      event_id: `${PROJECT}#ProjectCapWarned#1#2026-11#0.8`,
      project_id: PROJECT,
      period: 'month',
      window: '2026-11',
      threshold: 0.8,
      cap_micros: 500_000_000,
      spent_micros: 401_000_000,
    },
  };
  expect(spendNewsOf(event)).toEqual(projectNews());
});
