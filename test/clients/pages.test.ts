import { readFileSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { chromiumPath } from '../../scripts/chromium.ts';
import { laptopSuite } from '../support/deployed-stage.ts';
import { sharedE2e } from '../support/e2e.ts';
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

suite((executablePath) => {
  const e2e = sharedE2e();
  let browser: Browser;
  beforeAll(async () => {
    await e2e.start();
    const { secret } = await e2e.mint({ user_id: 'ada', max_spend_usd: 1 });
    const asked = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hello' }] };
    expect((await e2e.api('POST', '/v1/chat/completions', secret, asked)).status).toBe(200);
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

  test('a browser that opens the root sees the key and its call, with their money', async () => {
    const page = await openPage(browser);
    await page.goto(e2e.stack.baseUrl);
    const text = await page.innerText('main');
    expect(text).toContain('$1.000000');
    expect(text).toContain('gpt-4o-mini');
    await page.close();
  });
});
