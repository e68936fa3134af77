import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pagerdutyWire } from '../../../../lambdas/sre/destinations/pagerduty/wire.ts';
import {
  ROUTING_KEY,
  startPagerdutyStandIn,
  type PagerdutyStandIn,
} from '../../../support/pagerduty-stand-in.ts';
import { answered, answeredParts, partsOf, ticketOf } from '../../../support/sre/tickets.ts';

let pagerduty: PagerdutyStandIn;
beforeAll(async () => {
  pagerduty = await startPagerdutyStandIn();
});
afterAll(() => pagerduty.stop());

const wire = (routingKey = ROUTING_KEY) =>
  pagerdutyWire(partsOf('pagerduty', { url: pagerduty.url }, { routing_key: routingKey }));
const states = (incidentId: string) =>
  pagerduty.alerts
    .filter(({ key }) => key.startsWith(`${incidentId}#`))
    .map(({ key, state, pages }) => [key.slice(incidentId.length), state, pages]);
const idOf = (attempt: object): string =>
  'externalId' in attempt ? String(attempt.externalId) : '';

describe('an incident in PagerDuty', () => {
  test('is one alert, however often it is opened', async () => {
    const ticket = ticketOf({ incidentId: 'once' });
    expect(await wire().open(ticket, 'a')).toEqual({
      kind: 'done',
      externalId: 'once#1',
      url: null,
    });
    await wire().open(ticket, 'a');
    expect(states('once')).toEqual([['#1', 'triggered', 1]]);
    expect(pagerduty.open('once#1')).toMatchObject({
      severity: 'error',
      summary: 'checkout: connection refused by payments-db',
    });
  });

  test('pages again when it becomes critical after somebody acknowledged it, and once', async () => {
    const ticket = ticketOf({ incidentId: 'raise' });
    const opened = idOf(await wire().open(ticket, 'a'));
    await wire().update(opened, { ...ticket, state: 'acknowledged' });
    const critical = ticketOf({ ...ticket, state: 'acknowledged', band: 'critical' });
    const raised = idOf(await wire().update(opened, critical));
    await wire().update(raised, critical);
    expect(states('raise')).toEqual([
      ['#1', 'acknowledged', 1],
      ['#1#critical', 'triggered', 1],
    ]);
    await wire().update(raised, { ...critical, state: 'resolved' });
    expect(states('raise').map(([, state]) => state)).toEqual(['resolved', 'resolved']);
  });

  test('that opens as critical pages once', async () => {
    const ticket = ticketOf({ incidentId: 'critical', band: 'critical' });
    const opened = idOf(await wire().open(ticket, 'a'));
    await wire().update(opened, { ...ticket, revision: 4 });
    expect(states('critical')).toEqual([['#1', 'triggered', 1]]);
    await wire().update(opened, { ...ticket, state: 'resolved' });
    expect(pagerduty.open('critical#1')).toBeUndefined();
  });

  test('that is reopened ends the alert of before and pages under the key of its generation', async () => {
    const ticket = ticketOf({ incidentId: 'again' });
    const opened = idOf(await wire().open(ticket, 'a'));
    expect(idOf(await wire().update(opened, { ...ticket, generation: 10 }))).toBe('again#10');
    expect(states('again')).toEqual([
      ['#1', 'resolved', 1],
      ['#10', 'triggered', 1],
    ]);
  });

  test('is one alert after an answer that was lost', async () => {
    pagerduty.fails({ when: 'after', answer: 'cut' });
    const ticket = ticketOf({ incidentId: 'lost' });
    expect(await wire().open(ticket, 'a')).toMatchObject({ kind: 'unknown' });
    expect(await wire().open(ticket, 'a')).toMatchObject({ kind: 'done' });
    expect(states('lost')).toEqual([['#1', 'triggered', 1]]);
  });
});

describe('a test call', () => {
  test('says whether the routing key works, and leaves nothing behind', async () => {
    const before = pagerduty.alerts.length;
    expect(await wire().test()).toMatchObject({ kind: 'done' });
    expect(await wire('f'.repeat(32)).test()).toEqual({
      kind: 'refused',
      reason: 'it answered 400: Event object is invalid; Invalid routing key',
      fault: 'credentials',
    });
    expect(pagerduty.alerts).toHaveLength(before);
  });
});

// https://developer.pagerduty.com/docs/events-api-v2-overview
test.each([
  [
    'a bad event',
    answered(400, {
      status: 'invalid event',
      message: 'Event object is invalid',
      errors: ["'payload.source' is missing or blank"],
    }),
    { kind: 'refused', fault: 'request' },
  ],
  [
    'a wrong key',
    answered(400, {
      status: 'invalid event',
      message: 'Event object is invalid',
      errors: ["Length of 'routing_key' is incorrect"],
    }),
    { kind: 'refused', fault: 'credentials' },
  ],
  [
    'a throttle',
    answered(429, {
      status: 'throttle exceeded',
      message: 'Requests for this service are arriving too quickly.',
    }),
    { kind: 'later', afterMs: null },
  ],
  [
    'a failure',
    answered(500, { status: 'error', message: 'Internal Server Error' }),
    { kind: 'unknown' },
  ],
])('%s is read as the documentation says', async (_name, answer, expected) => {
  const parts = partsOf('pagerduty', { region: 'eu' }, { routing_key: ROUTING_KEY });
  const answering = answeredParts(parts, () => answer);
  expect(await pagerdutyWire(answering).open(ticketOf(), 'a')).toMatchObject(expected);
  expect(answering.sent[0]?.url).toBe('https://events.eu.pagerduty.com/v2/enqueue');
});
