import * as z from 'zod';
import type { InboundEvent, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine, cleanLines } from '../../../shared/clean-text.ts';
import { signedWebhook } from '../shared/signed-webhook.ts';
import { SUBJECT } from './article.ts';

const person = z.looseObject({
  firstname: z.string().nullish(),
  lastname: z.string().nullish(),
  login: z.string().nullish(),
});
/** https://admin-docs.zammad.org/en/latest/manage/webhook/payload.html */
const webhook = z.looseObject({
  ticket: z.looseObject({
    id: z.number(),
    state: z.string().nullish(),
    updated_at: z.string(),
    updated_by: person.nullish().catch(null),
    /** The account of the destination. */
    created_by: person.nullish().catch(null),
  }),
  article: z
    .looseObject({
      id: z.number().nullish(),
      subject: z.string().nullish(),
      body: z.string().nullish(),
      created_by: person.nullish().catch(null),
    })
    .nullish(),
});
type Webhook = z.infer<typeof webhook>;

/** Zammad's webhooks with a token: HMAC SHA-1 of the body. They say how a ticket is, not what changed. */
export const zammadInbound = (secret: string | undefined): InboundWire =>
  signedWebhook(secret, {
    header: 'x-hub-signature',
    prefix: 'sha1=',
    algorithm: 'sha1',
    of: 'webhook',
    schema: webhook,
    atMs: ({ ticket }) => Date.parse(ticket.updated_at),
    eventsOf: (data) =>
      // What an article of ours brings with it, we did.
      data.article?.subject?.startsWith(SUBJECT) === true
        ? []
        : [...stateEvents(data), ...commentEvents(data)],
  });

const stateEvents = ({ ticket }: Webhook): InboundEvent[] => {
  const state = ticket.state ?? 'new';
  if (state === 'new') return [];
  const kind = state === 'closed' || state === 'merged' ? 'resolve' : 'acknowledge';
  return [
    {
      id: `${ticket.id} ${ticket.updated_at} ${kind}`,
      ...ofTicket(ticket),
      isOwnAccount: isSame(ticket.updated_by, ticket.created_by),
      by: nameOf(ticket.updated_by),
      action: { kind },
    },
  ];
};

const commentEvents = ({ ticket, article }: Webhook): InboundEvent[] => {
  const text = cleanLines(withoutTags(article?.body ?? ''), 2_000);
  if (!article?.id || text === '') return [];
  return [
    {
      id: `article ${article.id}`,
      ...ofTicket(ticket),
      isOwnAccount: false,
      by: nameOf(article.created_by),
      action: { kind: 'comment', text },
    },
  ];
};

const ofTicket = ({ id, updated_at }: Webhook['ticket']) => ({
  incidentId: null,
  externalId: String(id),
  generation: null,
  atMs: Date.parse(updated_at),
});

type Person = z.infer<typeof person> | null | undefined;

const isSame = (one: Person, other: Person): boolean =>
  Boolean(one?.login) && one?.login === other?.login;

const nameOf = (who: Person): string =>
  cleanLine([who?.firstname, who?.lastname].filter(Boolean).join(' ') || who?.login || '', 100);

/** For people who read it as text: nobody shows it as HTML. */
const withoutTags = (html: string): string =>
  html
    .slice(0, 20_000)
    .replaceAll(/<(br|\/p|\/div|\/li)[^<>]{0,200}>/gi, '\n')
    .replaceAll(/<[^<>]{0,2000}>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
