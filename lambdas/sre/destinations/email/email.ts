import * as z from 'zod';
import { RECIPIENTS_MAX } from '../../../platform/ses.ts';
import type { DestinationWires } from '../../ports/destinations.ts';
import type { Attempt, TicketWire } from '../../tickets/ticket-wire.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import { BAND_WORDS, STATE_WORDS, ticketTitle } from '../../tickets/words/ticket-words.ts';
import { settingsProblem } from '../shared/settings-problem.ts';
import { mailText } from './mail-text.ts';

export interface Mail {
  /** Whose mail it is. */
  readonly tenant: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** Mails of one ticket have the same: readers show them as one conversation. */
  readonly threadId: string;
}

/** Sends a mail once; never throws. */
export type SendMail = (mail: Mail) => Promise<Attempt>;

const settings = z.strictObject({
  /** Addresses, separated by commas. */
  to: z
    .string()
    .max(RECIPIENTS_MAX * 255)
    .refine(
      (text) =>
        addressesOf(text).length <= RECIPIENTS_MAX &&
        addressesOf(text).every((address) => z.email().safeParse(address).success),
      `must be at most ${RECIPIENTS_MAX} addresses, separated by commas`,
    ),
});

const addressesOf = (text: string): readonly string[] =>
  text.split(',').map((address) => address.trim());

/** Mails to people. A mail cannot be changed: each change of severity or state is another one, and no other change is. */
export const emailWires = (sendMail: SendMail): DestinationWires => ({
  problem: settingsProblem(settings, z.strictObject({})),
  ticket: ({ destination: { tenant, settings: given } }) =>
    emailWire(sendMail, { tenant, to: addressesOf(given['to'] ?? '') }),
  inbound: null,
});

const emailWire = (sendMail: SendMail, envelope: Pick<Mail, 'tenant' | 'to'>): TicketWire => {
  const mail = async (id: string, kind: string, ticket: Ticket): Promise<Attempt> => {
    const severity = BAND_WORDS[ticket.band];
    const sent = await sendMail({
      ...envelope,
      subject: `[${severity}] ${kind}${ticketTitle(ticket)}`,
      text: mailText(ticket),
      threadId: ticket.incidentId,
    });
    return sent.kind === 'done' ? { kind: 'done', externalId: id, url: null } : sent;
  };
  return {
    // Nobody can ask whether a mail came: twice is better than never.
    afterUnknown: 'repeat',
    findLagMs: 0,
    open: async (ticket, attemptId) => await mail(attemptId, '', ticket),
    update: async (id, ticket) => await mail(id, `${STATE_WORDS[ticket.state]}: `, ticket),
    remind: async (id, ticket) => await mail(id, 'Nobody looks after it: ', ticket),
    find: async () => ({ kind: 'none' }),
    closeExtra: async (id) => ({ kind: 'done', externalId: id, url: null }),
    test: async () =>
      await sendMail({
        ...envelope,
        subject: 'A test of Sluice',
        text: 'Tickets of incidents will come to this address.',
        threadId: 'test',
      }),
  };
};
