import { describe, expect, test } from 'vitest';
import { jiraInbound } from '../../../../lambdas/sre/destinations/jira/inbound.ts';
import { hmacHex } from '../../../../lambdas/sre/destinations/shared/signed.ts';
import { hex, inboundOf } from '../../../support/sre/inbound.ts';

const SECRET = "It's a Secret to Everybody";
const AT_MS = Date.parse('2026-11-30T10:00:00Z');

const read = (body: object | string, signature?: string, nowMs = AT_MS + 1_000) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const header = { 'x-hub-signature': signature ?? `sha256=${hex('sha256', SECRET, text)}` };
  return jiraInbound(SECRET, 'sluice@desk.example').read(inboundOf(text, header, nowMs));
};
const moved = (category: string, items: readonly object[] = [{ field: 'status', to: '3' }]) => ({
  timestamp: AT_MS,
  webhookEvent: 'jira:issue_updated',
  user: { accountId: '5b10', displayName: 'Ann Lee' },
  issue: { id: '10001', key: 'OPS-1', fields: { status: { statusCategory: { key: category } } } },
  changelog: { id: '10124', items },
});
const event = (kind: string) => ({
  id: `10001 10124 ${kind}`,
  incidentId: null,
  externalId: '10001',
  generation: null,
  atMs: AT_MS,
  isOwnAccount: false,
  by: 'Ann Lee',
  action: { kind },
});
const TAKEN_UP = [
  { field: 'resolution', from: '1', to: null },
  { field: 'status', to: '1' },
];

describe('a webhook of Jira', () => {
  // The example of https://developer.atlassian.com/cloud/jira/platform/webhooks/#secure-admin-webhooks
  test('is signed as the documentation shows', () => {
    expect(hmacHex('sha256', SECRET, Buffer.from('Hello World!'))).toBe(
      'a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9',
    );
  });

  test.each([
    ['done', undefined, ['resolve']],
    ['indeterminate', undefined, ['acknowledge']],
    ['new', undefined, []],
    ['new', TAKEN_UP, ['reopen']],
    ['indeterminate', TAKEN_UP, ['reopen', 'acknowledge']],
    ['done', [{ field: 'summary', to: null }], []],
  ])('of an issue that moves to %s, changes %j, is %j', (category, items, kinds) => {
    expect(read(moved(category, items))).toEqual({ kind: 'read', events: kinds.map(event) });
  });

  test.each([
    ['by the account that made the issue', { accountId: '5b10' }, true],
    ['by somebody else', { accountId: '5b11' }, false],
    ['by an account of Data Center', { name: 'ann', accountId: undefined }, false],
  ])('of a move %s says so', (_name, creator, isOwnAccount) => {
    const body = moved('indeterminate');
    const fields = { ...body.issue.fields, creator };
    const { events } = { events: [], ...read({ ...body, issue: { ...body.issue, fields } }) };
    expect(events).toMatchObject([{ isOwnAccount }]);
  });

  test.each([
    ['of wiki text', 'is it *DNS*?\u0000'],
    [
      'of a document',
      {
        type: 'doc',
        content: [{ type: 'paragraph', content: [{ type: 'text', text: 'is it *DNS*?' }] }],
      },
    ],
  ])('brings a comment %s', (_name, body) => {
    const comment = { id: '7', author: { name: 'ann' }, body };
    const said = { ...moved('new'), webhookEvent: 'comment_created', comment };
    expect(read(said)).toMatchObject({
      events: [
        {
          id: 'comment 7',
          externalId: '10001',
          by: 'ann',
          action: { kind: 'comment', text: 'is it *DNS*?' },
        },
      ],
    });
  });

  test.each([
    ['by the account that made the issue', { accountId: '5b10' }, true],
    [
      'by the address of the account',
      { accountId: '7', emailAddress: 'Sluice@desk.example' },
      true,
    ],
    ['by somebody else', { accountId: '5b11', emailAddress: 'ann@desk.example' }, false],
    ['by nobody who is named', {}, false],
  ])('of a comment %s says so', (_name, author, isOwnAccount) => {
    const body = moved('new');
    const comment = { id: '7', author, body: 'hm' };
    const fields = { ...body.issue.fields, creator: { accountId: '5b10' } };
    const issue = { ...body.issue, fields };
    expect(read({ ...body, webhookEvent: 'comment_created', comment, issue })).toMatchObject({
      events: [{ isOwnAccount }],
    });
  });

  test('of a comment names its author where it does not say who made the issue', () => {
    const comment = { id: '7', author: { accountId: '5b11' }, body: 'hm' };
    const said = { ...moved('new'), webhookEvent: 'comment_created', comment };
    expect(read(said)).toMatchObject({ events: [{ isOwnAccount: false, account: '5b11' }] });
    const issue = {
      ...said.issue,
      fields: { ...said.issue.fields, creator: { accountId: '5b10' } },
    };
    expect(JSON.stringify(read({ ...said, issue }))).not.toContain('"account"');
  });

  const text = JSON.stringify(moved('done'));
  test.each([
    ['nothing', ''],
    ['another secret', `sha256=${hex('sha256', 'other', text)}`],
    ['another body', `sha256=${hex('sha256', SECRET, `${text} `)}`],
    ['a weaker digest', `sha1=${hex('sha1', SECRET, text)}`],
  ])('signed by %s is refused', (_name, signature) => {
    expect(read(text, signature)).toMatchObject({ kind: 'refused' });
  });

  test('is refused a day later', () => {
    expect(read(text, undefined, AT_MS + 25 * 3_600_000)).toMatchObject({ kind: 'refused' });
  });

  test.each(['', '[]', '{"timestamp":1}'])('that says %j is no event', (body) => {
    expect(read(body)).toEqual({ kind: 'read', events: [] });
  });
});
