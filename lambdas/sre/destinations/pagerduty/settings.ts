import { withoutEnd } from '../../../shared/characters.ts';
import * as z from 'zod';

/** Where events go, by the region of the account. https://developer.pagerduty.com/docs/send-alert-event */
const ADDRESSES = {
  us: 'https://events.pagerduty.com',
  eu: 'https://events.eu.pagerduty.com',
} as const;

export const pagerdutySettings = z
  .strictObject({
    region: z.enum(['us', 'eu']).default('us'),
    /** In place of the region's address: a proxy of one's own. */
    url: z.url({ protocol: /^https?$/ }).optional(),
  })
  .transform(({ region, url }) => ({
    url: withoutEnd(url ?? ADDRESSES[region], '/'),
  }));

export const pagerdutySecrets = z.strictObject({
  /** Of an integration "Events API V2", on a service. */
  routing_key: z.string().regex(/^[0-9A-Za-z]{32}$/, 'must have 32 letters and digits'),
  /** Of a webhook subscription; without it nothing that PagerDuty sends is believed. */
  webhook_secret: z.string().min(1).max(200).optional(),
});
