import { beforeEach, describe, expect, test } from 'vitest';
import type { Cause } from '../../../../lambdas/sre/domain/cause.ts';
import { anomalyOf } from '../../../support/sre/anomalies.ts';
import { sourceOf, START_MS } from '../../../support/sre/entries.ts';
import { WholePath } from '../../../support/sre/whole-path.ts';

const causeBy = (service: string): Cause => ({
  root: sourceOf(service),
  confidence: 4,
  suspects: [],
  chain: [],
  affected: [],
  timeline: [],
  gaps: [],
  samples: [],
  template: null,
});

let path: WholePath;
beforeEach(async () => {
  path = new WholePath();
  await path.project('shop');
});

describe('from anomalies to what a webhook is sent', () => {
  test('a storm of 5,000 in a minute is eleven tickets, and the last of them says how many sources it has room for', async () => {
    path.find(Array.from({ length: 5_000 }, (_, index) => anomalyOf('shop', `s${index}`)));
    await path.settle();
    const opened = path.ticketsOf('shop');
    expect(new Set(opened.map(({ ticket_id }) => ticket_id)).size).toBe(11);
    expect(opened).toHaveLength(11);
    const last = path.sent.filter(({ ticket }) => ticket.title.startsWith('A storm')).at(-1);
    expect(last?.ticket.title).toBe('A storm: at least 80 more sources have anomalies');
  });

  test('an incident whose root changes three times is one ticket, which names the last one', async () => {
    const roots = ['web', 'cart', 'db'];
    path.causeOf = () => causeBy(roots.shift() ?? 'db');
    path.find([anomalyOf('shop', 'web')]);
    await path.settle();
    expect(path.ticketsOf('shop')).toHaveLength(1);
    expect(new Set(path.sent.map(({ ticket }) => ticket.incident_id)).size).toBe(1);
    expect(roots).toEqual([]);
    const titles = path.sent.map(({ ticket }) => ticket.title);
    expect(titles.length).toBeGreaterThan(1);
    expect(titles.length).toBeLessThanOrEqual(4);
  });

  test('two projects with the same services have a ticket each, at their own desks', async () => {
    await path.project('other');
    path.find(['shop', 'other'].map((tenant) => anomalyOf(tenant, 'cart')));
    await path.settle();
    const [[ours], [theirs]] = [path.ticketsOf('shop'), path.ticketsOf('other')];
    expect(path.sent).toHaveLength(2);
    expect(ours?.ticket.incident_id).not.toBe(theirs?.ticket.incident_id);
  });

  test('services whose clocks are half a minute apart share one ticket', async () => {
    path.edges = [[sourceOf('cart'), sourceOf('stock')]];
    path.find([
      anomalyOf('shop', 'cart', { source: sourceOf('cart') }),
      anomalyOf('shop', 'stock', { source: sourceOf('stock'), openedMs: START_MS + 30_000 }),
    ]);
    await path.settle();
    expect(path.ticketsOf('shop')).toHaveLength(1);
  });

  test('the stream read again from its start opens nothing and says nothing that was not said', async () => {
    path.causeOf = () => causeBy('db');
    path.find([anomalyOf('shop', 'cart'), anomalyOf('shop', 'mail')]);
    await path.settle();
    const before = path.sent.slice();
    expect(path.ticketsOf('shop')).toHaveLength(2);
    await path.replay();
    await path.replay();
    expect(path.sent).toEqual(before);
  });
});
