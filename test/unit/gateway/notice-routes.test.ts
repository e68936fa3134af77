import { NOTICE_EVENTS } from '../../../lambdas/ledger/domain/notice.ts';
import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { noticeSchema } from '../../../lambdas/gateway/formats/notice-contract.ts';
import { as, gatewayRoom, type GatewayRoom } from '../../support/gateway-room.ts';

const any = z.looseObject({});
const withSecret = noticeSchema.extend({ secret: z.string().optional() });
const failure = z.object({ error: z.looseObject({ code: z.string(), param: z.string() }) });
const HOOK = { kind: 'webhook', name: 'billing', url: 'https://example.com/hook' };
const MAIL = { kind: 'email', name: 'people', addresses: ['ops@example.com'] };

let room: GatewayRoom;
beforeEach(async () => void (room = await gatewayRoom()));

const sent = async (status: number, method: string, path: string, body?: object) => {
  const answer = await room.send(method, path, body);
  expect(answer.status, answer.body).toBe(status);
  return any.parse(JSON.parse(answer.body));
};
const made = async (body: object) => await as(withSecret, room.send('POST', '/v1/notices', body));

describe('notices of a project', () => {
  test('are made, read, changed and removed, and each change has its record', async () => {
    const { id, secret } = await made(HOOK);
    expect(secret).toMatch(/^whsec_/);
    expect(room.desk.secrets.get(id)).toBe(secret);
    const shown = await as(noticeSchema, room.send('GET', `/v1/notices/${id}`));
    expect(shown).toMatchObject({ url: HOOK.url, events: [...NOTICE_EVENTS] });
    const changed = { thresholds: [0.5], signing_secret: 'another-secret-0123' };
    await sent(200, 'PATCH', `/v1/notices/${id}`, changed);
    expect(room.desk.secrets.get(id)).toBe('another-secret-0123');
    const list = JSON.stringify(await sent(200, 'GET', '/v1/notices'));
    expect(list).toContain('"thresholds":[0.5]');
    await sent(200, 'DELETE', `/v1/notices/${id}`);
    expect(room.desk.secrets.size).toBe(0);
    await sent(404, 'GET', `/v1/notices/${id}`);
    await sent(404, 'DELETE', `/v1/notices/${id}`);
    const records = JSON.stringify(await sent(200, 'GET', '/v1/project/changes'));
    for (const action of ['created', 'changed', 'removed'])
      expect(records).toContain(`"subject":"notices/${id}","action":"${action}"`);
    for (const text of [list, records])
      for (const word of [secret ?? '', 'another-secret']) expect(text).not.toContain(word);
  });

  test('that go to another host are signed by another secret, shown once; on the same host by the same', async () => {
    const { id, secret } = await made(HOOK);
    const path = `/v1/notices/${id}`;
    const moved = await sent(200, 'PATCH', path, { url: 'https://example.com/other' });
    expect(moved).not.toHaveProperty('secret');
    expect(room.desk.secrets.get(id)).toBe(secret);
    const away = await sent(200, 'PATCH', path, { url: 'https://example.org/hook' });
    expect(away['secret']).toMatch(/^whsec_/);
    expect(away['secret']).not.toBe(secret);
    expect(room.desk.secrets.get(id)).toBe(away['secret']);
    await sent(200, 'POST', `${path}/test`);
    expect(room.desk.posts.at(-1)).toMatchObject({ secret: away['secret'] });
    expect(await sent(200, 'GET', path)).not.toHaveProperty('secret');
    const own = { url: 'https://example.net/hook', signing_secret: 'another-secret-0123' };
    expect(await sent(200, 'PATCH', path, own)).not.toHaveProperty('secret');
    expect(room.desk.secrets.get(id)).toBe(own.signing_secret);
  });

  test.each([
    ['a webhook without an address', { ...HOOK, url: undefined }, 'url'],
    ['a webhook to a private address', { ...HOOK, url: 'https://10.0.0.1/' }, 'url'],
    ['a webhook without encryption', { ...HOOK, url: 'http://example.com/' }, 'url'],
    ['a webhook with a password', { ...HOOK, url: 'https://a:b@example.com/' }, 'url'],
    ['a webhook with mails', { ...HOOK, addresses: ['a@example.com'] }, 'addresses'],
    ['a mail to nobody', { ...MAIL, addresses: [] }, 'addresses'],
    ['a mail to no address', { ...MAIL, addresses: ['ada'] }, 'addresses.0'],
    [
      'a mail with a header in it',
      { ...MAIL, addresses: ['a@b.example\r\nBcc: c'] },
      'addresses.0',
    ],
    [
      'a mail to more than SES takes',
      { ...MAIL, addresses: Array.from({ length: 51 }, (_, index) => `a${index}@example.com`) },
      'addresses',
    ],
    ['a mail with an address of a webhook', { ...MAIL, url: HOOK.url }, 'url'],
    ['a mail that is signed', { ...MAIL, signing_secret: '0123456789abcdef' }, 'signing_secret'],
    ['a link that is no page', { ...MAIL, user_link: 'javascript:alert(1)' }, 'user_link'],
    ['an event that is none', { ...HOOK, events: ['key.made'] }, 'events.0'],
    ['a share above the cap', { ...HOOK, thresholds: [1.1] }, 'thresholds.0'],
    ['a kind that is none', { ...HOOK, kind: 'sms' }, 'kind'],
    ['a short secret', { ...HOOK, signing_secret: 'secret' }, 'signing_secret'],
  ])('are not %s', async (_, body, param) => {
    const answer = await room.send('POST', '/v1/notices', body);
    expect([answer.status, failure.parse(JSON.parse(answer.body)).error.param]).toEqual([
      400,
      param,
    ]);
    expect(room.desk.secrets.size).toBe(0);
  });

  test('are at most ten, and one more leaves no secret behind', async () => {
    for (let index = 0; index < 10; index++) await made(HOOK);
    await sent(409, 'POST', '/v1/notices', HOOK);
    expect(room.desk.secrets.size).toBe(10);
  });

  test('are made and changed by admins alone, and read by readers', async () => {
    const { id } = await made(HOOK);
    const key = async (scope: string) => (await room.mint({ scope })).secret;
    const [viewer, standard] = [await key('viewer'), await key('standard')];
    const status = async (method: string, path: string, secret: string, body?: object) =>
      (await room.send(method, path, body, secret)).status;
    expect(await status('GET', `/v1/notices/${id}`, viewer)).toBe(200);
    expect(await status('POST', '/v1/notices', viewer, HOOK)).toBe(403);
    expect(await status('POST', `/v1/notices/${id}/test`, viewer)).toBe(403);
    expect(await status('GET', '/v1/notices', standard)).toBe(403);
  });
});

describe('a test of a notice', () => {
  test('of a webhook is signed and has no facts of anybody', async () => {
    const { id, secret } = await made(HOOK);
    expect(await sent(200, 'POST', `/v1/notices/${id}/test`)).toMatchObject({
      ok: true,
      problem: null,
    });
    expect(room.desk.posts[0]).toMatchObject({ url: HOOK.url, secret });
    expect(JSON.parse(room.desk.posts[0]?.body ?? '')).toMatchObject({ type: 'test', data: {} });
  });

  test('of a mail shows the operators what they and users would be sent', async () => {
    const { id } = await made({ ...MAIL, user_address_field: 'email', product_name: 'Quill' });
    await sent(200, 'POST', `/v1/notices/${id}/test`);
    expect(room.desk.mails.map(({ to, subject }) => [to.join(), subject])).toEqual([
      ['ops@example.com', '[Test] Key “a key of this test” has used 80% of its lifetime cap'],
      ['ops@example.com', '[Test] You have used 80% of your Quill budget'],
    ]);
  });

  test.each([
    ['is refused', MAIL, 'SES: MessageRejected'],
    [
      'has nobody to go to',
      { ...MAIL, addresses: [], user_address_field: 'email' },
      'no addresses',
    ],
    [
      'is beyond its day',
      { ...MAIL, addresses: ['a@b.example', 'c@d.example'], mails_per_day: 1 },
      'the 1 mails',
    ],
  ])('that %s says why', async (_, body, problem) => {
    room.desk.answer = () => ({ kind: 'refused', reason: 'SES: MessageRejected' });
    const { id } = await made(body);
    const answer = await sent(200, 'POST', `/v1/notices/${id}/test`);
    expect(answer).toMatchObject({ ok: false });
    expect(answer['problem']).toContain(problem);
  });
});
