import { VERSION } from '../../lib/shared/version.ts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { keyView, say, sharedE2e } from '../support/e2e.ts';

const ASKED =
  'authorization, content-type, x-stainless-os, x-stainless-retry-count, anthropic-version';

/** The life of a key, and what needs none. */
const e2e = sharedE2e();
beforeAll(async () => await e2e.start());
afterAll(async () => await e2e.stop());

const { api, mint, own } = e2e;

test('a patch takes effect on the next call, and a rotated key works for its grace period', async () => {
  const name = `findable-${Date.now()}`;
  const key = await mint({ metadata: { team: 'red' }, name });
  await api('PATCH', `/v1/keys/${key.id}`, e2e.stack.adminKey, { status: 'paused' });
  expect((await api('POST', '/v1/chat/completions', key.secret, say('hi'))).status).toBe(401);
  await api('PATCH', `/v1/keys/${key.id}`, e2e.stack.adminKey, {
    status: 'active',
    max_spend_usd: 2,
  });
  expect((await own(key.secret)).available_micros).toBe(2_000_000);
  const rotated = keyView.parse(
    await (
      await api('POST', `/v1/keys/${key.id}/rotate`, e2e.stack.adminKey, { grace_seconds: 60 })
    ).json(),
  );
  for (const secret of [key.secret, rotated.secret])
    expect((await api('POST', '/v1/chat/completions', secret, say('hi'))).status).toBe(200);
  const found: unknown = await (
    await api('GET', `/v1/keys?name=${name}&metadata.team=red`, e2e.stack.adminKey)
  ).json();
  expect(found).toMatchObject({ data: [{ id: key.id }], has_more: false });
  expect(JSON.stringify(found)).not.toContain(key.secret);
});

test('health, the contract, its page and a preflight need no key', async () => {
  const health = await (await fetch(`${e2e.stack.baseUrl}/health`)).json();
  expect(health).toEqual({ status: 'ok', version: VERSION });
  expect(await (await fetch(e2e.stack.baseUrl)).json()).toMatchObject({ version: VERSION });
  const page = await fetch(`${e2e.stack.baseUrl}/docs`);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await page.text()).toContain('<h1>Sluice');
  expect(await (await fetch(`${e2e.stack.baseUrl}/openapi.json`)).json()).toMatchObject({
    openapi: '3.1.0',
  });
  const preflight = await fetch(`${e2e.stack.baseUrl}/v1/chat/completions`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': ASKED,
    },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get('access-control-allow-headers')).toBe(ASKED);
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
});

test('a browser may read the headers of every answer, refused or not', async () => {
  const key = await mint();
  for (const secret of [key.secret, 'nonsense']) {
    const answer = await fetch(`${e2e.stack.baseUrl}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${secret}`, origin: 'https://app.example' },
      body: JSON.stringify(say('hi')),
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const exposed = answer.headers.get('access-control-expose-headers')?.split(', ') ?? [];
    const sent = [...answer.headers.keys()].filter((name) => /^x-(sluice|request)-/.test(name));
    expect(sent.length).toBeGreaterThan(0);
    expect(new Set(sent).difference(new Set(exposed))).toEqual(new Set());
  }
});
