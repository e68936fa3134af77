import { withoutEnd } from '../../../shared/characters.ts';
import * as z from 'zod';
import { approvalsSetting } from '../../tickets/approvals.ts';

/** Opsgenie's API ends on 5 April 2027; Jira Service Management answers the same under an address of the site's own. */
export const opsgenieSettings = z
  .strictObject({
    url: z.url({ protocol: /^https?$/ }).default('https://api.opsgenie.com'),
    /** Who is called; without it the rules of the integration decide. */
    team: z.string().min(1).max(100).optional(),
    ...approvalsSetting,
  })
  .transform(({ url, team }) => ({ url: withoutEnd(url, '/'), team: team ?? null }));

export const opsgenieSecrets = z.strictObject({
  /** Of an API integration that may create, read and update. */
  api_key: z.string().regex(/^[\w-]{20,100}$/, 'must be the key of an API integration'),
  /** Of our own making: the webhook sends it as the header `x-sluice-token`. */
  webhook_token: z.string().min(20).max(200).optional(),
});
