import { describe, expect, test } from 'vitest';
import { slackInbound } from '../../../../lambdas/sre/destinations/slack/inbound.ts';
import { hex, inboundOf } from '../../../support/sre/inbound.ts';

/** The example of https://docs.slack.dev/authentication/verifying-requests-from-slack */
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const SIGNATURE = 'v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503';
const AT_S = 1_531_420_618;
const FORM =
  'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';

const read = (
  text: string,
  {
    signature,
    atS = AT_S,
    nowMs = AT_S * 1_000,
    type = 'application/x-www-form-urlencoded',
    secret = SECRET,
  }: {
    readonly signature?: string;
    readonly atS?: number | string;
    readonly nowMs?: number;
    readonly type?: string;
    readonly secret?: string;
  } = {},
) =>
  slackInbound(secret, 'C1').read(
    inboundOf(
      text,
      {
        'content-type': type,
        'x-slack-request-timestamp': String(atS),
        'x-slack-signature': signature ?? `v0=${hex('sha256', SECRET, `v0:${atS}:${text}`)}`,
      },
      nowMs,
    ),
  );
const click = (action: string, value: string | null = 'inc_1', channel = 'C1') =>
  `payload=${encodeURIComponent(
    JSON.stringify({
      type: 'block_actions',
      user: { id: 'U2CERLKJA', username: 'roadrunner' },
      channel: { id: channel, name: 'ops' },
      message: { type: 'message', ts: '1.0' },
      actions: [{ action_id: action, action_ts: '1531420617.5', value, type: 'button' }],
    }),
  )}`;
const json = (value: object) => read(JSON.stringify(value), { type: 'application/json' });

describe('a request of Slack', () => {
  test('is believed when it is signed as the documentation shows', () => {
    expect(read(FORM, { signature: SIGNATURE })).toEqual({ kind: 'read', events: [] });
  });

  test.each([
    ['of another body', { signature: SIGNATURE }, `${FORM}&x=1`],
    ['of another time', { signature: SIGNATURE, atS: AT_S + 1 }, FORM],
    ['without a signature', { signature: '' }, FORM],
    ['of another app', { secret: 'another' }, FORM],
    [
      'without a secret to compare',
      { secret: '', signature: `v0=${hex('sha256', '', `v0:${AT_S}:${FORM}`)}` },
      FORM,
    ],
    ['after five minutes', { nowMs: (AT_S + 301) * 1_000 }, FORM],
    ['of a clock that is far ahead', { nowMs: (AT_S - 301) * 1_000 }, FORM],
    ['of no time', { atS: 'now' }, FORM],
  ])('%s is refused', (_name, over, text) => {
    expect(read(text, over)).toMatchObject({ kind: 'refused' });
  });

  test.each([
    ['sluice_acknowledge', 'acknowledge'],
    ['sluice_resolve', 'resolve'],
  ])('says by %s what somebody did', (action, kind) => {
    expect(read(click(action))).toEqual({
      kind: 'read',
      events: [
        {
          id: `U2CERLKJA 1531420617.5 ${action}`,
          incidentId: 'inc_1',
          externalId: 'C1/1.0',
          generation: null,
          atMs: 1_531_420_617_500,
          isOwnAccount: false,
          by: 'roadrunner',
          action: { kind },
        },
      ],
    });
  });

  test.each([
    ['a link', click('sluice_link_0', null)],
    ['the button of another app', click('approve')],
    ['no payload', 'a=b'],
    ['a payload that is none', 'payload=%7B'],
    ['nothing', ''],
  ])('of %s is no event', (_name, text) => {
    expect(read(text)).toEqual({ kind: 'read', events: [] });
  });

  test('that asks whether somebody listens is answered with its word', () => {
    expect(json({ type: 'url_verification', token: 'x', challenge: '3eZbrw1aB' })).toEqual({
      kind: 'answer',
      contentType: 'text/plain',
      body: '3eZbrw1aB',
    });
  });

  const message = (over: object) => ({
    type: 'event_callback',
    event_id: 'Ev1',
    event: {
      type: 'message',
      channel: 'C1',
      user: 'U1',
      ts: '2.0',
      thread_ts: '1.0',
      text: 'look &lt;at&gt; <https://a.example|this>\u202E <@U2>',
      ...over,
    },
  });

  test('in another channel than that of the settings says so', () => {
    const approve = (channel: string) => click('sluice_approve_x', 'x y', channel);
    for (const [mine, other] of [
      [read(approve('C1')), read(approve('C2'))],
      [json(message({})), json(message({ channel: 'C2' }))],
    ] as const) {
      expect(other).toMatchObject({ events: [{ isElsewhere: true }] });
      expect(JSON.stringify(mine)).not.toContain('isElsewhere');
    }
  });

  test('in the thread of a message is a comment', () => {
    expect(json(message({}))).toEqual({
      kind: 'read',
      events: [
        {
          id: 'Ev1',
          incidentId: null,
          externalId: 'C1/1.0',
          generation: null,
          atMs: 2_000,
          isOwnAccount: false,
          by: 'U1',
          action: { kind: 'comment', text: 'look <at> this @U2' },
        },
      ],
    });
  });

  test.each([
    ['of the bot', { bot_id: 'B1' }],
    ['that is edited', { subtype: 'message_changed' }],
    ['outside of a thread', { thread_ts: undefined }],
    ['that starts a thread', { thread_ts: '2.0' }],
  ])('a message %s is no comment', (_name, over) => {
    expect(json(message(over))).toEqual({ kind: 'read', events: [] });
  });
});
