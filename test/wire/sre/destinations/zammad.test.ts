import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { zammadWire } from '../../../../lambdas/sre/destinations/zammad/wire.ts';
import {
  startZammadStandIn,
  ZAMMAD_GROUP,
  ZAMMAD_TOKEN,
  type ZammadStandIn,
} from '../../../support/zammad-stand-in.ts';
import { answered, answeredParts, partsOf, ticketOf } from '../../../support/sre/tickets.ts';

let zammad: ZammadStandIn;
beforeAll(async () => {
  zammad = await startZammadStandIn();
});
beforeEach(() => {
  zammad.tickets.length = 0;
  zammad.index();
});
afterAll(() => zammad.stop());

const parts = (group = ZAMMAD_GROUP, token = ZAMMAD_TOKEN) =>
  partsOf('zammad', { url: zammad.url, group, customer: 'oncall@example.com' }, { token });
const wire = () => zammadWire(parts());
const open = async (incidentId = 'inc_01k0'): Promise<string> => {
  const attempt = await wire().open(ticketOf({ incidentId }), 'a');
  return attempt.kind === 'done' ? attempt.externalId : '';
};

describe('an incident in Zammad', () => {
  test('is a ticket that shows everything, and where people open it', async () => {
    expect(await wire().open(ticketOf(), 'a')).toEqual({
      kind: 'done',
      externalId: '1',
      url: `${zammad.url}/#ticket/zoom/1`,
    });
    expect(zammad.tickets[0]).toMatchObject({
      title: 'checkout: connection refused by payments-db',
      priority: '3 high',
      tags: ['sluice', 'sluice-inc_01k0'],
    });
    const body = String(zammad.tickets[0]?.articles[0]?.['body']);
    expect(body).toContain(
      '<li><code>10:00:00 checkout: connect ECONNREFUSED &lt;ip&gt;:5432</code>',
    );
    expect(body).toContain(
      '<a href="https://sluice.example.com/incidents/inc_01k0">Open in Sluice</a>',
    );
  });

  test('follows the incident, and writes each news once', async () => {
    const id = await open();
    const steps = [
      [ticketOf({ lastSeenMs: 1e12 }), 'new', 1],
      [ticketOf({ state: 'acknowledged' }), 'open', 2],
      [ticketOf({ state: 'resolved' }), 'closed', 3],
      [ticketOf({ generation: 2 }), 'open', 4],
    ] as const;
    for (const [ticket, state, articles] of steps) {
      await wire().update(id, ticket);
      expect(await wire().update(id, ticket)).toMatchObject({ kind: 'done', externalId: id });
      expect(zammad.tickets[0]?.state).toBe(state);
      expect(zammad.tickets[0]?.articles).toHaveLength(articles);
    }
  });

  test('is found after a lost answer once the search shows it, its twin beside it', async () => {
    zammad.fails({ when: 'after', answer: 'cut' });
    expect(await wire().open(ticketOf(), 'a')).toMatchObject({ kind: 'unknown' });
    expect(await wire().find(ticketOf())).toEqual({ kind: 'none' });
    const twin = await open();
    zammad.index();
    expect(await wire().find(ticketOf())).toMatchObject({ externalId: '1', extras: [twin] });
    await wire().closeExtra(twin, '1');
    expect(zammad.tickets[1]).toMatchObject({ state: 'closed', tags: ['sluice'] });
    expect(await wire().find(ticketOf())).toMatchObject({ externalId: '1', extras: [] });
  });

  test('is not what a search without its index finds by chance', async () => {
    await open('inc_other');
    const chance = answeredParts(parts(), ({ url }) =>
      url.includes('search')
        ? answered(200, [{ id: 1 }])
        : answered(200, { tags: ['sluice-inc_other'] }),
    );
    expect(await zammadWire(chance).find(ticketOf())).toEqual({ kind: 'none' });
  });

  test('whose ticket was deleted is gone', async () => {
    const id = await open();
    zammad.tickets.length = 0;
    expect(await wire().update(id, ticketOf())).toMatchObject({ kind: 'gone' });
  });
});

test('a test call says whether the token works, and writes nothing', async () => {
  expect(await wire().test()).toMatchObject({ kind: 'done' });
  expect(await zammadWire(parts(ZAMMAD_GROUP, 'another-token')).test()).toMatchObject({
    fault: 'credentials',
  });
  expect(zammad.tickets).toEqual([]);
});

test('a group that is not there is said by its name', async () => {
  expect(await zammadWire(parts('Nobody')).open(ticketOf(), 'a')).toMatchObject({
    fault: 'request',
    reason: expect.stringContaining("No lookup value found for 'group'"),
  });
});
