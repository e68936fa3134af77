import { readFileSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { chromiumPath } from '../../scripts/chromium.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e, type E2e } from '../support/e2e.ts';
import { logsBody } from '../support/sre/otlp-sender.ts';
import { sendTelemetry } from '../support/sre/send-telemetry.ts';
import { eventually } from '../support/stack.ts';
import { openPage } from './open-page.ts';

const path = chromiumPath();
const axe = readFileSync('test/clients/node_modules/axe-core/axe.min.js', 'utf8');
const findings = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      impact: z.string().nullable(),
      nodes: z.array(z.object({ html: z.string() })),
    }),
  ),
});
const PHONE = { width: 375, height: 740 };

const suite = (body: (executablePath: string) => void): void => {
  if (path === null) describe.skip('the pages (not checked here: no Chromium)', () => body(''));
  else
    laptopSuite('the pages of a stack', 'a deployed stage has no pages but /docs', () =>
      body(path),
    );
};

/** Whose part of the page is long: a name without a place to break, a timeline, a mail. */
const anIncident = async (e2e: E2e): Promise<void> => {
  const service = `pages-${'x'.repeat(60)}`;
  const mail = { kind: 'email', name: 'mail', settings: { to: 'ops@example.com' } };
  await e2e.admin('POST', '/v1/destinations', { ...mail, routes: [{ services: [service] }] });
  const { secret } = await e2e.mint({ scope: 'ingest' });
  const text = 'java.lang.OutOfMemoryError: Java heap space';
  await sendTelemetry(e2e.stack, { secret, body: logsBody(service, [{ text, severity: 21 }]) });
  const list = z.object({
    data: z.array(z.looseObject({ title: z.string().optional(), status: z.string().optional() })),
  });
  const read = async (path: string) => list.parse(await (await e2e.admin('GET', path)).json()).data;
  await eventually(async () => {
    // Other tests open incidents of theirs on the same stack.
    const incidents = await read('/v1/incidents?limit=100');
    const incident = incidents.find(({ title }) => title?.includes('pages-xxx'));
    expect(incident, `one of ${incidents.length}`).toBeDefined();
    const deliveries = await read(`/v1/deliveries?incident_id=${String(incident?.['id'])}`);
    expect(deliveries.map(({ status }) => status)).toContain('sent');
  });
};

suite((executablePath) => {
  const e2e = sharedE2e();
  let browser: Browser;
  beforeAll(async () => {
    await e2e.start();
    const { secret } = await e2e.mint({ user_id: 'ada', max_spend_usd: 1 });
    const asked = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] };
    expect((await e2e.api('POST', '/v1/chat/completions', secret, asked)).status).toBe(200);
    await anIncident(e2e);
    // Chromium's sandbox does not start for root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    browser = await chromium.launch({ executablePath, args });
  });
  afterAll(async () => {
    await browser.close();
    await e2e.stop();
  });

  test.each(['/', '/_local', '/_local/runbook', '/docs'])(
    '%s has nothing that axe takes for serious, and fits a phone',
    async (address) => {
      const page = await openPage(browser, { viewport: PHONE });
      const answer = await page.goto(`${e2e.stack.baseUrl}${address}`);
      expect(answer?.status()).toBe(200);
      await page.evaluate(axe);
      const { violations } = findings.parse(await page.evaluate('axe.run()'));
      expect(violations.filter(({ impact }) => /serious|critical/.test(impact ?? ''))).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
        PHONE.width,
      );
      await page.close();
    },
  );

  test('a browser that opens the link of a ticket sees its incident', async () => {
    const found = await (await e2e.admin('GET', '/v1/incidents?limit=100')).json();
    const { data } = z
      .object({ data: z.array(z.object({ id: z.string(), title: z.string() })) })
      .parse(found);
    const incident = data.find(({ title }) => title.includes('pages-xxx'));
    const page = await openPage(browser, { viewport: PHONE });
    await page.goto(`${e2e.stack.baseUrl}/_local#${incident?.id ?? ''}`);
    const heading = page.locator(':target');
    expect(await heading.innerText()).toBe(incident?.title);
    const box = await heading.boundingBox();
    expect(box?.y).toBeGreaterThan(-1);
    expect(box?.y).toBeLessThan(PHONE.height);
    await page.close();
  });

  test('a browser that opens the root sees the key and its call, with their money', async () => {
    const page = await openPage(browser);
    await page.goto(e2e.stack.baseUrl);
    const text = await page.innerText('main');
    expect(text).toContain('$1.000000');
    expect(text).toContain('gpt-4o-mini');
    await page.close();
  });
});
