import { expect, test } from 'vitest';
import { linksTo } from '../../../../lambdas/sre/tickets/ticket-links.ts';
import { safeUrl } from '../../../../lambdas/shared/clean-text.ts';

const ID = 'incident_0mx2zv4a3c1f0c3a77b2e';

test.each([
  ['https://ops.example.com/incidents/{incident_id}', `https://ops.example.com/incidents/${ID}`],
  ['http://127.0.0.1:4000/_local#{incident_id}', `http://127.0.0.1:4000/_local#${ID}`],
  ['https://g.example/d?var={incident_id}#{incident_id}', `https://g.example/d?var=${ID}#${ID}`],
])('%s leads to the page of an incident, in every destination', (consoleUrl, url) => {
  expect(safeUrl(linksTo(consoleUrl).incident(ID))).toBe(url);
});

test('a stage that names no page has tickets without links', () => {
  expect(linksTo('').incident(ID)).toBeNull();
});
