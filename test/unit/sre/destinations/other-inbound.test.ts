import { describe, expect, test } from 'vitest';
import { opsgenieInbound } from '../../../../lambdas/sre/destinations/opsgenie/inbound.ts';
import { zammadInbound } from '../../../../lambdas/sre/destinations/zammad/inbound.ts';
import { hex, inboundOf } from '../../../support/sre/inbound.ts';

const AT_MS = Date.parse('2026-11-30T10:00:00Z');

describe('a webhook of Opsgenie', () => {
  const TOKEN = 'a-token-of-our-own-making';
  const webhook = (action: string, alert: object = {}) => ({
    action,
    integrationName: 'Webhook',
    alert: {
      alertId: '052652ac',
      alias: 'inc_1#2',
      username: 'fili@ghaziri.com',
      updatedAt: 1_796_032_800_000_000,
      ...alert,
    },
  });
  const read = (body: object | string, token: string | undefined = TOKEN) =>
    opsgenieInbound(TOKEN).read(
      inboundOf(body, token === undefined ? {} : { 'x-sluice-token': token }, AT_MS),
    );

  test.each([
    ['Acknowledge', { kind: 'acknowledge' }],
    ['Close', { kind: 'resolve' }],
    ['AddNote', { kind: 'comment', text: 'is it DNS?' }],
  ])('%s is what somebody did', (name, action) => {
    expect(read(webhook(name, { note: ' is it DNS?\u0007 ' }))).toEqual({
      kind: 'read',
      events: [
        {
          id: `052652ac ${name} 1796032800000000`,
          incidentId: 'inc_1',
          generation: 2,
          externalId: null,
          atMs: AT_MS,
          isOwnAccount: false,
          by: 'fili@ghaziri.com',
          action,
        },
      ],
    });
  });

  test.each([
    ['milliseconds', AT_MS],
    ['microseconds', AT_MS * 1_000],
    ['nanoseconds', `${AT_MS}000000`],
  ])('says when it was done in %s', (_unit, updatedAt) => {
    expect(read(webhook('Close', { updatedAt }))).toMatchObject({ events: [{ atMs: AT_MS }] });
  });

  test.each([
    ['of another kind', webhook('AssignOwnership')],
    ['of somebody else', webhook('Close', { alias: 'disk' })],
    ['of what we did', webhook('Close', { username: 'Sluice' })],
    ['of an empty note', webhook('AddNote')],
    ['of nothing', '{}'],
  ])('one %s is no event', (_name, body) => {
    expect(read(body)).toEqual({ kind: 'read', events: [] });
  });

  test('is taken with the token in its address, where a header cannot be added', () => {
    const request = inboundOf(webhook('Close'), {}, AT_MS, { token: TOKEN });
    expect(opsgenieInbound(TOKEN).read(request)).toMatchObject({
      events: [{ incidentId: 'inc_1' }],
    });
  });

  test.each(['', 'another', TOKEN.slice(0, 10), `${TOKEN}x`])(
    'with the token %j is refused',
    (token) => {
      expect(read(webhook('Close'), token)).toMatchObject({ kind: 'refused' });
    },
  );

  test('is refused where no token is kept', () => {
    for (const kept of ['', undefined])
      expect(opsgenieInbound(kept).read(inboundOf(webhook('Close'), {}, AT_MS))).toMatchObject({
        kind: 'refused',
      });
  });
});

describe('a webhook of Zammad', () => {
  const SECRET = 'zammad-signature-token';
  const webhook = (state: string, article: object | null = null) => ({
    ticket: {
      id: 81,
      state,
      updated_at: '2026-11-30T10:00:00.000Z',
      updated_by: { firstname: 'Ann', lastname: 'Lee', login: 'ann@example.com' },
    },
    article,
  });
  const read = (body: object | string, signature?: string, nowMs = AT_MS + 1_000) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const header = signature ?? `sha1=${hex('sha1', SECRET, text)}`;
    return zammadInbound(SECRET).read(inboundOf(text, { 'x-hub-signature': header }, nowMs));
  };

  test.each([
    ['open', 'acknowledge'],
    ['pending reminder', 'acknowledge'],
    ['closed', 'resolve'],
    ['merged', 'resolve'],
  ])('of a ticket that is %s says %s', (state, kind) => {
    expect(read(webhook(state))).toEqual({
      kind: 'read',
      events: [
        {
          id: `81 2026-11-30T10:00:00.000Z ${kind}`,
          incidentId: null,
          externalId: '81',
          generation: null,
          atMs: AT_MS,
          isOwnAccount: false,
          by: 'Ann Lee',
          action: { kind },
        },
      ],
    });
  });

  test('says that the account that made the ticket moved it', () => {
    const { ticket, article } = webhook('open');
    const body = { ticket: { ...ticket, created_by: { login: 'ann@example.com' } }, article };
    expect(read(body)).toMatchObject({ events: [{ isOwnAccount: true }] });
  });

  test('brings what somebody wrote, without its tags', () => {
    const article = {
      id: 104,
      subject: 'Re:',
      body: '<p>is it <b>DNS</b>?</p>a &lt;b&gt;',
      created_by: { login: 'ann' },
    };
    expect(read(webhook('new', article))).toMatchObject({
      events: [
        { id: 'article 104', by: 'ann', action: { kind: 'comment', text: 'is it DNS?\na <b>' } },
      ],
    });
  });

  test('of an article of ours is no event', () => {
    const article = { id: 105, subject: 'Sluice: High, Resolved (1a2b3c4d)', body: 'x' };
    expect(read(webhook('closed', article))).toEqual({ kind: 'read', events: [] });
  });

  const text = JSON.stringify(webhook('closed'));
  test.each([
    ['nothing', ''],
    ['another secret', `sha1=${hex('sha1', 'other', text)}`],
    ['another body', `sha1=${hex('sha1', SECRET, `${text} `)}`],
  ])('signed by %s is refused', (_name, signature) => {
    expect(read(text, signature)).toMatchObject({ kind: 'refused' });
  });

  test('is refused a day later', () => {
    expect(read(text, undefined, AT_MS + 25 * 3_600_000)).toMatchObject({ kind: 'refused' });
  });
});
