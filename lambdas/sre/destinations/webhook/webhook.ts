import * as z from 'zod';
import { signedHeaders, webhookSignature } from '../../../shared/webhook-signature.ts';
import type { DestinationWires, WireParts } from '../../ports/destinations.ts';
import type { InboundEvent, InboundReading, InboundWire } from '../../tickets/inbound-wire.ts';
import type { Attempt, TicketWire } from '../../tickets/ticket-wire.ts';
import { approvalsSetting } from '../../tickets/approvals.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import { incidentIdOf } from '../../runbooks/remediation.ts';
import { jsonOf, readAnswer } from '../shared/read-answer.ts';
import { settingsProblem } from '../shared/settings-problem.ts';
import { hasHeader, isFresh, isSameSecret, refusedInbound } from '../shared/signed.ts';
import { webhookTicket } from './webhook-ticket.ts';

const settings = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2_000),
  ...approvalsSetting,
});
const secrets = z.strictObject({ signing_secret: z.string().min(1).max(200) });

/** A signed POST to an address of one's own, and the same signature for what comes back. */
export const WEBHOOK: DestinationWires = {
  problem: settingsProblem(settings, secrets),
  ticket: (parts) => webhookWire(parts),
  inbound: {
    hasSignature: hasHeader('x-sluice-signature'),
    wire: ({ secrets: given }) => webhookInbound(given['signing_secret'] ?? ''),
  },
};

type Event = 'ticket.opened' | 'ticket.updated' | 'ticket.reminded' | 'ticket.superseded' | 'test';

const webhookWire = (parts: WireParts): TicketWire => {
  const post = async (
    event: Event,
    ticketId: string,
    content: Readonly<Record<string, unknown>>,
    news: string,
  ): Promise<Attempt> => await posted(parts, { event, ticketId, content, news });
  const say = async (event: Event, id: string, ticket: Ticket, again = ''): Promise<Attempt> =>
    await post(event, id, { ticket: webhookTicket(ticket) }, `${ticket.revision}${again}`);
  return {
    // It says the same id in each repetition, and whoever receives it goes by that.
    afterUnknown: 'repeat',
    findLagMs: 0,
    open: async (ticket, attemptId) => await say('ticket.opened', attemptId, ticket),
    update: async (id, ticket) => await say('ticket.updated', id, ticket),
    remind: async (id, ticket, count) => await say('ticket.reminded', id, ticket, `.${count}`),
    find: async () => ({ kind: 'none' }),
    closeExtra: async (id, keptId) => await post('ticket.superseded', id, { kept_id: keptId }, '0'),
    test: async () => await post('test', 'test', {}, '0'),
  };
};

const posted = async (
  { destination, secrets: given, send, nowMs }: WireParts,
  {
    event,
    ticketId,
    content,
    news,
  }: {
    readonly event: Event;
    readonly ticketId: string;
    readonly content: Readonly<Record<string, unknown>>;
    /** Which of the ticket's it is. */
    readonly news: string;
  },
): Promise<Attempt> => {
  const secret = given['signing_secret'] ?? '';
  const body = JSON.stringify({
    // The same for the same news: a receiver that has seen it has nothing to do.
    id: `${ticketId}.${event}.${news}`,
    type: event,
    ticket_id: ticketId,
    destination_id: destination.id,
    ...content,
  });
  const answer = await send({
    url: destination.settings['url'] ?? '',
    method: 'POST',
    headers: signedHeaders(secret, nowMs(), body),
    body,
  });
  const done = { kind: 'done', externalId: ticketId, url: null } as const;
  if (answer.kind === 'answered' && answer.status >= 200 && answer.status <= 299) return done;
  const asked = event === 'ticket.opened' || event === 'test' ? 'create' : 'change';
  const read = readAnswer({ nowMs, secrets: [secret] }, asked, answer, z.unknown());
  return read.kind === 'not' ? read.attempt : done;
};

const INBOUND_AGE_MS = 300_000;
const TEXT_CHARS_MAX = 4_000;
const NAME_CHARS_MAX = 200;

const inboundBody = z.looseObject({
  id: z.string().min(1).max(NAME_CHARS_MAX),
  ticket_id: z.string().max(NAME_CHARS_MAX).nullish(),
  incident_id: z.string().max(NAME_CHARS_MAX).nullish(),
  /** As `ticket.generation` says it. */
  generation: z.int().nullish(),
  by: z.string().max(NAME_CHARS_MAX).nullish(),
  action: z.enum(['acknowledge', 'resolve', 'reopen', 'comment', 'approve', 'reject']),
  remediation_id: z.string().max(NAME_CHARS_MAX).nullish(),
  plan_hash: z.string().max(NAME_CHARS_MAX).nullish(),
  text: z.string().max(TEXT_CHARS_MAX).nullish(),
});

/** Signed as what goes out is: `x-sluice-timestamp`, and the HMAC of `timestamp.body`. */
const webhookInbound = (secret: string): InboundWire => ({
  read: ({ headers, body, nowMs }): InboundReading => {
    const stamp = headers['x-sluice-timestamp'] ?? '';
    const text = Buffer.from(body).toString('utf8');
    const atMs = /^\d{1,15}$/.test(stamp) ? Number(stamp) : Number.NaN;
    const wanted = webhookSignature(secret, atMs, text);
    if (secret === '' || !isSameSecret(headers['x-sluice-signature'] ?? '', wanted))
      return refusedInbound('the signature is not that of the destination');
    if (!isFresh(atMs, nowMs, INBOUND_AGE_MS)) return refusedInbound('it is too old');
    const { data } = inboundBody.safeParse(jsonOf(text));
    return { kind: 'read', events: data === undefined ? [] : [eventOf(data, atMs)] };
  },
});

const eventOf = (data: z.infer<typeof inboundBody>, atMs: number): InboundEvent => ({
  id: data.id,
  incidentId: incidentOf(data),
  externalId: data.ticket_id ?? null,
  generation: data.generation ?? null,
  atMs,
  isOwnAccount: false,
  by: data.by ?? '',
  action: actionOf(data),
});

/** What is signed is of the receiver of the ticket alone: a step that it names without a ticket names its incident. */
const incidentOf = ({
  action,
  incident_id: incidentId,
  ticket_id: ticketId,
  remediation_id: remediationId,
}: z.infer<typeof inboundBody>): string | null => {
  const isDecision = action === 'approve' || action === 'reject';
  if (incidentId || ticketId || !isDecision) return incidentId ?? null;
  return incidentIdOf(remediationId ?? '');
};

const actionOf = (data: z.infer<typeof inboundBody>): InboundEvent['action'] => {
  const remediationId = data.remediation_id ?? '';
  switch (data.action) {
    case 'comment':
      return { kind: 'comment', text: data.text ?? '' };
    case 'approve':
      return { kind: 'approve', remediationId, planHash: data.plan_hash ?? '' };
    case 'reject':
      return { kind: 'reject', remediationId };
    default:
      return { kind: data.action };
  }
};
