import type { Clock } from '../../shared/deps.ts';
import { noMailsLeft, type KeyCapFacts, type Notice } from '../domain/notice.ts';
import { mailOf } from '../formats/notice-mail.ts';
import { testBody } from '../formats/notice-webhook.ts';
import { wordsOf } from '../formats/notice-words.ts';
import type { NoticeHealthBook, NoticeMailBudget, Sent } from '../ports/notices.ts';
import { postNotice, type PostNoticeDeps } from './post-notice.ts';

/** Ends before the front door gives up. */
const TEST_MS = 24_000;

export interface TestNoticeDeps extends PostNoticeDeps {
  readonly health: NoticeHealthBook;
  readonly mailBudget: NoticeMailBudget;
  readonly clock: Clock;
}

/** Sends what a notice would send; a user's mail goes to the operator's addresses, for a test names no user. */
export const testNotice = async (
  deps: TestNoticeDeps,
  notice: Notice,
): Promise<{ readonly problem: string | null; readonly latencyMs: number }> => {
  const startMs = deps.clock.nowMs();
  const sent = await sendTest(deps, notice, startMs);
  const nowMs = deps.clock.nowMs();
  if (sent.kind === 'sent') await deps.health.sent(notice.id, nowMs);
  return {
    problem: sent.kind === 'sent' ? null : sent.reason,
    latencyMs: Math.max(0, nowMs - startMs),
  };
};

const sendTest = async (deps: TestNoticeDeps, notice: Notice, nowMs: number): Promise<Sent> => {
  const untilMs = nowMs + TEST_MS;
  if (notice.kind === 'webhook') {
    return await postNotice(deps, notice, testBody(notice, nowMs), untilMs);
  }
  const to = notice.addresses;
  if (to.length === 0)
    return { kind: 'refused', reason: 'the notice has no addresses to send a test to' };
  const audiences =
    notice.userAddressField === null ? (['operator'] as const) : (['operator', 'user'] as const);
  const mails = to.length * audiences.length;
  const taken = await deps.mailBudget.take(notice.id, mails, nowMs, notice.mailsADay);
  const short = taken < mails ? [noMailsLeft(notice, mails - taken)] : [];
  let room = taken;
  for (const audience of audiences) {
    const some = to.slice(0, room);
    room -= some.length;
    if (some.length === 0) break;
    const { subject, ...forms } = mailOf(wordsOf(sample(notice, nowMs), notice, audience));
    const sent = await deps.send.mail(
      {
        ...forms,
        subject: `[Test] ${subject}`,
        to: some,
        conversation: `test.${notice.id}.${audience}`,
      },
      untilMs,
    );
    if (sent.kind !== 'sent') return { ...sent, reason: [...short, sent.reason].join('; ') };
  }
  return short.length === 0 ? { kind: 'sent' } : { kind: 'refused', reason: short.join() };
};

const sample = (notice: Notice, nowMs: number): KeyCapFacts => ({
  id: 'test',
  type: 'key.cap_warned',
  projectId: notice.projectId,
  keyId: 'key_0000000000000000',
  window: 'lifetime',
  threshold: 0.8,
  capMicros: 5_000_000,
  spentMicros: 4_000_000,
  atMs: nowMs,
  keyName: 'a key of this test',
  userId: null,
  metadata: {},
  period: 'lifetime',
  resetsAtMs: null,
});
