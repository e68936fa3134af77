import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { Hono } from 'hono';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { busSpendEvents, spendEntry } from '../../lambdas/ledger/adapters/bus-spend-events.ts';
import { eventBus } from '../../lambdas/platform/event-bus.ts';
import type { SpendEvent } from '../../lambdas/ledger/ports/spend-events.ts';
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

type Warned = Extract<SpendEvent, { kind: 'KeyCapWarned' }>;
const warned = (fields: Partial<Warned> = {}): Warned => ({
  kind: 'KeyCapWarned',
  keyId: KEY_ID,
  projectId: PROJECT,
  window: '2026-11',
  threshold: 0.8,
  capNanoUsd: 10_500,
  spentNanoUsd: 8_001,
  ...fields,
});

const eventIds = z.array(z.tuple([z.string(), z.looseObject({ event_id: z.string() })]));
const idsOf = (told: unknown): readonly string[] =>
  eventIds.parse(told).map(([, { event_id: id }]) => id);

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
      publish: spendEntry(eventBus('bus', async () => await Promise.resolve(wire.client))),
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

  test('in a window that never ends a share is told again of a higher cap, and of no other one', async () => {
    const lifetime = (capNanoUsd: number) => warned({ window: 'lifetime', capNanoUsd });
    for (const cap of [10_000, 10_000, 20_000, 15_000, 10_000, 20_000])
      expect(await instance().tell(lifetime(cap))).toBe('told');
    expect(idsOf(wire.bus.told)).toEqual([
      `${KEY_ID}#KeyCapWarned#lifetime#0.8#10000`,
      `${KEY_ID}#KeyCapWarned#lifetime#0.8#20000`,
    ]);
  });

  test('a bus that refuses a higher cap does not make a lower one news again', async () => {
    await instance().tell(warned({ window: 'lifetime', capNanoUsd: 10 }));
    wire.bus.mood = 'refuses';
    const higher = warned({ window: 'lifetime', capNanoUsd: 20 });
    await expect(instance().tell(higher)).rejects.toThrow();
    wire.bus.mood = 'takes';
    expect(await instance().tell(warned({ window: 'lifetime', capNanoUsd: 10 }))).toBe('told');
    expect(await instance().tell(higher)).toBe('told');
    expect(wire.bus.told).toHaveLength(2);
  });

  test('what an earlier release told of a lifetime is not told again, until its cap is raised', async () => {
    const reached = (capNanoUsd: number): SpendEvent => {
      const { threshold: _, ...event } = warned({ window: 'lifetime', capNanoUsd });
      return { ...event, kind: 'KeyCapReached' };
    };
    await tables.update({
      kind: 'update',
      table: 'keys',
      key: { pk: `KEY#${KEY_ID}`, sk: 'TOLD#KeyCapReached#lifetime#1' },
      update: 'SET told = :told',
      values: { ':told': 1 },
    });
    for (const cap of [10, 10, 20, 20]) await instance().tell(reached(cap));
    expect(idsOf(wire.bus.told)).toEqual([`${KEY_ID}#KeyCapReached#lifetime#1#20`]);
  });

  test('a project is told by its budget: one that begins anew tells anew, and a share that it never left is old', async () => {
    const project = (
      fields: Partial<Extract<SpendEvent, { kind: 'ProjectCapWarned' }>> = {},
    ): SpendEvent => ({
      kind: 'ProjectCapWarned',
      projectId: PROJECT,
      epoch: 1,
      period: 'lifetime',
      window: 'lifetime',
      threshold: 0.5,
      capNanoUsd: 10_000,
      spentNanoUsd: 6_000,
      isCrossedAnew: true,
      ...fields,
    });
    await instance().tell(project());
    await instance().tell(project({ capNanoUsd: 11_000, isCrossedAnew: false }));
    await instance().tell(project({ capNanoUsd: 90_000 }));
    await instance().tell(project({ epoch: 2 }));
    expect(idsOf(wire.bus.told)).toEqual([
      `${PROJECT}#ProjectCapWarned#1#lifetime#0.5#10000`,
      `${PROJECT}#ProjectCapWarned#1#lifetime#0.5#90000`,
      `${PROJECT}#ProjectCapWarned#2#lifetime#0.5#10000`,
    ]);
    expect(wire.bus.told[0]).toEqual([
      'ProjectCapWarned',
      {
        event_id: `${PROJECT}#ProjectCapWarned#1#lifetime#0.5#10000`,
        project_id: PROJECT,
        period: 'lifetime',
        window: 'lifetime',
        threshold: 0.5,
        cap_micros: 10,
        spent_micros: 6,
      },
    ]);
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
      publish: spendEntry(eventBus('bus', async () => await Promise.resolve(wire.client))),
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
