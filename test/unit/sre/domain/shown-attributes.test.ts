import { expect, test } from 'vitest';
import { matches, type LogFilter } from '../../../../lambdas/sre/domain/log-query.ts';
import { shownAttributes } from '../../../../lambdas/sre/domain/shown-attributes.ts';
import { text } from '../../../support/otlp/encode.ts';
import { ARRIVAL_MS, nanos, storedLog } from '../../../support/otlp/read-logs.ts';

const FILTER: LogFilter = {
  phrases: [],
  service: null,
  environment: null,
  severityMin: 0,
  traceId: null,
  attributes: {},
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
};

test.each([
  {
    'http.response.status_code': '404',
    'http.request.method': 'GET',
    'http.route': '/items/{id}',
  },
  { 'http.status_code': '404', 'http.method': 'get', 'http.target': '/items/{id}?q=1' },
])('a request is shown, and found, by either generation of names: %o', (sent) => {
  const record = storedLog(
    {
      timeUnixNano: nanos(ARRIVAL_MS),
      body: text('not found'),
      attributes: Object.entries({ ...sent, 'order.kind': 'gift' }).map(([key, value]) => ({
        key,
        value: text(value),
      })),
    },
    { 'host.name': text('host-a') },
  );
  const shown = shownAttributes(record);
  expect(shown).toMatchObject({
    'http.response.status_code': 404,
    'http.request.method': 'GET',
    'http.route': '/items/{id}',
    'order.kind': 'gift',
  });
  for (const [name, value] of Object.entries(shown))
    expect(matches({ ...FILTER, attributes: { [name]: String(value) } }, record)).toBe(true);
  const found = (name: string, value: string): boolean =>
    matches({ ...FILTER, attributes: { [name]: value } }, record);
  expect(found('http.status_code', '404')).toBe(true);
  expect(found('http.method', 'GET')).toBe(true);
  expect(found('http.response.status_code', '500')).toBe(false);
  expect(found('absent', '404')).toBe(false);
});
