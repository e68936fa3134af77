import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { opsgenieWire } from '../../../../lambdas/sre/destinations/opsgenie/wire.ts';
import {
  OPSGENIE_KEY,
  startOpsgenieStandIn,
  type OpsgenieStandIn,
} from '../../../support/opsgenie-stand-in.ts';
import { answered, answeredParts, partsOf, ticketOf } from '../../../support/sre/tickets.ts';

let opsgenie: OpsgenieStandIn;
beforeAll(async () => {
  opsgenie = await startOpsgenieStandIn();
});
beforeEach(() => {
  opsgenie.alerts.length = 0;
});
afterAll(() => opsgenie.stop());

const wire = (key = OPSGENIE_KEY) =>
  opsgenieWire(partsOf('opsgenie', { url: opsgenie.url, team: 'Shop' }, { api_key: key }));

describe('an incident in Opsgenie', () => {
  test('is one alert, however often it is opened and whatever became of the answer', async () => {
    opsgenie.fails({ when: 'after', answer: 'cut' });
    expect(await wire().open(ticketOf(), 'a')).toMatchObject({ kind: 'unknown' });
    expect(await wire().open(ticketOf(), 'a')).toEqual({
      kind: 'done',
      externalId: 'inc_01k0#1',
      url: null,
    });
    expect(opsgenie.alerts).toHaveLength(1);
    expect(opsgenie.alerts[0]).toMatchObject({
      alias: 'inc_01k0#1',
      message: 'checkout: connection refused by payments-db',
      priority: 'P2',
      details: { Severity: 'High', Environment: 'production' },
      description: expect.stringContaining('payments-db → payments → checkout'),
    });
  });

  test('follows the incident through its life', async () => {
    await wire().open(ticketOf(), 'a');
    const id = 'inc_01k0#1';
    await wire().update(
      id,
      ticketOf({ band: 'critical', title: 'all is down', state: 'acknowledged' }),
    );
    expect(opsgenie.alerts[0]).toMatchObject({
      message: 'all is down',
      priority: 'P1',
      acknowledged: true,
    });
    await wire().update(id, ticketOf({ state: 'resolved' }));
    expect(opsgenie.alerts[0]).toMatchObject({ status: 'closed' });
    expect(await wire().update(id, ticketOf({ generation: 2 }))).toMatchObject({
      externalId: 'inc_01k0#2',
    });
    expect(opsgenie.alerts.map(({ alias, status }) => [alias, status])).toEqual([
      ['inc_01k0#1', 'closed'],
      ['inc_01k0#2', 'open'],
    ]);
  });
});

test('a test call says whether the key works, and leaves nothing behind', async () => {
  expect(await wire().test()).toMatchObject({ kind: 'done' });
  expect(await wire('0'.repeat(36)).test()).toMatchObject({
    kind: 'refused',
    fault: 'credentials',
  });
  expect(opsgenie.alerts).toEqual([]);
});

// https://docs.opsgenie.com/docs/response and /api-rate-limiting
test.each([
  [
    'a body that is not taken',
    answered(422, {
      message: 'Request body is not processable. Please check the errors.',
      errors: { message: 'Message can not be empty.' },
    }),
    { kind: 'refused', fault: 'request' },
  ],
  [
    'a key of nobody',
    answered(403, { message: 'You are not authorized to access this resource.' }),
    { kind: 'refused', fault: 'credentials' },
  ],
  [
    'a key of another region',
    answered(422, { message: 'Key format is not valid! API Key is not found' }),
    { kind: 'refused', fault: 'credentials' },
  ],
  [
    'a throttle',
    answered(
      429,
      { message: 'You are making too many requests!' },
      { 'x-ratelimit-state': 'THROTTLED', 'x-ratelimit-period-in-sec': '60' },
    ),
    { kind: 'later', afterMs: 60_000 },
  ],
  [
    'a failure',
    answered(503, { message: 'Internal Server Error. Please try again later.' }),
    { kind: 'unknown' },
  ],
])('%s is read as the documentation says', async (_name, answer, expected) => {
  const parts = partsOf(
    'opsgenie',
    { url: 'https://api.atlassian.com/jsm/ops/integration/' },
    { api_key: OPSGENIE_KEY },
  );
  const answering = answeredParts(parts, () => answer);
  expect(await opsgenieWire(answering).open(ticketOf(), 'a')).toMatchObject(expected);
  expect(answering.sent[0]?.url).toBe('https://api.atlassian.com/jsm/ops/integration/v2/alerts');
});
