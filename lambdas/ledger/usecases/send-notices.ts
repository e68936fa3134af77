import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { Clock, Metrics } from '../../shared/deps.ts';
import type { Period } from '../domain/key.ts';
import {
  hears,
  noMailsLeft,
  type Audience,
  type KeyCapNews,
  type NewsFacts,
  type Notice,
  type SpendNews,
} from '../domain/notice.ts';
import { resetsAtMs, windowOf } from '../domain/window.ts';
import { mailOf } from '../formats/notice-mail.ts';
import { noticeBody } from '../formats/notice-webhook.ts';
import { wordsOf } from '../formats/notice-words.ts';
import type { KeyRegister } from '../ports.ts';
import type {
  Claim,
  NoticeBook,
  NoticeHealthBook,
  NoticeMailBudget,
  Sent,
  SendingMarks,
} from '../ports/notices.ts';
import { postNotice, type PostNoticeDeps } from './post-notice.ts';

export interface SendNoticesDeps extends PostNoticeDeps {
  readonly notices: Pick<NoticeBook, 'list'>;
  readonly keys: Pick<KeyRegister, 'get'>;
  readonly marks: SendingMarks;
  readonly health: NoticeHealthBook;
  readonly mailBudget: NoticeMailBudget;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/** Runs of an event: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const RUNS = 3;

/** Something was not sent, and this event comes again. */
export class NotSent extends Error {
  override readonly name = 'NotSent';
}

/**
 * Sends an event to everybody whom a notice names for it, each by itself. What is known to be sent, or to be refused
 * for good, is never sent again, whoever redelivers the event; what nobody knows (no answer came, or the sender died)
 * is sent again: a webhook says the same `id` then, a mail may come twice. Throws NotSent when anything is to be tried again.
 */
export const sendNotices = async (
  deps: SendNoticesDeps,
  news: SpendNews,
  untilMs: number,
): Promise<void> => {
  const notices = (await deps.notices.list(news.projectId)).filter((notice) => hears(notice, news));
  if (notices.length === 0) return;
  const facts = await factsOf(deps, news);
  const sendings = notices.flatMap((notice) => addressedBy(notice, facts));
  // One that hangs or fails holds up no other one.
  const outcomes = await Promise.allSettled(
    sendings.map(async (addressed) => await sendOnce(deps, addressed, facts, untilMs)),
  );
  const open = outcomes.flatMap((outcome) => {
    if (outcome.status === 'rejected') return [String(outcome.reason)];
    return outcome.value === null ? [] : [outcome.value];
  });
  if (open.length > 0) throw new NotSent(`${open.length} to be sent again: ${open.join('; ')}`);
};

/** What is said to whom: `to` is empty for a webhook. */
interface Addressed {
  readonly notice: Notice;
  readonly audience: Audience;
  readonly to: readonly string[];
}

const addressedBy = (notice: Notice, facts: NewsFacts): readonly Addressed[] => {
  if (notice.kind === 'webhook') return [{ notice, audience: 'operator', to: [] }];
  const address = userAddress(notice, facts);
  return [
    ...(notice.addresses.length === 0
      ? []
      : [{ notice, audience: 'operator', to: notice.addresses } as const]),
    ...(isAddress(address) ? [{ notice, audience: 'user', to: [address] } as const] : []),
  ];
};

/** A user hears of his own cap, and of nothing that is the operator's. */
const userAddress = ({ userAddressField: field }: Notice, facts: NewsFacts): string | undefined =>
  field !== null && (facts.type === 'key.cap_warned' || facts.type === 'key.cap_reached')
    ? facts.metadata[field]
    : undefined;

/** What people wrote into a key's metadata: SES takes one address as it is. */
const mailAddress = z.email().max(254);
const isAddress = (text: string | undefined): text is string => mailAddress.safeParse(text).success;

/** null: it has ended; else why it has not. */
const sendOnce = async (
  deps: SendNoticesDeps,
  addressed: Addressed,
  facts: NewsFacts,
  untilMs: number,
): Promise<string | null> => {
  const { notice, audience } = addressed;
  const outcome = await deps.marks.claim(
    { noticeId: notice.id, newsId: facts.id, audience },
    deps.clock.nowMs(),
  );
  if (outcome.kind === 'ended') return null;
  if (outcome.kind === 'pending') return `${notice.id}: somebody else sends it`;
  const { claim } = outcome;
  const mails = await mailsOf(deps, addressed, outcome.counted);
  if (mails === 0) {
    await deps.marks.end(claim, deps.clock.nowMs());
    await leaveOut(deps, addressed, 0);
    return null;
  }
  // The first addresses are the first to be told.
  const to = addressed.to.slice(0, mails ?? 0);
  const sent = await send(deps, { ...addressed, to }, facts, Math.min(untilMs, claim.untilMs));
  const open = await concluded(deps, notice, claim, sent, mails);
  if (open === null && mails !== null) await leaveOut(deps, addressed, mails);
  return open;
};

/** How many addresses the day has room for; null: it is no mail. */
const mailsOf = async (
  { mailBudget, clock }: SendNoticesDeps,
  { notice, to }: Addressed,
  counted: number | null,
): Promise<number | null> => {
  if (to.length === 0) return null;
  if (counted !== null) return Math.min(counted, to.length);
  return await mailBudget.take(notice.id, to.length, clock.nowMs(), notice.mailsADay);
};

const leaveOut = async (
  deps: SendNoticesDeps,
  { notice, to }: Addressed,
  mails: number,
): Promise<void> => {
  const left = to.length - mails;
  if (left > 0)
    await deps.health.leftOut(notice.id, left, noMailsLeft(notice, left), deps.clock.nowMs());
};

const send = async (
  deps: SendNoticesDeps,
  { notice, audience, to }: Addressed,
  facts: NewsFacts,
  untilMs: number,
): Promise<Sent> => {
  if (notice.kind === 'email')
    return await deps.send.mail(
      {
        ...mailOf(wordsOf(facts, notice, audience)),
        to,
        // A user sees the heads of his mails: no id is in them.
        conversation: createHash('sha256')
          .update(`${subjectOf(facts)}.${audience}`)
          .digest('hex'),
      },
      untilMs,
    );
  return await postNotice(deps, notice, noticeBody(notice, facts), untilMs);
};

const concluded = async (
  deps: SendNoticesDeps,
  notice: Notice,
  claim: Claim,
  sent: Sent,
  mails: number | null,
): Promise<string | null> => {
  const nowMs = deps.clock.nowMs();
  switch (sent.kind) {
    case 'sent':
      await deps.marks.end(claim, nowMs);
      await deps.health.sent(notice.id, nowMs);
      return null;
    case 'refused':
      await deps.marks.end(claim, nowMs);
      await deps.health.failed(notice.id, sent.reason, nowMs);
      deps.metrics.record({ stoppedDeliveries: 1 });
      return null;
    case 'again':
      await deps.marks.free(claim, mails);
      await deps.health.failed(notice.id, sent.reason, nowMs);
      if (claim.tries >= RUNS) deps.metrics.record({ stoppedDeliveries: 1 });
      return `${notice.id}: ${sent.reason}`;
  }
};

const subjectOf = (facts: NewsFacts): string => {
  switch (facts.type) {
    case 'key.cap_warned':
    case 'key.cap_reached':
      return `${facts.keyId}.${facts.window}`;
    case 'project.cap_warned':
    case 'project.cap_reached':
      return `${facts.projectId}.${facts.window}`;
    case 'key.usage_anomaly':
      return `${facts.keyId}.${facts.type}`;
  }
};

/** What the key says of itself by now; a key that is gone has its id for a name. */
const factsOf = async (
  { keys }: Pick<SendNoticesDeps, 'keys'>,
  news: SpendNews,
): Promise<NewsFacts> => {
  if ('period' in news) return { ...news, resetsAtMs: resetOf(news, news.period) };
  const record = await keys.get(news.projectId, news.keyId);
  const facts = {
    keyName: record?.profile.name ?? news.keyId,
    userId: record?.profile.userId ?? null,
    metadata: record?.profile.metadata ?? {},
  };
  if (news.type === 'key.usage_anomaly') return { ...news, ...facts };
  const period = record?.state.period ?? 'lifetime';
  return { ...news, ...facts, period, resetsAtMs: resetOf(news, period) };
};

/** null: never, or it was another window's. */
const resetOf = (
  { window, atMs }: Pick<KeyCapNews, 'window' | 'atMs'>,
  period: Period,
): number | null => (windowOf(period, atMs) === window ? resetsAtMs(period, atMs) : null);
