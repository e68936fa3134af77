import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serviceNowWire } from '../../../../lambdas/sre/destinations/servicenow/wire.ts';
import {
  SERVICENOW_PASSWORD,
  SERVICENOW_USER,
  startServiceNowStandIn,
  type ServiceNowStandIn,
} from '../../../support/servicenow-stand-in.ts';
import { answered, answeredParts, partsOf, ticketOf } from '../../../support/sre/tickets.ts';

let serviceNow: ServiceNowStandIn;
beforeAll(async () => {
  serviceNow = await startServiceNowStandIn();
});
beforeEach(() => {
  serviceNow.rows.length = 0;
});
afterAll(() => serviceNow.stop());

const parts = (over: Readonly<Record<string, string>> = {}, password = SERVICENOW_PASSWORD) =>
  partsOf('servicenow', { url: serviceNow.url, ...over }, { username: SERVICENOW_USER, password });
const wire = () => serviceNowWire(parts());
const open = async (incidentId = 'inc_01k0'): Promise<string> => {
  const attempt = await wire().open(ticketOf({ incidentId }), 'a');
  return attempt.kind === 'done' ? attempt.externalId : '';
};

describe('an incident in ServiceNow', () => {
  test('is a record that shows everything, and where people open it', async () => {
    const grouped = serviceNowWire(parts({ assignment_group: 'Shop', caller_id: 'sluice' }));
    const attempt = await grouped.open(ticketOf(), 'a');
    const [row] = serviceNow.rows;
    expect(attempt).toEqual({
      kind: 'done',
      externalId: row?.['sys_id'],
      url: `${serviceNow.url}/incident.do?sys_id=${row?.['sys_id']}`,
    });
    expect(row).toMatchObject({
      short_description: 'checkout: connection refused by payments-db',
      correlation_id: 'sluice-inc_01k0',
      urgency: '1',
      impact: '2',
      assignment_group: 'Shop',
      description: expect.stringContaining('payments-db → payments → checkout'),
    });
    expect(row?.['description']).toContain('https://sluice.example.com/incidents/inc_01k0');
  });

  test('follows the incident, and leaves alone what people moved further', async () => {
    const id = await open();
    const steps = [
      [ticketOf(), '1'],
      [ticketOf({ state: 'acknowledged' }), '2'],
      [ticketOf({ state: 'resolved' }), '6'],
      [ticketOf({ generation: 2 }), '1'],
    ] as const;
    for (const [ticket, state] of steps) {
      expect(await wire().update(id, ticket)).toMatchObject({ kind: 'done' });
      expect(serviceNow.rows[0]?.['state']).toBe(state);
    }
    Object.assign(serviceNow.rows[0] ?? {}, { state: '3' });
    await wire().update(id, ticketOf({ state: 'acknowledged' }));
    expect(serviceNow.rows[0]?.['state']).toBe('3');
    Object.assign(serviceNow.rows[0] ?? {}, { state: '7' });
    await wire().update(id, ticketOf({ state: 'resolved' }));
    expect(serviceNow.rows[0]?.['state']).toBe('7');
  });

  test('is found after a lost answer by its own correlation, its twin beside it', async () => {
    serviceNow.fails({ when: 'after', answer: 'cut' });
    expect(await wire().open(ticketOf(), 'a')).toMatchObject({ kind: 'unknown' });
    await open('inc_01k0_other');
    const twin = await open();
    const first = serviceNow.rows[0]?.['sys_id'] ?? '';
    expect(await wire().find(ticketOf())).toMatchObject({ externalId: first, extras: [twin] });
    await wire().closeExtra(twin, first);
    expect(serviceNow.rows[2]).toMatchObject({
      state: '6',
      close_notes: `A duplicate of ${first}.`,
    });
    expect(await wire().find(ticketOf())).toMatchObject({ externalId: first, extras: [] });
    expect(await wire().find(ticketOf({ incidentId: 'never' }))).toEqual({ kind: 'none' });
  });

  test('is no record of somebody else, when the instance ignores the query', async () => {
    await open('inc_other');
    for (const row of serviceNow.rows) delete row['correlation_id'];
    expect(await wire().find(ticketOf())).toEqual({ kind: 'none' });
    expect(await wire().poll?.(['b'.repeat(32)])).toEqual({ kind: 'read', events: [] });
  });

  test('whose record was deleted is gone', async () => {
    const id = await open();
    serviceNow.rows.length = 0;
    expect(await wire().update(id, ticketOf())).toMatchObject({ kind: 'gone' });
  });

  test('says by polling what people did, and not what we did', async () => {
    const id = await open();
    await wire().update(id, ticketOf({ state: 'acknowledged' }));
    expect(await wire().poll?.([id])).toEqual({ kind: 'read', events: [] });
    for (const [state, kind] of [
      ['2', 'acknowledge'],
      ['7', 'resolve'],
    ]) {
      Object.assign(serviceNow.rows[0] ?? {}, { state, sys_updated_by: 'beth.anglin' });
      expect(await wire().poll?.([id])).toEqual({
        kind: 'read',
        events: [
          {
            id: `${id} ${state} 1`,
            incidentId: null,
            externalId: id,
            generation: null,
            atMs: null,
            isOwnAccount: false,
            by: 'beth.anglin',
            action: { kind },
          },
        ],
      });
    }
  });
});

test('a test call says whether it may read, and writes nothing', async () => {
  expect(await wire().test()).toMatchObject({ kind: 'done' });
  expect(await serviceNowWire(parts({}, 'wrong')).test()).toMatchObject({
    fault: 'credentials',
    reason: 'it answered 401: User Not Authenticated; Required to provide Auth information',
  });
  expect(serviceNow.rows).toEqual([]);
});

// https://www.servicenow.com/docs/bundle/zurich-api-reference/page/integrate/inbound-rest/reference/r_RESTHTTPStatusCodes.html
test.each([
  [
    'a table that is not there',
    answered(400, {
      error: { message: 'Invalid table incident', detail: null },
      status: 'failure',
    }),
    { fault: 'request' },
  ],
  [
    'a right that is missing',
    answered(403, {
      error: {
        message: 'Operation Failed',
        detail: 'ACL Exception Insert Failed due to security constraints',
      },
    }),
    { fault: 'credentials' },
  ],
  [
    'a field that is wanted',
    answered(403, {
      error: {
        message: 'Operation Failed',
        detail: 'Data Policy Exception: The following fields are mandatory: Caller',
      },
    }),
    { fault: 'request' },
  ],
  [
    'a rate limit',
    answered(429, { error: { message: 'Rate limit exceeded' } }, { 'retry-after': '25' }),
    { kind: 'later', afterMs: 25_000 },
  ],
  [
    'an instance that sleeps',
    answered(200, '<html><title>Instance Hibernating page</title></html>'),
    { kind: 'unknown' },
  ],
])('%s is read as the documentation says', async (_name, answer, expected) => {
  const answering = answeredParts(parts(), () => answer);
  expect(await serviceNowWire(answering).open(ticketOf(), 'a')).toMatchObject(expected);
});
