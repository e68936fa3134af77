import * as z from 'zod';
import type { InboundEvent, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine } from '../../../shared/clean-text.ts';
import { ofIncidentKey } from '../shared/incident-key.ts';
import { signedWebhook } from '../shared/signed-webhook.ts';

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
export const pagerdutyInbound = (secret: string | undefined): InboundWire =>
  signedWebhook(secret, {
    header: 'x-pagerduty-signature',
    prefix: 'v1=',
    algorithm: 'sha256',
    of: 'subscription',
    schema: webhook,
    atMs: ({ event }) => Date.parse(event.occurred_at),
    eventsOf: ({ event }) => eventsOf(event),
  });

const eventsOf = ({
  id,
  event_type,
  occurred_at,
  agent,
  data,
}: z.infer<typeof webhook>['event']): readonly InboundEvent[] => {
  const kind = ACTIONS[event_type];
  const named = ofIncidentKey(data.incident_key ?? '');
  // What an integration did, we did.
  if (kind === undefined || named === null || /integration/.test(agent?.type ?? '')) return [];
  const by = cleanLine(agent?.summary ?? '', 100);
  const atMs = Date.parse(occurred_at);
  return [{ id, ...named, externalId: null, atMs, isOwnAccount: false, by, action: { kind } }];
};
