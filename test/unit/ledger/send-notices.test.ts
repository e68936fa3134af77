import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { NOTICE_LIMITS } from '../../../lambdas/ledger/domain/notice.ts';
import { spendNewsOf } from '../../../lambdas/ledger/formats/spend-news.ts';
import { NotSent, sendNotices } from '../../../lambdas/ledger/usecases/send-notices.ts';
import { KEY_ID, PROJECT } from '../../support/key-items.ts';
import {
  EDITOR,
  mailNoticeOf,
  newsOf,
  NOTICE_AT_MS,
  noticeOf,
  noticeRoom,
  type NoticeRoom,
} from '../../support/notice-room.ts';

const UNTIL_MS = NOTICE_AT_MS + 3_600_000;
const DAY_MS = 86_400_000;
const sent = async ({ deps }: NoticeRoom, news = newsOf()): Promise<string> =>
  await sendNotices(deps, news, UNTIL_MS).then(
    () => 'ended',
    (error: unknown) => (error instanceof NotSent ? 'comes again' : String(error)),
  );
const posted = z.looseObject({ id: z.string(), type: z.string(), data: z.looseObject({}) });

describe('a notice', () => {
  test('is sent an event once, however often that comes, and of another one too', async () => {
    const room = await noticeRoom([noticeOf(), mailNoticeOf()]);
    for (let times = 0; times < 3; times++) expect(await sent(room)).toBe('ended');
    expect([room.desk.posts.length, room.desk.mails.length]).toEqual([1, 1]);
    await sent(room, newsOf({ id: `${KEY_ID}#KeyCapWarned#2026-12#0.8`, window: '2026-12' }));
    expect(room.desk.posts).toHaveLength(2);
  });

  test('says who, what, how much and until when', async () => {
    const room = await noticeRoom([noticeOf()]);
    await sent(room);
    const body = posted.parse(JSON.parse(room.desk.posts[0]?.body ?? ''));
    expect(body).toMatchObject({
      id: `${newsOf().id}.${noticeOf().id}`,
      type: 'key.cap_warned',
      project_id: PROJECT,
      data: {
        key_id: KEY_ID,
        key_name: 'Ada',
        user_id: 'ada',
        threshold: 0.8,
        cap_micros: 5_000_000,
        spent_micros: 4_012_000,
        period: 'month',
        resets_at: Date.UTC(2026, 11, 1),
      },
    });
  });

  test.each([
    ['paused', { isPaused: true }],
    ['for other events', { events: ['key.cap_reached' as const] }],
    ['for other shares', { thresholds: [0.5, 1] }],
    ['of another project', { projectId: 'project_other' }],
  ])('that is %s hears nothing', async (_, fields) => {
    const room = await noticeRoom([noticeOf(fields)]);
    expect(await sent(room)).toBe('ended');
    expect(room.desk.posts).toEqual([]);
  });

  test('that fails is sent again, alone', async () => {
    const room = await noticeRoom([noticeOf(), mailNoticeOf()]);
    room.desk.answer = (to) =>
      to.startsWith('https') ? { kind: 'again', reason: 'it answered 500' } : { kind: 'sent' };
    expect(await sent(room)).toBe('comes again');
    expect(await room.deps.health.read(noticeOf().id)).toMatchObject({
      problem: 'it answered 500',
    });
    room.desk.answer = () => ({ kind: 'sent' });
    expect(await sent(room)).toBe('ended');
    expect([room.desk.posts.length, room.desk.mails.length]).toEqual([2, 1]);
    expect(new Set(room.desk.posts.map(({ body }) => body)).size).toBe(1);
    expect(await room.deps.health.read(noticeOf().id)).toMatchObject({
      lastSentMs: NOTICE_AT_MS,
      problem: null,
    });
  });

  test('that fails at its third run, or is refused for good, counts as one that is not taken', async () => {
    const room = await noticeRoom([noticeOf()]);
    room.desk.answer = () => ({ kind: 'again', reason: 'it answered 500' });
    const counts: number[] = [];
    for (let run = 0; run < 3; run++) {
      await sent(room);
      counts.push(room.desk.stopped);
    }
    expect(counts).toEqual([0, 0, 1]);
    room.desk.answer = () => ({ kind: 'refused', reason: 'it answered 404' });
    await sent(room);
    expect(room.desk.stopped).toBe(2);
  });

  test('that is refused for good is not sent again, and says why', async () => {
    const room = await noticeRoom([noticeOf()]);
    room.desk.answer = () => ({ kind: 'refused', reason: 'it answered 404' });
    expect([await sent(room), await sent(room)]).toEqual(['ended', 'ended']);
    expect(room.desk.posts).toHaveLength(1);
    expect(await room.deps.health.read(noticeOf().id)).toMatchObject({
      problem: 'it answered 404',
    });
  });

  test('whose secret cannot be read is sent once it can', async () => {
    const room = await noticeRoom([noticeOf()]);
    const broken = {
      ...room.deps,
      secrets: { read: async () => await Promise.reject(new Error('no storage')) },
    };
    await expect(sendNotices(broken, newsOf(), UNTIL_MS)).rejects.toThrow('no storage');
    room.time.nowMs += 60_000;
    expect(await sent(room)).toBe('ended');
    expect(room.desk.posts).toHaveLength(1);
  });

  test('that somebody else sends right now is looked at again: nobody knows yet how that ends', async () => {
    const room = await noticeRoom([noticeOf()]);
    const sending = { noticeId: noticeOf().id, newsId: newsOf().id, audience: 'operator' as const };
    await room.deps.marks.claim(sending, NOTICE_AT_MS);
    expect(await sent(room)).toBe('comes again');
    room.time.nowMs += 60_000;
    expect(await sent(room)).toBe('ended');
    expect(room.desk.posts).toHaveLength(1);
  });
});

describe('a notice by e-mail', () => {
  const both = mailNoticeOf({ userAddressField: 'email', productName: 'Quill' });

  test('writes to operators and the user apart: neither sees the address of the other', async () => {
    const room = await noticeRoom([both]);
    await sent(room);
    const [operator, user] = room.desk.mails;
    expect([operator?.to, user?.to]).toEqual([['ops@example.com'], ['ada@example.org']]);
    expect(operator?.subject).toBe('Key “Ada” has used 80% of its monthly cap');
    expect(operator?.text).toContain('Spent: $4.012 of $5.00');
    expect(user?.subject).toBe('You have used 80% of your Quill budget');
    expect(user?.text).toContain('Starts again: Tue, 01 Dec 2026, 00:00 UTC');
    expect(user?.text).not.toMatch(/\$|key_/);
    expect(JSON.stringify(user)).not.toContain('key_');
  });

  test.each([
    ['lacks the field', {}],
    ['has it empty', { email: '' }],
    ['has two in one', { email: 'ada@example.org, eve@example.org' }],
    ['has a line more', { email: 'ada@example.org\nbcc: eve@example.org' }],
  ])('writes to operators alone where a key %s', async (_, metadata) => {
    const room = await noticeRoom([both], { metadata });
    expect(await sent(room)).toBe('ended');
    expect(room.desk.mails.map(({ to }) => to)).toEqual([['ops@example.com']]);
  });

  test('leaves out what its day has no room for, counts it, and goes on the day after', async () => {
    const room = await noticeRoom([mailNoticeOf({ mailsADay: 2 })]);
    for (const share of [0.1, 0.2, 0.3, 0.4])
      expect(await sent(room, newsOf({ id: `${KEY_ID}#${share}` }))).toBe('ended');
    expect(room.desk.mails).toHaveLength(2);
    expect(await room.deps.health.read(mailNoticeOf().id)).toMatchObject({
      leftOut: 2,
      problem: 'the 2 mails of a day (UTC) are sent: 1 left out',
    });
    room.time.nowMs += DAY_MS;
    await sent(room, newsOf({ id: `${KEY_ID}#0.5` }));
    expect(room.desk.mails).toHaveLength(3);
  });

  test('writes to as many of its addresses as its day has room for, in their order, and says how many it left out', async () => {
    const addresses = ['a@example.com', 'b@example.com', 'c@example.com'];
    const room = await noticeRoom([mailNoticeOf({ addresses, mailsADay: 4 })]);
    expect(await sent(room, newsOf({ id: 'one' }))).toBe('ended');
    room.desk.answer = () => ({ kind: 'again', reason: 'too many' });
    expect(await sent(room, newsOf({ id: 'two' }))).toBe('comes again');
    room.desk.answer = () => ({ kind: 'sent' });
    expect(await sent(room, newsOf({ id: 'two' }))).toBe('ended');
    expect(room.desk.mails.map(({ to }) => to)).toEqual([
      addresses,
      ['a@example.com'],
      ['a@example.com'],
    ]);
    expect(await room.deps.health.read(mailNoticeOf().id)).toMatchObject({
      leftOut: 2,
      problem: 'the 4 mails of a day (UTC) are sent: 2 left out',
      lastSentMs: NOTICE_AT_MS,
    });
    const small = await noticeRoom([mailNoticeOf({ addresses, mailsADay: 2 })]);
    await sent(small);
    expect(small.desk.mails.map(({ to }) => to)).toEqual([['a@example.com', 'b@example.com']]);
  });

  test('takes no more of its day for a mail that SES took at the third try', async () => {
    const room = await noticeRoom([mailNoticeOf({ mailsADay: 1 })]);
    room.desk.answer = () => ({ kind: 'again', reason: 'too many' });
    expect([await sent(room), await sent(room)]).toEqual(['comes again', 'comes again']);
    room.desk.answer = () => ({ kind: 'sent' });
    expect(await sent(room)).toBe('ended');
    expect(room.desk.mails).toHaveLength(3);
  });

  test.each(['key.cap_warned', 'key.cap_reached'] as const)(
    'of %s is text alone, whatever a key and its user are called',
    async (type) => {
      const hostile = `<img src=x onerror=alert(1)>\r\nBcc: all@example.com\u202E&"'`;
      const room = await noticeRoom(
        [mailNoticeOf({ userAddressField: 'email', productName: hostile })],
        { name: hostile, userId: hostile },
      );
      await sent(room, newsOf({ type, threshold: type === 'key.cap_warned' ? 0.8 : null }));
      expect(room.desk.mails).toHaveLength(2);
      for (const { subject, text, html } of room.desk.mails) {
        expect(subject).not.toMatch(/[\r\n\u202E]/);
        expect(text).not.toMatch(/^Bcc:/m);
        expect(html).not.toContain('<img');
        expect(html).toContain('&lt;img');
      }
    },
  );

  test('shows a link of its own alone, and none that is no address of the web', async () => {
    const room = await noticeRoom([
      mailNoticeOf({ userAddressField: 'email', userLink: 'https://quill.example/plans?a=1&b=2' }),
      mailNoticeOf({ id: 'notice_b', userAddressField: 'email', userLink: 'javascript:alert(1)' }),
    ]);
    await sent(room);
    const [, linked, , plain] = room.desk.mails;
    expect(linked?.html).toContain('<a href="https://quill.example/plans?a=1&amp;b=2">');
    expect(plain?.html).not.toContain('href');
  });
});

describe('the notices of a project', () => {
  test('are as many as it may have, whoever is faster', async () => {
    const { book } = await noticeRoom([]);
    const made = await Promise.all(
      Array.from(
        { length: NOTICE_LIMITS.noticesMax + 2 },
        async (_, index) =>
          await book.create(noticeOf({ id: `notice_${index}` }), EDITOR).catch(() => false),
      ),
    );
    expect(made.filter(Boolean).length).toBeLessThanOrEqual(NOTICE_LIMITS.noticesMax);
    expect(await book.list(PROJECT)).toHaveLength(made.filter(Boolean).length);
  });

  test('change one by one: a change of one that is gone changes nothing', async () => {
    const { book } = await noticeRoom([noticeOf(), noticeOf({ id: 'notice_b' })]);
    expect(await book.remove(PROJECT, 'notice_b', EDITOR)).toBe(true);
    expect(await book.remove(PROJECT, 'notice_b', EDITOR)).toBe(false);
    const renamed = await book.change(
      PROJECT,
      noticeOf().id,
      (before) => ({ ...before, name: 'another' }),
      EDITOR,
    );
    expect(renamed).toMatchObject({ name: 'another', revision: 2 });
    expect(await book.change(PROJECT, 'notice_b', (before) => before, EDITOR)).toBeNull();
    expect((await book.list(PROJECT)).map(({ name }) => name)).toEqual(['another']);
  });
});

test('an event of the bus is read as it was sent', () => {
  const event = {
    version: '0',
    'detail-type': 'KeyCapReached',
    source: 'sluice.inference',
    time: '2026-11-24T12:00:00Z',
    detail: {
      event_id: 'key_1#KeyCapReached#2026-11#1',
      key_id: 'key_1',
      project_id: PROJECT,
      window: '2026-11',
      cap_micros: 5,
      spent_micros: 4,
    },
  };
  expect(spendNewsOf(event)).toMatchObject({
    type: 'key.cap_reached',
    threshold: null,
    atMs: NOTICE_AT_MS,
  });
});
