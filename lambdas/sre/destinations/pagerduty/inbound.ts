import * as z from 'zod';
import type { InboundEvent, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine } from '../../tickets/words/clean-text.ts';
import { jsonOf } from '../shared/read-answer.ts';
import {
  hmacHex,
  INBOUND_AGE_MS_MAX,
  isFresh,
  isSigned,
  NOTHING_READ,
  refusedInbound,
} from '../shared/signed.ts';
import { incidentOfKey } from './event.ts';

/** https://developer.pagerduty.com/docs/webhooks-overview */
const webhook = z.looseObject({
  event: z.looseObject({
    id: z.string().min(1),
    event_type: z.string(),
    occurred_at: z.string(),
    agent: z.looseObject({ type: z.string().nullish(), summary: z.string().nullish() }).nullish(),
    data: z.looseObject({ incident_key: z.string().nullish() }),
  }),
});

const ACTIONS: Readonly<Record<string, 'acknowledge' | 'resolve' | 'reopen'>> = {
  'incident.acknowledged': 'acknowledge',
  'incident.resolved': 'resolve',
  'incident.reopened': 'reopen',
};

/**
 * PagerDuty's v3 webhooks: https://developer.pagerduty.com/docs/webhooks-signatures. Notes are not read: they name
 * PagerDuty's own id of an incident alone, which events never learn.
 */
export const pagerdutyInbound = (secret: string | undefined): InboundWire => ({
  read: ({ headers, body, nowMs }) => {
    const signature = headers['x-pagerduty-signature'];
    if (!isSigned(signature, 'v1=', secret, (key) => hmacHex('sha256', key, body)))
      return refusedInbound('the signature is not that of the subscription');
    const { data } = webhook.safeParse(jsonOf(Buffer.from(body).toString('utf8')));
    if (data === undefined) return NOTHING_READ;
    if (!isFresh(Date.parse(data.event.occurred_at), nowMs, INBOUND_AGE_MS_MAX))
      return refusedInbound('it is too old');
    const event = eventOf(data.event);
    return event === null ? NOTHING_READ : { kind: 'read', events: [event] };
  },
});

const eventOf = ({ id, event_type, agent, data }: z.infer<typeof webhook>['event']) => {
  const kind = ACTIONS[event_type];
  const incidentId = incidentOfKey(data.incident_key ?? '');
  // What an integration did, we did.
  if (kind === undefined || incidentId === null || /integration/.test(agent?.type ?? ''))
    return null;
  const event: InboundEvent = {
    id,
    incidentId,
    externalId: null,
    by: cleanLine(agent?.summary ?? '', 100),
    action: { kind },
  };
  return event;
};
