import type { ChildProcess } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import * as z from 'zod';
import { childKeys } from '../../examples/chat/child-keys.ts';
import { sluiceAdmin } from '../../examples/chat/sluice-admin.ts';
import { cuttable, type Cuttable } from '../support/cuttable.ts';
import { keyView, ownE2e } from '../support/e2e.ts';
import { sizeOf } from '../support/machine.ts';
import { startSpokenUpstream, type SpokenUpstream } from '../support/spoken-upstream.ts';
import { eventually } from '../support/stack.ts';
import { textOfRow, threadClient } from '../support/thread-client.ts';
import {
  exampleSuite,
  expectSubscribed,
  expectTwoRuns,
  keepFrames,
  serve,
  stateBehind,
} from './serve-example.ts';
import { openPage } from './open-page.ts';

/** Many pages of 200. */
const MESSAGES = sizeOf({ full: 6_000, usual: 1_600, least: 1_000 });
const WRITERS = 30;
const PAGE_BYTES_MAX = 1_048_576;
/** Far more than a screen, far less than a thread. */
const DRAWN_MAX = 100;

const BUFFERED = 'an emulated stage buffers: no answer is ever half there';

exampleSuite('the example page in Chromium', BUFFERED, (launch) => {
  let upstream: SpokenUpstream;
  const e2e = ownE2e(() => ({ OPENAI_BASE_URL: upstream.url }));
  /** Between the page and the stack. */
  let wire: Cuttable;
  let server: ChildProcess;
  let url = '';
  let browser: Browser;
  let ada: ReturnType<typeof threadClient>;

  beforeAll(async () => {
    upstream = await startSpokenUpstream();
    await e2e.start();
    ada = threadClient(e2e, (await e2e.mint({ user_id: 'ada' })).secret);
    wire = await cuttable(e2e.stack.baseUrl);
    [server, url] = await serve(stateBehind(wire.url, e2e.stack.stateDir));
    browser = await launch();
  });
  afterAll(async () => {
    await browser.close();
    server.kill();
    await wire.cut();
    await e2e.stop();
    upstream.stop();
  });

  let thread = '';
  beforeEach(async () => {
    thread = await ada.open();
  });

  const open = async (frames: string[] = []): Promise<Page> => {
    const page = keepFrames(await openPage(browser), frames);
    await page.goto(`${url}/?thread=${thread}`);
    await page.getByLabel('Message').waitFor();
    return page;
  };

  const send = async (page: Page, words: string): Promise<void> => {
    await page.getByLabel('Message').fill(words);
    // There while no answer is being made.
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  };

  /** Markdown has no white space at its end. */
  const shown = async (page: Page): Promise<readonly (readonly [string, string])[]> =>
    await page
      .locator('article')
      .evaluateAll((articles) =>
        articles.map((article): readonly [string, string] => [
          article.dataset['role'] ?? '',
          [...article.querySelectorAll('p')].map(({ textContent }) => textContent).join(''),
        ]),
      );

  /** What the page shows is what history stores, the last answer with this end. */
  const expectStored = async (
    page: Page,
    status: string,
    texts: readonly string[],
  ): Promise<void> =>
    await eventually(async () => {
      const { data } = await ada.messages(thread);
      expect(data.map(textOfRow)).toEqual(texts);
      expect(data.at(-1)?.status).toBe(status);
      expect(await shown(page)).toEqual(data.map((row) => [row.role, textOfRow(row).trimEnd()]));
    });

  const expectShown = async (page: Page, texts: readonly string[]): Promise<void> =>
    await eventually(async () =>
      expect((await shown(page)).map(([, text]) => text)).toEqual(
        texts.map((text) => text.trimEnd()),
      ),
    );

  test('an answer whose tab, then whole browser was closed is there, goes on, and ends as it is stored', async () => {
    const first = await open();
    await send(first, 'hello');
    await upstream.say('one ');
    await expectShown(first, ['hello', 'one ']);
    await first.close();
    await upstream.say('two ');
    const second = await open();
    await expectShown(second, ['hello', 'one two ']);
    await upstream.say('three ');
    await expectShown(second, ['hello', 'one two three ']);
    await browser.close();
    await upstream.say('four ');
    browser = await launch();
    const third = await open();
    await expectShown(third, ['hello', 'one two three four ']);
    await upstream.say('five');
    await upstream.end();
    await expectStored(third, 'complete', ['hello', 'one two three four five']);
    await third.reload();
    await expectStored(third, 'complete', ['hello', 'one two three four five']);
    await third.close();
  });

  test('an answer that ended while nobody looked is there when the page opens', async () => {
    const page = await open();
    await send(page, 'hello');
    await upstream.say('one ');
    await expectShown(page, ['hello', 'one ']);
    await page.close();
    await upstream.say('two');
    await upstream.end();
    const later = await open();
    await expectStored(later, 'complete', ['hello', 'one two']);
    await later.close();
  });

  test('two tabs show the same thread, whichever of them asks: each hears of the other by its socket', async () => {
    const frames: string[][] = [[], []];
    const [left, right] = [await open(frames[0]), await open(frames[1])];
    for (const told of frames) await expectSubscribed(told);
    await send(left, 'hello');
    await upstream.say('one ');
    for (const page of [left, right]) await expectShown(page, ['hello', 'one ']);
    await upstream.say('two');
    await upstream.end();
    for (const page of [left, right]) await expectStored(page, 'complete', ['hello', 'one two']);
    await send(right, 'again');
    await upstream.say('three');
    for (const page of [left, right])
      await expectShown(page, ['hello', 'one two', 'again', 'three']);
    await upstream.end();
    for (const page of [left, right])
      await expectStored(page, 'complete', ['hello', 'one two', 'again', 'three']);
    for (const told of frames) await expectTwoRuns(told);
    for (const page of [left, right]) await page.close();
  });

  test('stop ends the run itself, also after a reload; what was said stays, and the thread goes on', async () => {
    const page = await open();
    await send(page, 'hello');
    await upstream.say('one ');
    await expectShown(page, ['hello', 'one ']);
    await page.reload();
    await expectShown(page, ['hello', 'one ']);
    await page.getByRole('button', { name: 'Stop' }).click();
    await upstream.wasLeft();
    await expectStored(page, 'cancelled', ['hello', 'one ']);
    await send(page, 'again');
    await upstream.say('two');
    await upstream.end();
    await expectStored(page, 'complete', ['hello', 'one ', 'again', 'two']);
    await page.close();
  });

  test('a page whose connection breaks in mid-answer says so, and goes on by itself when it can', async () => {
    const page = await open();
    await send(page, 'hello');
    await upstream.say('one ');
    await expectShown(page, ['hello', 'one ']);
    await wire.cut();
    await page.getByText('The connection broke.').waitFor();
    await upstream.say('two ');
    await wire.mend();
    await expectShown(page, ['hello', 'one two ']);
    await page.getByText('The connection broke.').waitFor({ state: 'detached' });
    await upstream.say('three');
    await upstream.end();
    await expectStored(page, 'complete', ['hello', 'one two three']);
    await page.close();
  });

  test('a message that the cap refused says so, and is one turn when it is sent again with money', async () => {
    const page = await open();
    await setCap(0);
    await send(page, 'hello');
    await page.getByRole('alert').waitFor();
    expect((await ada.messages(thread)).data).toEqual([]);
    await setCap(1);
    await page.getByRole('button', { name: 'Send again' }).click();
    await upstream.say('one');
    await upstream.end();
    await expectStored(page, 'complete', ['hello', 'one']);
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await page.close();
  });

  test('a server that starts anew finds the key of its user, what was spent stays spent, and what was revoked is not replaced', async () => {
    const { baseUrl, adminKey } = e2e.stack;
    const sluice = sluiceAdmin(baseUrl, adminKey);
    const [before, again] = [childKeys(sluice), childKeys(sluice)];
    const [first, same] = await Promise.all([before.secretOf('bob'), before.secretOf('bob')]);
    expect(same).toBe(first);
    const later = await again.secretOf('bob');
    expect(later).not.toBe(first);
    // The page that is open goes on.
    const { id } = await e2e.own(first ?? '');
    expect((await e2e.own(later ?? '')).id).toBe(id);
    expect((await e2e.admin('DELETE', `/v1/keys/${id}`)).status).toBe(200);
    expect(await childKeys(sluice).secretOf('bob')).toBeNull();
  });

  test('no other page is told a key', async () => {
    const ask = async (headers: Record<string, string>) =>
      await fetch(`${url}/api/session`, { method: 'POST', headers });
    expect((await ask({})).status).toBe(403);
    expect((await ask({ origin: 'https://elsewhere.example' })).status).toBe(403);
    const told = await (await ask({ origin: url })).text();
    expect(told).not.toContain(e2e.stack.adminKey);
    const page = await (await fetch(`${url}/main.js`)).text();
    expect(page).not.toContain(e2e.stack.adminKey);
  });

  test(`a thread of ${MESSAGES} messages opens at its end and scrolls back to its first, each page below 1 MB, few drawn at once`, async () => {
    await fill();
    const page = await open();
    const bytes: number[] = [];
    page.on('response', (answer) => {
      if (!answer.url().includes('/messages?order=desc')) return;
      void answer.body().then((body) => bytes.push(body.length));
    });
    await page.locator(`[data-id$="_${MESSAGES}"]`).waitFor();
    let drawnMax = 0;
    await eventually(async () => {
      const numbers = await drawn(page);
      drawnMax = Math.max(drawnMax, numbers.length);
      expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
      await page.locator('[data-virtuoso-scroller]').evaluate((list) => list.scrollTo(0, 0));
      expect(numbers[0]).toBe(1);
    });
    expect(drawnMax).toBeLessThanOrEqual(DRAWN_MAX);
    expect(bytes.length).toBeGreaterThan(MESSAGES / 200 - 2);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(PAGE_BYTES_MAX);
    await page.close();
  });

  const fill = async (): Promise<void> => {
    let left = MESSAGES;
    const write = async (): Promise<void> => {
      while (left-- > 0) {
        const content = 'word '.repeat(50);
        const body = { run: false, content };
        const answer = await ada.api('POST', `/v1/threads/${thread}/messages`, body);
        expect(answer.status).toBe(201);
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
  };

  /** Of the user's key; there is one, however often its page was opened. */
  const setCap = async (max_spend_usd: number): Promise<void> => {
    const listed = await e2e.admin('GET', '/v1/keys?user_id=ada&name=example-chat');
    const { data } = z.object({ data: z.array(keyView) }).parse(await listed.json());
    expect(data).toHaveLength(1);
    const patched = await e2e.admin('PATCH', `/v1/keys/${data[0]?.id}`, { max_spend_usd });
    expect(patched.status).toBe(200);
  };

  /** Numbers of the messages that are drawn. */
  const drawn = async (page: Page): Promise<readonly number[]> =>
    await page
      .locator('article')
      .evaluateAll((articles) =>
        articles.map(({ dataset }) => Number(/_(\d+)$/.exec(dataset['id'] ?? '')?.[1])),
      );
});
