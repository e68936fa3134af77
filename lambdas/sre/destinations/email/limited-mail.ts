import type { MailBudget } from '../../ports/destinations.ts';
import type { SendMail } from './email.ts';

/**
 * Mails that a project's people get in a day (UTC), each address counted. Addresses are anybody's, so an admin key may be
 * used to write to strangers, and all projects of a stage share its sender.
 */
export const MAILS_A_DAY = 1_000;

const DAY_MS = 86_400_000;

/** The same mail, as long as its project has not sent as many as a day allows. */
export const limitedMail =
  ({
    send,
    budget,
    nowMs,
  }: {
    readonly send: SendMail;
    readonly budget: MailBudget;
    readonly nowMs: () => number;
  }): SendMail =>
  async (mail) => {
    const atMs = nowMs();
    const isWithin = await budget.take(mail.tenant, mail.to.length, atMs, MAILS_A_DAY);
    if (isWithin) return await send(mail);
    return {
      kind: 'later',
      reason: `this project has sent the ${MAILS_A_DAY} mails that it may send a day (UTC)`,
      afterMs: DAY_MS - (atMs % DAY_MS),
    };
  };
