import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { slackWire } from '../../../../lambdas/sre/destinations/slack/wire.ts';
import type { Attempt } from '../../../../lambdas/sre/tickets/ticket-wire.ts';
import {
  BOT_TOKEN,
  CHANNEL,
  OTHER_CHANNEL,
  startSlackStandIn,
  type SlackStandIn,
} from '../../../support/slack-stand-in.ts';
import { answered, answeredParts, partsOf, ticketOf } from '../../../support/sre/tickets.ts';

let slack: SlackStandIn;
beforeAll(async () => {
  slack = await startSlackStandIn();
});
beforeEach(() => {
  slack.messages.length = 0;
  slack.scopes = ['chat:write', 'channels:history'];
});
afterAll(() => slack.stop());

const parts = (channel = CHANNEL, secrets: Readonly<Record<string, string>> = {}) =>
  partsOf('slack', { channel, url: slack.url }, { bot_token: BOT_TOKEN, ...secrets });
const wire = () => slackWire(parts());
const idOf = (attempt: Attempt): string =>
  attempt.kind === 'done' ? attempt.externalId : attempt.kind;
const shown = () => JSON.stringify(slack.messages.map(({ blocks }) => blocks));
const thread = () =>
  slack.messages.filter(({ thread_ts: ts }) => ts !== undefined).map(({ text }) => text);

describe('an incident in Slack', () => {
  test('is one message that shows everything, and where people open it', async () => {
    const attempt = await wire().open(ticketOf(), 'a');
    const [message] = slack.messages;
    const ts = message?.ts ?? '';
    expect(attempt).toEqual({
      kind: 'done',
      externalId: `${CHANNEL}/${ts}`,
      url: `https://shop.slack.com/archives/${CHANNEL}/p${ts.replace('.', '')}`,
    });
    for (const text of [
      'checkout: connection refused by payments-db',
      '90 of 100 requests fail',
      'payments-db → payments → checkout',
      'connect ECONNREFUSED',
      'payments-db (high confidence, 5.2)',
      'no spans of payments-db',
      'Restart payments-db.',
      'https://wiki.example.com/payments-db',
      'https://sluice.example.com/incidents/inc_01k0',
      'https://sluice.example.com/records/rec_1',
      'production',
      '2026-11-30 10:00:00 UTC',
    ])
      expect(shown()).toContain(text);
    expect(message?.text).toBe('🟠 High: checkout: connection refused by payments-db');
  });

  test('has buttons where clicks are believed, those that its state allows', async () => {
    await wire().open(ticketOf(), 'a');
    expect(shown()).not.toContain('sluice_acknowledge');
    const clicked = slackWire(parts(CHANNEL, { signing_secret: '0123456789abcdef' }));
    const id = idOf(await clicked.open(ticketOf(), 'a'));
    expect(shown()).toContain('sluice_acknowledge');
    await clicked.update(id, ticketOf({ state: 'resolved' }));
    expect(JSON.stringify(slack.messages.at(1)?.blocks)).not.toMatch(
      /sluice_(?:acknowledge|resolve)/,
    );
  });

  test('says each news once in its thread, however often it is brought up to date', async () => {
    const id = idOf(await wire().open(ticketOf({ cause: null }), 'a'));
    const steps = [
      ticketOf({ revision: 4 }),
      ticketOf({ state: 'acknowledged', acknowledgedBy: 'ann' }),
      ticketOf({ state: 'acknowledged', acknowledgedBy: 'ann', band: 'critical' }),
      ticketOf({ state: 'resolved', band: 'critical' }),
      ticketOf({ generation: 2, band: 'critical' }),
    ];
    for (const step of steps) {
      await wire().update(id, step);
      await wire().update(id, step);
    }
    expect(thread()).toEqual([
      'Likely cause: payments-db.',
      'Acknowledged by ann.',
      'Severity is now Critical.',
      'Resolved.',
      'It is back.',
    ]);
  });

  test('says its news once when the answer to it was lost', async () => {
    const id = idOf(await wire().open(ticketOf(), 'a'));
    slack.fails({ when: 'after', answer: 'cut', of: /postMessage/ });
    const acknowledged = ticketOf({ state: 'acknowledged' });
    expect(await wire().update(id, acknowledged)).toMatchObject({ kind: 'unknown' });
    expect(await wire().update(id, acknowledged)).toMatchObject({ kind: 'done' });
    expect(thread()).toEqual(['Acknowledged.']);
  });

  test('is found again by what only an app sees, behind hundreds of messages, its twin beside it', async () => {
    slack.fails({ when: 'after', answer: 'cut' });
    expect(await wire().open(ticketOf(), 'a')).toMatchObject({ kind: 'unknown' });
    await wire().open(ticketOf(), 'b');
    const first = slack.messages[0]?.ts;
    const second = slack.messages[1]?.ts;
    for (let index = 0; index < 450; index++)
      slack.messages.push({
        ts: `${1_796_040_000 + index}.0`,
        text: 'hi',
        blocks: [],
        metadata: null,
      });
    const found = await wire().find(ticketOf());
    expect(found).toMatchObject({ kind: 'found', externalId: `${CHANNEL}/${first}` });
    expect(found).toMatchObject({ extras: [`${CHANNEL}/${second}`] });
    await wire().closeExtra(`${CHANNEL}/${second}`, `${CHANNEL}/${first}`);
    expect(await wire().find(ticketOf())).toMatchObject({ extras: [] });
    expect(await wire().find(ticketOf({ incidentId: 'never' }))).toEqual({ kind: 'none' });
  });

  test('whose message was deleted is gone', async () => {
    const id = idOf(await wire().open(ticketOf(), 'a'));
    slack.messages.length = 0;
    expect(await wire().update(id, ticketOf())).toMatchObject({ kind: 'gone' });
  });

  test('that nobody acknowledges says so in the channel', async () => {
    const id = idOf(await wire().open(ticketOf(), 'a'));
    expect(await wire().remind?.(id, ticketOf(), 1)).toMatchObject({
      kind: 'done',
      externalId: id,
    });
    expect(thread()).toEqual(['Nobody has acknowledged this since 2026-11-30 10:00:00 UTC.']);
    expect(slack.seen.at(-1)?.body).toContain('"reply_broadcast":true');
  });
});

describe('a test call', () => {
  test.each([
    ['works', {}, { kind: 'done' }],
    [
      'a wrong token',
      { bot_token: 'xoxb-9999999999-z' },
      { fault: 'credentials', reason: 'Slack says invalid_auth' },
    ],
    [
      'no history',
      { scopes: ['chat:write'] },
      { fault: 'credentials', reason: expect.stringContaining('channels:history') },
    ],
    [
      'no writing',
      { scopes: ['channels:history'] },
      { fault: 'credentials', reason: 'the bot needs the scope chat:write' },
    ],
    [
      'a bot that is not in the channel',
      { channel: OTHER_CHANNEL },
      { fault: 'request', reason: expect.stringContaining('invite the bot') },
    ],
  ])('says of %s what is to do, and writes nothing', async (_name, given: object, expected) => {
    const wanted: { bot_token?: string; scopes?: string[]; channel?: string } = given;
    slack.scopes = wanted.scopes ?? slack.scopes;
    const secrets = wanted.bot_token === undefined ? {} : { bot_token: wanted.bot_token };
    expect(await slackWire(parts(wanted.channel, secrets)).test()).toMatchObject(expected);
    expect(slack.messages).toEqual([]);
  });
});

// https://docs.slack.dev/reference/methods/chat.postMessage#errors
test.each([
  ['invalid_auth', { kind: 'refused', fault: 'credentials' }],
  ['token_revoked', { kind: 'refused', fault: 'credentials' }],
  ['account_inactive', { kind: 'refused', fault: 'credentials' }],
  ['missing_scope', { kind: 'refused', fault: 'credentials' }],
  ['not_in_channel', { kind: 'refused', fault: 'request' }],
  ['is_archived', { kind: 'refused', fault: 'request' }],
  ['invalid_blocks', { kind: 'refused', fault: 'request' }],
  ['msg_too_long', { kind: 'refused', fault: 'request' }],
  ['no_text', { kind: 'refused', fault: 'request' }],
  ['ratelimited', { kind: 'later' }],
  ['service_unavailable', { kind: 'later' }],
  ['internal_error', { kind: 'unknown' }],
  ['fatal_error', { kind: 'unknown' }],
  ['something_new', { kind: 'refused', fault: 'request' }],
])('%s is read for what is known after it', async (error, expected) => {
  const answering = answeredParts(parts(), () => answered(200, { ok: false, error }));
  expect(await slackWire(answering).open(ticketOf(), 'a')).toMatchObject(expected);
});
