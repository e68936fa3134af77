import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { tableHealthBook } from '../../../../lambdas/sre/adapters/table-health-book.ts';
import { rememberedSecrets } from '../../../../lambdas/sre/adapters/remembered-secrets.ts';
import {
  destinationRoutesIn,
  secretsIn,
  type KeptSecrets,
} from '../../../support/sre/destination-room.ts';
import { START_MS } from '../../../support/sre/entries.ts';
import { sreRoom, type SreRoom } from '../../../support/sre/sre-room.ts';

const SLACK = {
  kind: 'slack',
  name: 'on-call',
  settings: { channel: 'C0123456789' },
  secrets: { bot_token: 'xoxb-0123456789', signing_secret: 'shhh-01234567890' },
};
const ROUTES_TOO_LARGE = Array.from({ length: 50 }, () => ({
  services: Array.from({ length: 100 }, (_, index) => `${index}`.padEnd(250, '漢')),
}));
const EMAIL = { kind: 'email', name: 'mail', settings: { to: 'ann@example.com' } };
const made = z.looseObject({ id: z.string() });

let room: SreRoom;
let kept: KeptSecrets;
let mail: 'done' | 'refused';

beforeEach(async () => {
  kept = new Map();
  mail = 'done';
  room = await sreRoom(
    START_MS,
    ['/v1/destinations/{destination_id}/test', '/v1/destinations/{destination_id}'],
    (parts) =>
      destinationRoutesIn(parts, {
        secrets: secretsIn(kept),
        mail: async () =>
          await Promise.resolve(
            mail === 'done'
              ? { kind: 'done', externalId: '', url: null }
              : { kind: 'refused', reason: 'SES: no sender', fault: 'request' },
          ),
        destinationsMax: 2,
      }),
  );
});

const create = async (body: object): Promise<string> => {
  const answer = await room.send('POST', '/v1/destinations', body);
  expect(answer.status).toBe(201);
  return made.parse(answer.body).id;
};
const pathOf = (id: string): string => `/v1/destinations/${id}`;

describe('a destination', () => {
  test('is shown again without what opens it, in a list and by itself', async () => {
    const id = await create(SLACK);
    expect(kept.get(id)).toMatchObject(SLACK.secrets);
    for (const path of ['/v1/destinations', pathOf(id)]) {
      const { status, body } = await room.send('GET', path);
      expect(status).toBe(200);
      expect(JSON.stringify(body)).toContain('"secret_names":["bot_token","signing_secret"]');
      expect(JSON.stringify(body)).not.toMatch(/xoxb|shhh/);
    }
  });

  test('of the kind webhook shows its secret in the answer of its creation, and never again', async () => {
    const body = { kind: 'webhook', name: 'desk', settings: { url: 'https://desk.example/x' } };
    const answer = await room.send('POST', '/v1/destinations', body);
    expect(answer.body).toMatchObject({ secret: expect.stringMatching(/^whsec_/) });
    const { id } = made.parse(answer.body);
    expect(JSON.stringify(await room.send('GET', pathOf(id)))).not.toContain('whsec_');
  });

  test.each([
    ['a kind that nobody knows', { ...SLACK, kind: 'fax' }, /kind/],
    ['settings of another kind', { ...SLACK, settings: { to: 'x' } }, /settings/],
    ['secrets of another kind', { ...SLACK, secrets: { password: 'p' } }, /secrets/],
    [
      'an address inside',
      { kind: 'webhook', name: 'x', settings: { url: 'https://10.0.0.1/' } },
      /settings\.url/,
    ],
    [
      'an address without TLS',
      { kind: 'webhook', name: 'x', settings: { url: 'http://a.example/' } },
      /settings\.url/,
    ],
    ['a member that is not there', { ...SLACK, colour: 'red' }, /colour/],
    ['more routes than an item holds', { ...SLACK, routes: ROUTES_TOO_LARGE }, /routes/],
  ])(
    'of %s is refused by the name of the field, and leaves no secret behind',
    async (_name, body, words) => {
      const answer = await room.send('POST', '/v1/destinations', body);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).toMatch(words);
      expect(JSON.stringify(answer.body)).not.toContain('xoxb');
      expect(kept.size).toBe(0);
    },
  );

  test('beyond the number of a project is a 409, and leaves no secret behind', async () => {
    await create(EMAIL);
    await create(EMAIL);
    expect((await room.send('POST', '/v1/destinations', SLACK)).status).toBe(409);
    expect(kept.size).toBe(0);
  });

  test('that the storage did not take leaves no secret behind', async () => {
    room.tables.transact = async () => await Promise.reject(new Error('no storage'));
    room.tables.write = async () => await Promise.reject(new Error('no storage'));
    expect((await room.send('POST', '/v1/destinations', SLACK)).status).toBe(500);
    expect(kept.size).toBe(0);
  });

  test('changes what is named: settings as a whole, secrets one by one, and is tried again at once', async () => {
    const id = await create(SLACK);
    await tableHealthBook({ tables: room.tables }).refuse(id, START_MS, START_MS + 9, 'no');
    const changed = await room.send('PATCH', pathOf(id), {
      settings: { channel: 'C9999999999' },
      secrets: { signing_secret: '', bot_token: 'xoxb-2222222222' },
      paused: true,
    });
    expect(changed.body).toMatchObject({
      name: 'on-call',
      settings: { channel: 'C9999999999' },
      secret_names: ['bot_token'],
      paused: true,
    });
    expect(kept.get(id)).toMatchObject({ bot_token: 'xoxb-2222222222' });
    expect(JSON.stringify(kept.get(id))).not.toContain('shhh');
    expect((await room.send('GET', pathOf(id))).body).toMatchObject({
      health: { refused_since: null, problem: null },
    });
  });

  test('is gone with its secrets, and what is not there is a 404', async () => {
    const id = await create(SLACK);
    expect((await room.send('DELETE', pathOf(id))).body).toMatchObject({ deleted: true });
    expect(kept.size).toBe(0);
    for (const [method, path] of [
      ['GET', pathOf(id)],
      ['DELETE', pathOf(id)],
      ['POST', `${pathOf(id)}/test`],
    ] as const)
      expect((await room.send(method, path)).status).toBe(404);
    expect((await room.send('PATCH', pathOf(id), { name: 'x' })).status).toBe(404);
  });

  test('says by a test whether it works, and why not', async () => {
    const id = await create(EMAIL);
    expect((await room.send('POST', `${pathOf(id)}/test`)).body).toMatchObject({
      ok: true,
      problem: null,
    });
    mail = 'refused';
    expect((await room.send('POST', `${pathOf(id)}/test`)).body).toMatchObject({
      ok: false,
      problem: 'SES: no sender',
    });
  });
});

describe('secrets in memory', () => {
  test('are read once a revision of the destination, and again where that failed', async () => {
    let reads = 0;
    const secretsOf = rememberedSecrets({
      read: async () => {
        reads++;
        return reads === 1
          ? await Promise.reject(new Error('throttled'))
          : await Promise.resolve({ token: String(reads) });
      },
    });
    const of = (revision: number) => ({
      id: 'dst_1',
      revision,
      secretNames: ['token'],
      settings: {},
    });
    await expect(secretsOf(of(1))).rejects.toThrow('throttled');
    expect(await secretsOf(of(1))).toEqual({ token: '2' });
    expect(await secretsOf(of(1))).toEqual({ token: '2' });
    expect(await secretsOf(of(2))).toEqual({ token: '3' });
    expect(await secretsOf({ ...of(3), secretNames: [] })).toEqual({});
    expect(reads).toBe(3);
  });
});
