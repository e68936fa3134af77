import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { noticeSchema } from '../../lambdas/gateway/formats/notice-contract.ts';
import { keyWithSecretSchema } from '../../lambdas/gateway/formats/openapi-schemas.ts';
import { webhookSignature } from '../../lambdas/shared/webhook-signature.ts';
import { as } from '../support/answer-as.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { say, sharedE2e } from '../support/e2e.ts';
import { adminOfOtherProject } from '../support/other-project.ts';
import { eventually } from '../support/stack.ts';
import { startToolServer, type ToolServer } from '../support/tool-server.ts';

const withSecret = noticeSchema.extend({ secret: z.string().optional() });
const testOf = z.looseObject({ ok: z.boolean(), problem: z.string().nullable() });
const news = z.looseObject({
  id: z.string(),
  type: z.string(),
  data: z.looseObject({ key_id: z.string().optional(), threshold: z.number().nullish() }),
});

laptopSuite('notices of caps', 'a stage posts to public addresses and mails by SES alone', () => {
  const e2e = sharedE2e();
  let desk: ToolServer;
  let admin = '';
  beforeAll(async () => {
    await e2e.start();
    desk = await startToolServer([{ status: 204, body: '' }]);
    admin = await adminOfOtherProject(e2e.stack.stateDir, 'project_notices');
  });
  afterAll(async () => {
    desk.stop();
    await e2e.stop();
  });

  const created = async <T extends z.ZodType>(schema: T, path: string, body: object) => {
    const answer = await e2e.api('POST', path, admin, body);
    expect(answer.status, await answer.clone().text()).toBe(201);
    return schema.parse(await answer.json());
  };
  /** Asks until money is refused; answers how often it was not. */
  const spendAll = async (secret: string): Promise<number> => {
    for (let calls = 0; ; calls++) {
      const small = { ...say('hi'), max_tokens: 20 };
      const answer = await e2e.api('POST', '/v1/chat/completions', secret, small);
      await answer.text();
      if (answer.status === 402) return calls;
    }
  };
  const heard = () => desk.heard.map(({ body }) => news.parse(JSON.parse(body)));
  const page = async (): Promise<string> =>
    await (await fetch(`${e2e.stack.baseUrl}/_local`)).text();

  test('a webhook is signed and hears of each share once, and mails reach operators and the user', async () => {
    const hook = await created(withSecret, '/v1/notices', {
      kind: 'webhook',
      name: 'billing',
      url: desk.url,
    });
    await created(withSecret, '/v1/notices', {
      kind: 'email',
      name: 'people',
      addresses: ['caps@example.com'],
      user_address_field: 'email',
      product_name: 'Quill',
    });
    const tested = e2e.api('POST', `/v1/notices/${hook.id}/test`, admin);
    expect(await as(testOf, tested)).toMatchObject({ ok: true, problem: null });
    const key = await created(keyWithSecretSchema, '/v1/keys', {
      name: 'Ada & <co>',
      user_id: 'ada',
      max_spend_usd: 0.00008,
      warn_at: [0.3],
      metadata: { email: 'ada@example.org' },
    });
    expect(await spendAll(key.secret)).toBeGreaterThan(1);
    await eventually(async () => {
      const ofKey = await Promise.resolve(heard().filter(({ data }) => data.key_id === key.id));
      expect(ofKey.map(({ type }) => type).toSorted()).toEqual([
        'key.cap_reached',
        'key.cap_warned',
      ]);
    });
    expect(heard()[0]?.type).toBe('test');
    for (const { headers, body } of desk.heard)
      expect(headers['x-sluice-signature']).toBe(
        webhookSignature(hook.secret ?? '', Number(headers['x-sluice-timestamp']), body),
      );
    await eventually(async () => {
      const shown = await page();
      expect(shown).toContain('caps@example.com: Key “Ada &amp; &lt;co&gt;” has used 30%');
      expect(shown).toContain('ada@example.org: You have used 30% of your Quill budget');
      expect(shown).toContain('ada@example.org: You have used up your Quill budget');
    });
    const { health } = await as(noticeSchema, e2e.api('GET', `/v1/notices/${hook.id}`, admin));
    expect(health).toMatchObject({ problem: null, mails_left_out: 0 });
    expect(health.last_sent_at).not.toBeNull();
  });

  test('a webhook hears of each share of the cap of a project once, whichever keys spend it, and of a lowered cap', async () => {
    const cap = async (usd: number | null) =>
      await (
        await e2e.api('PATCH', '/v1/project/cap', admin, { max_spend_usd: usd, period: 'lifetime' })
      ).text();
    const ofProject = () =>
      heard()
        .filter(({ type }) => type.startsWith('project.'))
        .map(({ type, data }) => `${type} ${data.threshold ?? ''}`.trim());
    await cap(0.00016);
    for (const name of ['one', 'two'])
      await spendAll((await created(keyWithSecretSchema, '/v1/keys', { name })).secret);
    await eventually(async () => {
      expect(await Promise.resolve(ofProject().toSorted())).toEqual([
        'project.cap_reached',
        'project.cap_warned 0.5',
        'project.cap_warned 0.8',
      ]);
    });
    await cap(0.0001);
    await eventually(async () => {
      expect(await Promise.resolve(ofProject())).toContain('project.cap_warned 1');
    });
    expect(new Set(ofProject()).size).toBe(ofProject().length);
    await cap(null);
  });
});
