import * as z from 'zod';
import type { InboundEvent, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine, cleanLines } from '../../tickets/words/clean-text.ts';
import { jsonOf } from '../shared/read-answer.ts';
import { isSameSecret, NOTHING_READ, refusedInbound } from '../shared/signed.ts';
import { incidentOfAlias, SELF } from './alert.ts';

/** https://support.atlassian.com/opsgenie/docs/opsgenie-edge-connector-alert-action-data */
const webhook = z.looseObject({
  action: z.string(),
  alert: z.looseObject({
    alertId: z.string(),
    alias: z.string().nullish(),
    username: z.string().nullish(),
    note: z.string().nullish(),
    /** Nanoseconds since 1970 by now, more than a number of JSON keeps. */
    updatedAt: z.union([z.number(), z.string()]).nullish(),
  }),
});

const ACTIONS: Readonly<Record<string, 'acknowledge' | 'resolve' | 'comment'>> = {
  Acknowledge: 'acknowledge',
  Close: 'resolve',
  AddNote: 'comment',
};

/** Opsgenie signs nothing: its webhooks carry a header that people add. It is compared as a secret. */
export const opsgenieInbound = (token: string | undefined): InboundWire => ({
  read: ({ headers, query, body }) => {
    const given = headers['x-sluice-token'] ?? query['token'] ?? '';
    if (token === undefined || token === '' || !isSameSecret(given, token))
      return refusedInbound('the token is not that of the webhook');
    const { data } = webhook.safeParse(jsonOf(Buffer.from(body).toString('utf8')));
    const event = data === undefined ? null : eventOf(data);
    return event === null ? NOTHING_READ : { kind: 'read', events: [event] };
  },
});

const eventOf = ({ action, alert }: z.infer<typeof webhook>): InboundEvent | null => {
  const kind = ACTIONS[action];
  const incidentId = incidentOfAlias(alert.alias ?? '');
  // What we did by the API comes back.
  if (kind === undefined || incidentId === null || alert.username === SELF) return null;
  const text = cleanLines(alert.note ?? '', 2_000);
  if (kind === 'comment' && text === '') return null;
  return {
    id: `${alert.alertId} ${action} ${alert.updatedAt ?? ''}`,
    incidentId,
    externalId: null,
    by: cleanLine(alert.username ?? '', 100),
    action: kind === 'comment' ? { kind, text } : { kind },
  };
};
