import { describe, expect, test } from 'vitest';
import { jiraInbound } from '../../../../lambdas/sre/destinations/jira/inbound.ts';
import { hmacHex } from '../../../../lambdas/sre/destinations/shared/signed.ts';
import { hex, inboundOf } from '../../../support/sre/inbound.ts';

const SECRET = "It's a Secret to Everybody";
const AT_MS = Date.parse('2026-11-30T10:00:00Z');

const read = (body: object | string, signature?: string, nowMs = AT_MS + 1_000) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const header = { 'x-hub-signature': signature ?? `sha256=${hex('sha256', SECRET, text)}` };
  return jiraInbound(SECRET).read(inboundOf(text, header, nowMs));
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
