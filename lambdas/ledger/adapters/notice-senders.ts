import type { SendOutbound } from '../../platform/outbound.ts';
import { sendOnce } from '../../platform/send-once.ts';
import type { SesMail, SesOutcome } from '../../platform/ses.ts';
import type { OnceAnswer, Timers } from '../../shared/deps.ts';
import { signedHeaders } from '../../shared/webhook-signature.ts';
import type { NoticeMail, NoticePost, NoticeSenders, Sent } from '../ports/notices.ts';

/** Of one run; Lambda runs a failed event twice more, a minute and two minutes later. */
const POSTS_MAX = 2;
const MAILS_MAX = 5;
/** A mail that is begun so long before the end is over by then. */
const MAIL_MS = 17_000;
/** The longest pause before the first repetition; each further one may be twice as long. SES counts mails by the second. */
const PAUSE_MS = 2_000;

export interface NoticeSendersDeps {
  readonly outbound: SendOutbound;
  readonly mail: (mail: SesMail) => Promise<SesOutcome>;
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** Signed requests and mails, each repeated where nothing was done and a repetition may help. */
export const noticeSenders = (deps: NoticeSendersDeps): NoticeSenders => ({
  post: async (post, untilMs) =>
    await repeated(deps, POSTS_MAX, untilMs, async () => await posted(deps, post, untilMs)),
  mail: async (mail, untilMs) =>
    await repeated(deps, MAILS_MAX, untilMs - MAIL_MS, async () => await mailed(deps, mail)),
});

/** `unknown` is repeated by the next run alone: it may have arrived. */
type Try = Sent | { readonly kind: 'unknown'; readonly reason: string };

const repeated = async (
  { timers, random }: NoticeSendersDeps,
  triesMax: number,
  untilMs: number,
  once: () => Promise<Try>,
): Promise<Sent> => {
  for (let tries = 1; ; tries++) {
    const outcome = await once();
    if (outcome.kind === 'unknown') return { kind: 'again', reason: outcome.reason };
    if (outcome.kind !== 'again' || tries >= triesMax) return outcome;
    const pauseMs = PAUSE_MS * 2 ** (tries - 1) * random();
    if (timers.nowMs() + pauseMs >= untilMs) return outcome;
    await timers.sleep(pauseMs);
  }
};

const posted = async (
  { outbound, timers }: NoticeSendersDeps,
  { url, secret, body }: NoticePost,
  untilMs: number,
): Promise<Try> => {
  const nowMs = (): number => timers.nowMs();
  const answer = await sendOnce({ send: outbound, nowMs, untilMs })({
    url,
    method: 'POST',
    headers: signedHeaders(secret, nowMs(), body),
    body,
  });
  return triedPost(answer);
};

/** Their senders say themselves that it may be done later: RFC 9110 (15.5.9, 15.5.10), RFC 8470 (5.2), RFC 6585 (4). */
const LATER: ReadonlySet<number> = new Set([408, 409, 425, 429]);

const triedPost = (answer: OnceAnswer): Try => {
  switch (answer.kind) {
    case 'refused':
      return answer;
    case 'unsent':
      return { kind: 'again', reason: answer.reason };
    case 'lost':
      return { kind: 'unknown', reason: answer.reason };
    case 'answered':
      break;
  }
  const { status } = answer;
  if (status >= 200 && status <= 299) return { kind: 'sent' };
  const reason = `it answered ${status}`;
  if (status >= 500 || LATER.has(status)) return { kind: 'again', reason };
  return { kind: 'refused', reason };
};

const mailed = async ({ mail }: NoticeSendersDeps, letter: NoticeMail): Promise<Try> => {
  const outcome = await mail(letter);
  switch (outcome.kind) {
    case 'sent':
    case 'unknown':
      return outcome;
    case 'later':
      return { kind: 'again', reason: outcome.reason };
    case 'refused':
      // An account that may not send now is mended by a person: the event is kept and told then.
      return outcome.fault === 'credentials'
        ? { kind: 'unknown', reason: outcome.reason }
        : { kind: 'refused', reason: outcome.reason };
  }
};
