import * as z from 'zod';
import type { InboundEvent, InboundReading, InboundWire } from '../../tickets/inbound-wire.ts';
import { cleanLine, cleanLines } from '../../../shared/clean-text.ts';
import { jsonOf } from '../shared/read-answer.ts';
import { hmacHex, isFresh, isSigned, NOTHING_READ, refusedInbound } from '../shared/signed.ts';
import { APPROVE_BUTTON, BUTTONS, REJECT_BUTTON } from './blocks.ts';

/** Slack's own advice: https://docs.slack.dev/authentication/verifying-requests-from-slack */
const SLACK_AGE_MS_MAX = 300_000;
const COMMENT_CHARS_MAX = 2_000;

/** https://docs.slack.dev/reference/interaction-payloads/block_actions-payload */
const clicked = z.looseObject({
  type: z.literal('block_actions'),
  user: z.looseObject({
    id: z.string(),
    username: z.string().nullish(),
    name: z.string().nullish(),
  }),
  channel: z.looseObject({ id: z.string() }).nullish(),
  /** What the button is of. */
  message: z.looseObject({ ts: z.string() }).nullish(),
  actions: z.array(
    z.looseObject({
      action_id: z.string(),
      action_ts: z.string(),
      value: z.string().nullish(),
    }),
  ),
});
const challenge = z.looseObject({
  type: z.literal('url_verification'),
  challenge: z.string().max(1_000),
});
/** https://docs.slack.dev/reference/events/message */
const said = z.looseObject({
  type: z.literal('event_callback'),
  event_id: z.string(),
  event: z.looseObject({
    type: z.literal('message'),
    subtype: z.undefined().optional(),
    bot_id: z.undefined().optional(),
    channel: z.string(),
    ts: z.string(),
    thread_ts: z.string(),
    user: z.string(),
    text: z.string(),
  }),
});

/** Clicks on the buttons of a message, and what people write in its thread. `channel`: where the messages are by now. */
export const slackInbound = (secret: string | undefined, channel: string): InboundWire => ({
  read: ({ headers, body, nowMs }) => {
    const timestamp = headers['x-slack-request-timestamp'] ?? '';
    const signature = headers['x-slack-signature'];
    if (
      !isSigned(signature, 'v0=', secret, (key) => hmacHex('sha256', key, `v0:${timestamp}:`, body))
    )
      return refusedInbound('the signature is not that of the app');
    const atMs = /^\d{1,12}$/.test(timestamp) ? Number(timestamp) * 1_000 : Number.NaN;
    if (!isFresh(atMs, nowMs, SLACK_AGE_MS_MAX)) return refusedInbound('it is too old');
    const text = Buffer.from(body).toString('utf8');
    return readingOf(text, headers['content-type'] ?? '', channel);
  },
});

const readingOf = (text: string, contentType: string, home: string): InboundReading => {
  if (contentType.startsWith('application/x-www-form-urlencoded'))
    return clicksOf(jsonOf(new URLSearchParams(text).get('payload') ?? ''), home);
  const value = jsonOf(text);
  const asked = challenge.safeParse(value);
  if (asked.success)
    return { kind: 'answer', contentType: 'text/plain', body: asked.data.challenge };
  const { data } = said.safeParse(value);
  // What starts a thread is no answer to it.
  if (data === undefined || data.event.thread_ts === data.event.ts) return NOTHING_READ;
  const { channel, ts, thread_ts: parent, user, text: comment } = data.event;
  return {
    kind: 'read',
    events: [
      {
        id: data.event_id,
        incidentId: null,
        externalId: `${channel}/${parent}`,
        generation: null,
        atMs: msOf(ts),
        isOwnAccount: false,
        ...elsewhere(channel, home),
        by: user,
        action: { kind: 'comment', text: cleanLines(plain(comment), COMMENT_CHARS_MAX) },
      },
    ],
  };
};

const elsewhere = (channel: string, home: string): { readonly isElsewhere?: true } =>
  channel === home ? {} : { isElsewhere: true };

const clicksOf = (value: unknown, home: string): InboundReading => {
  const { data } = clicked.safeParse(value);
  if (data === undefined) return NOTHING_READ;
  const { user, actions, channel, message } = data;
  const by = cleanLine(user.username || user.name || user.id, 100);
  return {
    kind: 'read',
    events: actions.flatMap(({ action_id: id, action_ts: at, value }): InboundEvent[] => {
      const action = actionOf(id, value ?? '');
      if (action === null) return [];
      return [
        {
          id: `${user.id} ${at} ${id}`,
          incidentId: KINDS.has(id) ? (value ?? null) : null,
          externalId: channel && message ? `${channel.id}/${message.ts}` : null,
          generation: null,
          atMs: msOf(at),
          isOwnAccount: false,
          ...elsewhere(channel?.id ?? '', home),
          by,
          action,
        },
      ];
    }),
  };
};

/** A time as Slack writes it, in seconds with a fraction; null: it is none. */
const msOf = (time: string): number | null =>
  /^\d{1,12}(\.\d{1,9})?$/.test(time) ? Math.floor(Number(time) * 1_000) : null;

const actionOf = (id: string, value: string): InboundEvent['action'] | null => {
  const kind = KINDS.get(id);
  if (kind !== undefined) return value === '' ? null : { kind };
  const [remediationId = '', planHash = ''] = value.split(' ');
  if (id.startsWith(APPROVE_BUTTON)) return { kind: 'approve', remediationId, planHash };
  return id.startsWith(REJECT_BUTTON) ? { kind: 'reject', remediationId } : null;
};

const KINDS: ReadonlyMap<string, 'acknowledge' | 'resolve'> = new Map([
  [BUTTONS.acknowledge, 'acknowledge'],
  [BUTTONS.resolve, 'resolve'],
]);

/** Markup of a message as people read it. */
const plain = (text: string): string =>
  text
    .replace(/<([^<>|]*)\|([^<>]*)>/g, '$2')
    .replace(/<([^<>]*)>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
