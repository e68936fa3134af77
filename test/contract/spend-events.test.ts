import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { busSpendEvents, eventBridge } from '../../lambdas/ledger/adapters/bus-spend-events.ts';
import type { SpendEvent } from '../../lambdas/ledger/ports.ts';
import { listen } from '../support/listen.ts';
import type { Tables } from '../../lambdas/platform/tables/tables.ts';
import { ENGINES, type Engine } from '../support/engines.ts';
import { KEY_ID, PROJECT } from '../support/key-items.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const putEvents = z.object({
  Entries: z.array(
    z.object({
      EventBusName: z.string(),
      Source: z.string(),
      DetailType: z.string(),
      Detail: z.string(),
    }),
  ),
});

/** A bus on EventBridge's own wire that can refuse. */
const startBus = async () => {
  const bus = { told: new Array<unknown>(), mood: 'takes' };
  const app = new Hono();
  app.post('/', async (context) => {
    if (bus.mood === 'breaks') return context.json({ message: 'broken' }, 400);
    const { Entries } = putEvents.parse(await context.req.json());
    if (bus.mood === 'refuses')
      return context.json({ FailedEntryCount: 1, Entries: [{ ErrorCode: 'InternalFailure' }] });
    bus.told.push(...Entries.map((entry) => [entry.DetailType, JSON.parse(entry.Detail)]));
    return context.json({ FailedEntryCount: 0, Entries: [{ EventId: '1' }] });
  });
  const { server, port } = await listen(app, 0);
  const client = new EventBridgeClient({
    region: 'eu-central-1',
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
    maxAttempts: 1,
  });
  return { bus, client, stop: () => void server.close() };
};

const warned = (
  fields: Partial<Extract<SpendEvent, { kind: 'KeyCapWarned' }>> = {},
): SpendEvent => ({
  kind: 'KeyCapWarned',
  keyId: KEY_ID,
  projectId: PROJECT,
  window: '2026-11',
  threshold: 0.8,
  capNanoUsd: 10_500,
  spentNanoUsd: 8_001,
  ...fields,
});

describe.each(ENGINES)('the spend events on $name', ({ open }) => {
  let engine: Awaited<ReturnType<Engine['open']>>;
  let tables: Tables;
  let wire: Awaited<ReturnType<typeof startBus>>;
  let nowMs = NOW;
  beforeAll(async () => {
    engine = await open();
    wire = await startBus();
  });
  beforeEach(async () => {
    tables = await engine.fresh();
    wire.bus.told = [];
    wire.bus.mood = 'takes';
    nowMs = NOW;
  });
  afterAll(() => {
    engine.close();
    wire.stop();
  });
  /** One function instance: what it remembers goes with it. */
  const instance = () =>
    busSpendEvents({
      tables,
      publish: eventBridge(async () => await Promise.resolve(wire.client), 'bus'),
      clock: { nowMs: () => nowMs },
    });

  test('an event is told once for its key, window and threshold, whoever tells it and how often', async () => {
    const one = instance();
    for (const events of [one, one, instance()]) expect(await events.tell(warned())).toBe('told');
    await instance().tell(warned({ spentNanoUsd: 9_999, capNanoUsd: 11_000 }));
    expect(wire.bus.told).toEqual([
      [
        'KeyCapWarned',
        {
          event_id: `${KEY_ID}#KeyCapWarned#2026-11#0.8`,
          key_id: KEY_ID,
          project_id: PROJECT,
          window: '2026-11',
          threshold: 0.8,
          cap_micros: 10,
          spent_micros: 9,
        },
      ],
    ]);
  });

  test('another window, threshold, key or kind is another event', async () => {
    const events = [
      warned(),
      warned({ window: '2026-12' }),
      warned({ threshold: 0.5 }),
      warned({ keyId: 'key_bbbbbbbbbbbbbbbb' }),
      { ...warned(), kind: 'KeyCapReached' as const },
    ];
    for (const event of [...events, ...events]) await instance().tell(event);
    expect(wire.bus.told).toHaveLength(5);
  });

  test('of many tellers at once one tells', async () => {
    await Promise.all(Array.from({ length: 20 }, async () => await instance().tell(warned())));
    expect(wire.bus.told).toHaveLength(1);
  });

  test.each(['refuses', 'breaks'])('an event that the bus %s is told by the next', async (mood) => {
    wire.bus.mood = mood;
    await expect(instance().tell(warned())).rejects.toThrow();
    expect(wire.bus.told).toEqual([]);
    wire.bus.mood = 'takes';
    expect(await instance().tell(warned())).toBe('told');
    expect(wire.bus.told).toHaveLength(1);
  });

  test('an event whose teller died is pending for a while, and then told by another', async () => {
    let isDead = true;
    const dying = busSpendEvents({
      tables: {
        ...tables,
        update: async (update) => {
          const outcome = await tables.update(update);
          if (isDead) throw new Error('died after its claim');
          return outcome;
        },
      },
      publish: eventBridge(async () => await Promise.resolve(wire.client), 'bus'),
      clock: { nowMs: () => nowMs },
    });
    await expect(dying.tell(warned())).rejects.toThrow('died');
    isDead = false;
    expect(await instance().tell(warned())).toBe('pending');
    expect(wire.bus.told).toEqual([]);
    nowMs += 10_000;
    expect(await instance().tell(warned())).toBe('told');
    expect(wire.bus.told).toHaveLength(1);
  });
});
