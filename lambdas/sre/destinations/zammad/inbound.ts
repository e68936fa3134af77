import * as z from 'zod';
import type { InboundEvent, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine, cleanLines } from '../../tickets/words/clean-text.ts';
import { jsonOf } from '../shared/read-answer.ts';
import {
  hmacHex,
  INBOUND_AGE_MS_MAX,
  isFresh,
  isSigned,
  NOTHING_READ,
  refusedInbound,
} from '../shared/signed.ts';
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
export const zammadInbound = (secret: string | undefined): InboundWire => ({
  read: ({ headers, body, nowMs }) => {
    const signature = headers['x-hub-signature'];
    if (!isSigned(signature, 'sha1=', secret, (key) => hmacHex('sha1', key, body)))
      return refusedInbound('the signature is not that of the webhook');
    const { data } = webhook.safeParse(jsonOf(Buffer.from(body).toString('utf8')));
    if (data === undefined) return NOTHING_READ;
    if (!isFresh(Date.parse(data.ticket.updated_at), nowMs, INBOUND_AGE_MS_MAX))
      return refusedInbound('it is too old');
    // What an article of ours brings with it, we did.
    if (data.article?.subject?.startsWith(SUBJECT) === true) return NOTHING_READ;
    return { kind: 'read', events: [...stateEvents(data), ...commentEvents(data)] };
  },
});

const stateEvents = ({ ticket }: Webhook): InboundEvent[] => {
  const state = ticket.state ?? 'new';
  if (state === 'new') return [];
  const kind = state === 'closed' || state === 'merged' ? 'resolve' : 'acknowledge';
  return [
    {
      id: `${ticket.id} ${ticket.updated_at} ${kind}`,
      incidentId: null,
      externalId: String(ticket.id),
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
      incidentId: null,
      externalId: String(ticket.id),
      by: nameOf(article.created_by),
      action: { kind: 'comment', text },
    },
  ];
};

const nameOf = (who: z.infer<typeof person> | null | undefined): string =>
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
