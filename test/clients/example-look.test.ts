import { randomUUID } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';
import { sharedE2e } from '../support/e2e.ts';
import { eventually } from '../support/stack.ts';
import { exampleSuite, serve } from './serve-example.ts';
import { openPage } from './open-page.ts';

/** Simulated on the tests' stack. */
const CLAUDE = 'claude-haiku-4-5';
const PHONE = { width: 375, height: 740 };

const axe = readFileSync('test/clients/node_modules/axe-core/axe.min.js', 'utf8');
const findings = z.object({
  violations: z.array(z.looseObject({ id: z.string(), impact: z.string().nullable() })),
});

const SIMULATED = 'a deployed stage simulates no model';

exampleSuite('what the example page shows', SIMULATED, (launch) => {
  const e2e = sharedE2e();
  let server: ChildProcess;
  let url = '';
  let browser: Browser;
  beforeAll(async () => {
    await e2e.start();
    // Nobody else's chats are in the list, whatever other tests of this stack left to Ada.
    [server, url] = await serve(e2e.stack.stateDir, {
      CHAT_MODEL: CLAUDE,
      CHAT_USER: randomUUID(),
    });
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    server.kill();
    await e2e.stop();
  });

  /** A chat that nothing was said in, in a browser of its own. */
  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const page = await openPage(browser, options);
    await page.goto(url);
    await page.getByLabel('Message').waitFor();
    return page;
  };
  const send = async (page: Page, words: string): Promise<void> => {
    await page.getByLabel('Message').fill(words);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  };
  const answer = (page: Page) => page.getByRole('article', { name: 'Answer' }).last();
  /** With what it cost, which is known when it is over. */
  const ended = async (page: Page, words: string): Promise<void> =>
    await answer(page).getByText(words).waitFor();

  const expectReachable = async (page: Page): Promise<void> => {
    await page.evaluate(axe);
    const { violations } = findings.parse(await page.evaluate('axe.run()'));
    expect(violations.filter(({ impact }) => /serious|critical/.test(impact ?? ''))).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
      PHONE.width,
    );
  };

  test('its frame is there before its script', async () => {
    const page = await openPage(browser);
    await page.route('**/main.js', () => undefined);
    await page.goto(url, { waitUntil: 'commit' });
    await page.getByRole('heading', { name: 'Chat on Sluice' }).waitFor();
    await page.getByRole('main').getByText('Loading...').waitFor();
    await page.close();
  });

  test('a suggestion asks for a tool, whose card waits through a reload; approved, it runs, and the answer tells its cost', async () => {
    const page = await open();
    await expect(page.getByLabel('Suggestions').getByRole('button').count()).resolves.toBe(3);
    await page.getByRole('button', { name: /send a postcard/ }).click();
    await page.getByRole('button', { name: 'Approve' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Approve' }).click();
    await ended(page, '$0.00');
    const text = await answer(page).innerText();
    expect(text).toContain('A postcard of the sea is on its way to Ada Lovelace.');
    expect(text).toContain(CLAUDE);
    await page.getByRole('link', { name: 'Use a tool to send a postcard' }).waitFor();
    await page.getByText(/\$0\.49\d+ of \$0\.50 left/).waitFor();
    await page.close();
  });

  test('a call that is denied does not run', async () => {
    const page = await open();
    await page.getByRole('button', { name: /send a postcard/ }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await ended(page, 'was denied');
    await ended(page, '$0.00');
    expect(await answer(page).innerText()).not.toContain('on its way');
    await page.close();
  });

  test('words of a model are Markdown and never HTML', async () => {
    const page = await open();
    await send(
      page,
      'echo **bold** <img src=x onerror=alert(1)> <script>alert(2)</script> [a](javascript:alert(3)) ![b](https://b.example/b.png)',
    );
    await ended(page, '$0.00');
    const html = await answer(page).innerHTML();
    expect(html).toContain('<strong>bold</strong>');
    expect(html).toContain('&lt;script&gt;');
    expect(html).not.toMatch(/<img|<script|href="javascript/);
    await page.close();
  });

  test('a long answer works until it is stopped, and says so', async () => {
    const page = await open();
    await page.getByRole('button', { name: /long answer/i }).click();
    await page.getByRole('status').getByText('Working').waitFor();
    await page.getByText('What happens to a call').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await ended(page, 'stopped');
    await page.close();
  });

  test('the model that is picked answers, also after a reload', async () => {
    const page = await open();
    await page.getByLabel('Model').selectOption('deepseek-flash');
    await page.reload();
    await send(page, 'Hello');
    await ended(page, 'deepseek-flash');
    await page.close();
  });

  test('a chat of the list opens without a reload, and the way back too', async () => {
    const page = await open();
    await send(page, 'The first of two');
    await page.getByRole('link', { name: 'The first of two' }).waitFor();
    const first = page.url();
    await page.getByRole('button', { name: 'New chat' }).click();
    await page.getByLabel('Suggestions').waitFor();
    await page.getByRole('link', { name: 'The first of two' }).click();
    await page.getByRole('article', { name: 'You' }).getByText('The first of two').waitFor();
    expect(page.url()).toBe(first);
    await page.goBack();
    await page.getByLabel('Suggestions').waitFor();
    await page.close();
  });

  test('an error of the provider is told, and the chat goes on', async () => {
    const page = await open();
    await send(page, 'fail 400');
    await ended(page, 'failed');
    await send(page, 'Hello');
    await ended(page, '“Hello”');
    await page.close();
  });

  test.each(['light', 'dark'] as const)(
    'it has nothing that axe takes for serious, and fits a phone (%s)',
    async (colorScheme) => {
      const page = await open({ viewport: PHONE, colorScheme });
      await expectReachable(page);
      await send(page, 'Think, then show a table');
      await ended(page, '$0.00');
      await send(page, 'Use a tool to send a postcard of the sea to Ada Lovelace');
      await page.getByRole('button', { name: 'Approve' }).waitFor();
      await eventually(async () => expectReachable(page));
      await page.getByRole('button', { name: 'Chats' }).click();
      await page.getByRole('button', { name: 'New chat' }).waitFor();
      await expectReachable(page);
      await page.close();
    },
  );
});
