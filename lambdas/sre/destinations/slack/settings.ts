import { withoutEnd } from '../../../shared/characters.ts';
import * as z from 'zod';
import { approvalsSetting } from '../../tickets/approvals.ts';

export const slackSettings = z
  .strictObject({
    /** The id, as Slack shows it at the foot of a channel's details: names change, and neither update nor history take one. */
    channel: z
      .string()
      .regex(/^[CG][A-Z0-9]{6,20}$/, 'must be the id of a channel, like C0123456789'),
    /** In place of Slack's own address: a proxy of one's own. */
    url: z.url({ protocol: /^https?$/ }).default('https://slack.com/api'),
    ...approvalsSetting,
  })
  .transform(({ channel, url, approvals }) => ({
    channel,
    url: withoutEnd(url, '/'),
    hasApprovals: approvals === 'on',
  }));

export const slackSecrets = z.strictObject({
  bot_token: z.string().regex(/^xoxb-[\w-]{10,250}$/, 'must be the token of a bot, xoxb-...'),
  /** Of the app; without it messages have no buttons, and nothing that Slack sends is believed. */
  signing_secret: z.string().min(16).max(200).optional(),
});
