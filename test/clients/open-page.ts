import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** Ends a wait that hangs. Playwright's own half a minute is too short for a slow machine that is busy. */
const HANG_MS = 120_000;

export const openPage = async (
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<Page> => {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(HANG_MS);
  return page;
};
