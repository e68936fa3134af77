import { beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { rememberedSecrets } from '../../../../lambdas/sre/adapters/remembered-secrets.ts';
import { tableRunbookBook } from '../../../../lambdas/sre/adapters/table-runbook-book.ts';
import { hostsOf, secretsFor } from '../../../../lambdas/sre/domain/bound-secrets.ts';
import type { DestinationSecrets } from '../../../../lambdas/sre/ports/destinations.ts';
import { runbookRoutes } from '../../../../lambdas/sre/routes/runbook-routes.ts';
import {
  destinationRoutesIn,
  secretsIn,
  type KeptSecrets,
} from '../../../support/sre/destination-room.ts';
import { START_MS } from '../../../support/sre/entries.ts';
import { sreRoom, type SreRoom } from '../../../support/sre/sre-room.ts';

const [OURS, THEIRS] = ['https://shop.atlassian.net', 'https://evil.example'];
const JIRA = {
  kind: 'jira',
  name: 'tickets',
  settings: { url: OURS, project: 'OPS' },
  secrets: { email: 'ann@example.com', api_token: 'real-token-0123456789' },
};
const made = z.looseObject({ id: z.string(), secret: z.string().optional() });

let room: SreRoom;
let kept: KeptSecrets;
let secrets: DestinationSecrets;
let runbooks: number;

beforeEach(async () => {
  kept = new Map();
  runbooks = 0;
  secrets = secretsIn(kept);
  room = await sreRoom(
    START_MS,
    ['/v1/destinations/{destination_id}', '/v1/runbooks/{runbook_id}'],
    (parts) => ({
      ...destinationRoutesIn(parts, {
        secrets,
        mail: async () => await Promise.resolve({ kind: 'done', externalId: '', url: null }),
        destinationsMax: 9,
      }),
      ...runbookRoutes({
        keys: parts.keys,
        runbooks: tableRunbookBook({ tables: parts.tables }),
        // Of another map in a stage; ids differ here too.
        secrets: secretsIn(kept),
        allowed: new Set(),
        isLoopbackAllowed: false,
        newRunbookId: () => `runbook_${String((runbooks += 1)).padStart(26, '0')}`,
        clock: parts.clock,
      }),
    }),
  );
});

const create = async (path: string, body: object) => {
  const answer = await room.send('POST', path, body);
  expect(answer.status).toBe(201);
  return made.parse(answer.body);
};

/** What a worker would open a destination with. */
const openedBy = async (id: string) => {
  const [item] = room.tables.items.sre.values().filter(({ sk }) => sk === id);
  const { destination } = z.object({ destination: z.string() }).parse(item);
  const { settings } = z
    .looseObject({ settings: z.record(z.string(), z.string()) })
    .parse(JSON.parse(destination));
  const secretsOf = rememberedSecrets(secrets);
  return await secretsOf({ id, revision: 1, secretNames: ['api_token'], settings });
};

describe('the secret of a destination', () => {
  test('does not go to another host: the change is refused until it is given again', async () => {
    const { id } = await create('/v1/destinations', JIRA);
    const path = `/v1/destinations/${id}`;
    const moved = { ...JIRA.settings, url: THEIRS };
    for (const body of [
      { settings: moved },
      { settings: moved, secrets: { email: 'eve@example.com' } },
    ]) {
      const answer = await room.send('PATCH', path, body);
      expect(answer.status).toBe(400);
      expect(JSON.stringify(answer.body)).toMatch(/another host/);
    }
    expect(await openedBy(id)).toEqual(JIRA.secrets);
    const other = { email: 'eve@example.com', api_token: 'another-token-0123456789' };
    const answer = await room.send('PATCH', path, { settings: moved, secrets: other });
    expect(answer.status).toBe(200);
    expect(await openedBy(id)).toEqual(other);
  });

  test.each([` ${THEIRS}`, `\t${THEIRS}`, `${THEIRS}\n`, THEIRS.replace('ttp', 't\ntp')])(
    'does not go to %j, which is another host however it is written',
    async (url) => {
      const { id } = await create('/v1/destinations', JIRA);
      const moved = { settings: { ...JIRA.settings, url } };
      expect((await room.send('PATCH', `/v1/destinations/${id}`, moved)).status).toBe(400);
      expect(await openedBy(id)).toEqual(JIRA.secrets);
      expect(hostsOf([url])).toEqual([THEIRS]);
    },
  );

  test('stays where the host stays, whatever else changes', async () => {
    const { id } = await create('/v1/destinations', JIRA);
    const body = { settings: { url: `${OURS}/`, project: 'OTHER' }, name: 'other' };
    expect((await room.send('PATCH', `/v1/destinations/${id}`, body)).status).toBe(200);
    expect(await openedBy(id)).toEqual(JIRA.secrets);
  });

  test('that was stored before hosts were is bound to the host of that time', async () => {
    const { id } = await create('/v1/destinations', JIRA);
    kept.set(id, JIRA.secrets);
    const path = `/v1/destinations/${id}`;
    const moved = { settings: { ...JIRA.settings, url: THEIRS } };
    expect((await room.send('PATCH', path, moved)).status).toBe(400);
    expect(await openedBy(id)).toEqual(JIRA.secrets);
  });

  test('is not used for another host, though two changes at once stored it beside the other address', async () => {
    const { id } = await create('/v1/destinations', JIRA);
    const path = `/v1/destinations/${id}`;
    const write = secrets.write.bind(secrets);
    let isFirst = true;
    // The first change has read the token, and writes it when the second one is done.
    secrets.write = async (name, given) => {
      if (isFirst) {
        isFirst = false;
        const other = { email: 'eve@example.com', api_token: 'another-token-0123456789' };
        const moved = { settings: { ...JIRA.settings, url: THEIRS }, secrets: other };
        expect((await room.send('PATCH', path, moved)).status).toBe(200);
      }
      await write(name, given);
    };
    await room.send('PATCH', path, { secrets: { webhook_secret: 'hook-secret-0123456789' } });
    expect(JSON.stringify(kept.get(id))).toContain('real-token');
    expect(await openedBy(id)).toEqual({});
  });

  test('of a webhook is made anew for another host, and shown this once', async () => {
    const { id, secret } = await create('/v1/destinations', {
      kind: 'webhook',
      name: 'desk',
      settings: { url: 'https://desk.example/x' },
    });
    const path = `/v1/destinations/${id}`;
    const near = await room.send('PATCH', path, { settings: { url: 'https://desk.example/y' } });
    expect(near.body).not.toHaveProperty('secret');
    const far = await room.send('PATCH', path, { settings: { url: `${THEIRS}/x` } });
    expect(far.body).toMatchObject({ secret: expect.stringMatching(/^whsec_/) });
    expect(made.parse(far.body).secret).not.toBe(secret);
    expect(JSON.stringify(kept.get(id))).not.toContain(secret);
  });
});

describe('the secret of a runbook', () => {
  const step = (action: object) => [{ id: 'go', title: 'Go', action }];
  const github = (base_url: string) =>
    step({
      kind: 'github_workflow',
      base_url,
      repository: 'a/b',
      workflow: 'x.yml',
      ref: 'main',
      parameters: {},
    });
  const webhook = (url: string) => step({ kind: 'webhook', url, parameters: {} });

  test('does not go to another host, by way of a runbook without steps either', async () => {
    const { id } = await create('/v1/runbooks', {
      name: 'deploy',
      steps: github('https://github.ours.example/api/v3'),
      secrets: { github_token: 'ghp_real' },
    });
    const path = `/v1/runbooks/${id}`;
    const evil = { steps: github(`${THEIRS}/api/v3`) };
    expect((await room.send('PATCH', path, evil)).status).toBe(400);
    expect((await room.send('PATCH', path, { steps: [] })).status).toBe(200);
    expect((await room.send('PATCH', path, evil)).status).toBe(400);
    const given = { ...evil, secrets: { github_token: 'ghp_other' } };
    expect((await room.send('PATCH', path, given)).status).toBe(200);
    expect(JSON.stringify(kept.get(id))).not.toContain('ghp_real');
  });

  test('that signs is made anew for another host', async () => {
    const { id, secret } = await create('/v1/runbooks', {
      name: 'restart',
      steps: webhook('https://ops.example/restart'),
    });
    const answer = await room.send('PATCH', `/v1/runbooks/${id}`, { steps: webhook(THEIRS) });
    expect(made.parse(answer.body).secret).toMatch(/^whsec_/);
    expect(made.parse(answer.body).secret).not.toBe(secret);
  });

  test('that was stored by a change which ended there is made anew, and the address before does not get it', async () => {
    const { id } = await create('/v1/runbooks', { name: 'restart', steps: [] });
    const path = `/v1/runbooks/${id}`;
    const transact = room.tables.transact.bind(room.tables);
    room.tables.transact = async () => await Promise.reject(new Error('it died there'));
    const change = { steps: webhook('https://ops.example/restart') };
    expect((await room.send('PATCH', path, change)).status).toBe(500);
    const unseen = kept.get(id)?.['signing_secret'];
    expect(unseen).toMatch(/^whsec_/);
    expect(secretsFor(kept.get(id) ?? {}, () => hostsOf(['https://old.example/x']))).toEqual({});
    room.tables.transact = transact;
    const shown = made.parse((await room.send('PATCH', path, change)).body).secret;
    expect(shown).toMatch(/^whsec_/);
    expect(kept.get(id)?.['signing_secret']).toBe(shown);
    expect(shown).not.toBe(unseen);
  });
});
