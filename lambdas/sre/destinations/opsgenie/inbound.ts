import * as z from 'zod';
import type { InboundEvent, InboundRequest, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine, cleanLines } from '../../../shared/clean-text.ts';
import { jsonOf } from '../shared/read-answer.ts';
import { ofIncidentKey } from '../shared/incident-key.ts';
import { isSameSecret, NOTHING_READ, refusedInbound } from '../shared/signed.ts';
import { SELF } from './alert.ts';

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
    if (!token || !isSameSecret(tokenOf({ headers, query }), token))
      return refusedInbound('the token is not that of the webhook');
    const { data } = webhook.safeParse(jsonOf(Buffer.from(body).toString('utf8')));
    const event = data === undefined ? null : eventOf(data);
    return event === null ? NOTHING_READ : { kind: 'read', events: [event] };
  },
});

export const tokenOf = ({ headers, query }: Pick<InboundRequest, 'headers' | 'query'>): string =>
  headers['x-sluice-token'] ?? query['token'] ?? '';

const eventOf = ({ action, alert }: z.infer<typeof webhook>): InboundEvent | null => {
  const kind = ACTIONS[action];
  const named = ofIncidentKey(alert.alias ?? '');
  // What we did by the API comes back.
  if (kind === undefined || named === null || alert.username === SELF) return null;
  const text = cleanLines(alert.note ?? '', 2_000);
  if (kind === 'comment' && text === '') return null;
  return {
    id: `${alert.alertId} ${action} ${alert.updatedAt ?? ''}`,
    ...named,
    externalId: null,
    atMs: timeOf(alert.updatedAt),
    isOwnAccount: false,
    by: cleanLine(alert.username ?? '', 100),
    action: kind === 'comment' ? { kind, text } : { kind },
  };
};

/** Since 1970 in milliseconds, later in microseconds, by now in nanoseconds; null: it says none of them. */
const timeOf = (updatedAt: number | string | null | undefined): number | null => {
  const time = Number(updatedAt ?? Number.NaN);
  if (!Number.isFinite(time) || time <= 0) return null;
  const thousands = Math.floor((Math.log10(time) - MS_DIGITS) / 3);
  return thousands < 0 ? null : Math.floor(time / 1_000 ** thousands);
};

/** Of a time in milliseconds from 2001 to 2286, less one. */
const MS_DIGITS = 12;
