import { beforeEach, describe, expect, test } from 'vitest';
import type { QueueMessage } from '../../../../lambdas/platform/queues.ts';
import { queueLearning, queueLooks } from '../../../../lambdas/sre/adapters/queue-incidents.ts';
import { learnText, readLearn } from '../../../../lambdas/sre/formats/learn-message.ts';
import { lookText } from '../../../../lambdas/sre/formats/look-message.ts';
import { learn, mergedBaseline } from '../../../../lambdas/sre/usecases/learn-calls.ts';
import { serviceEdges } from '../../../../lambdas/sre/usecases/service-edges.ts';
import { tick } from '../../../../lambdas/sre/usecases/tick.ts';
import type { WorldOptions } from '../../../support/sre/call-world.ts';
import { CausesRoom, MINUTE_MS } from '../../../support/sre/causes-room.ts';
import { sourceOf, START_MS } from '../../../support/sre/entries.ts';

const TENANT = 'shop';
const WORLD: WorldOptions = { services: { front: ['stock'], stock: [] } };

describe('learning what is usual', () => {
  let room: CausesRoom;
  beforeEach(() => {
    room = new CausesRoom();
  });

  const learned = async () => mergedBaseline(await room.deps.baselines.load(TENANT));
  const calls = async (service: string): Promise<number> => {
    const found = [...(await learned()).services.values()].find(
      ({ source }) => source.service === service,
    );
    return [...(found?.keys.values() ?? [])].reduce((sum, key) => sum + key.calls, 0);
  };

  test('learns a minute once, however often it is asked, and no older one after it', async () => {
    const endMs = await room.learnMinutes(TENANT, WORLD, 3);
    expect(await calls('stock')).toBe(45);
    await room.learn(TENANT, endMs - MINUTE_MS);
    await room.learn(TENANT, START_MS);
    expect(await calls('stock')).toBe(45);
  });

  test('of two at once one adds a minute', async () => {
    await room.learnMinutes(TENANT, WORLD, 1);
    await room.play(TENANT, WORLD, {
      fromMs: START_MS + MINUTE_MS,
      toMs: START_MS + 2 * MINUTE_MS,
    });
    await Promise.all([
      room.learn(TENANT, START_MS + MINUTE_MS),
      room.learn(TENANT, START_MS + MINUTE_MS),
    ]);
    expect(await calls('stock')).toBe(30);
  });

  test('stands still for ten minutes while most calls of a kind go wrong, and then learns them', async () => {
    const onsetMs = await room.learnMinutes(TENANT, WORLD, 5);
    const before = await calls('stock');
    const broken = { ...WORLD, trouble: () => ({ slowMs: 2_000 }) };
    const at = (minutes: number): number => onsetMs + minutes * MINUTE_MS;
    await room.play(TENANT, broken, { fromMs: onsetMs, toMs: at(11) });
    for (let minute = 0; minute < 10; minute += 1) await room.learn(TENANT, at(minute));
    expect(await calls('stock')).toBe(before);
    await room.learn(TENANT, at(10));
    expect(await calls('stock')).toBe(before + 15);
  });

  test('does not try a minute again that nobody came to the end of', async () => {
    await room.learnMinutes(TENANT, WORLD, 1);
    let reads = 0;
    const dying = {
      ...room.deps,
      telemetry: {
        read: async () => {
          reads++;
          return await Promise.reject(new Error('out of memory'));
        },
      },
    };
    const minute = START_MS / MINUTE_MS + 1;
    await expect(learn(dying, { tenant: TENANT, minute })).rejects.toThrow('out of memory');
    await learn(dying, { tenant: TENANT, minute });
    expect(reads).toBe(1);
    await expect(learn(dying, { tenant: TENANT, minute: minute + 1 })).rejects.toThrow();
  });

  test('writes nothing for a tenant whose telemetry names no trace', async () => {
    await room.learnMinutes(TENANT, { ...WORLD, hasSpans: false, hasTraceIds: false }, 2);
    expect((await learned()).services.size).toBe(0);
  });

  test('knows who calls whom', async () => {
    await room.learnMinutes(TENANT, WORLD, 1);
    expect(await serviceEdges(room.deps.baselines, TENANT)).toEqual([
      [sourceOf('front'), sourceOf('stock')],
    ]);
  });

  test('is asked for each active tenant by the tick, of the last minute that has arrived', async () => {
    const asked: string[] = [];
    await tick({
      tenants: { seen: async () => {}, list: async () => await Promise.resolve([TENANT]) },
      evaluations: { ask: async () => {} },
      due: { due: async () => await Promise.resolve([]) },
      looks: { ask: async () => {} },
      learning: {
        ask: async (requests) => {
          asked.push(...requests.map(learnText));
          await Promise.resolve();
        },
      },
      pollList: { due: async () => await Promise.resolve([]) },
      polls: { ask: async () => {} },
      clock: { nowMs: () => START_MS + 2_500 },
    });
    expect(asked.map(readLearn)).toEqual([{ tenant: TENANT, minute: START_MS / MINUTE_MS - 2 }]);
  });

  test('takes turns among more tenants than may be learned in a minute', async () => {
    const tenants = Array.from({ length: 250 }, (_, index) => `tenant-${index}`);
    const asked: (readonly string[])[] = [];
    for (const minute of [0, 1, 2])
      await tick({
        tenants: { seen: async () => {}, list: async () => await Promise.resolve(tenants) },
        evaluations: { ask: async () => {} },
        due: { due: async () => await Promise.resolve([]) },
        looks: { ask: async () => {} },
        learning: {
          ask: async (requests) => {
            asked.push(requests.map(({ tenant }) => tenant));
            await Promise.resolve();
          },
        },
        pollList: { due: async () => await Promise.resolve([]) },
        polls: { ask: async () => {} },
        clock: { nowMs: () => START_MS + minute * MINUTE_MS },
      });
    expect(Math.max(...asked.map((one) => one.length))).toBeLessThanOrEqual(100);
    expect(new Set(asked.flat()).size).toBe(250);
  });

  test('goes to the queue in the group of its tenant, whatever the tenant is called', async () => {
    const sent: QueueMessage[] = [];
    const send = async (messages: readonly QueueMessage[]) => {
      sent.push(...messages);
      await Promise.resolve();
    };
    const tenants = ['shop #1/ä', 'shop', 'x'.repeat(500)];
    await queueLearning({ send, textOf: learnText }).ask(
      tenants.map((tenant) => ({ tenant, minute: 1 })),
    );
    const look = { anomalyIds: [], incidentId: null, isSweep: true, delaySeconds: 7 };
    await queueLooks({ send, textOf: lookText }).ask(
      tenants.map((tenant) => ({ ...look, tenant })),
    );
    const groups = sent.map(({ group }) => group ?? '');
    expect(new Set(groups).size).toBe(tenants.length);
    expect(groups.every((group) => /^[a-z0-9]{1,128}$/.test(group))).toBe(true);
    expect(sent.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 0, 0, 7, 7, 7]);
  });

  test('is not asked by a look at an incident', () => {
    const look = { tenant: TENANT, anomalyIds: [], incidentId: null, isSweep: true };
    expect(readLearn(lookText({ ...look, delaySeconds: 0 }))).toBeNull();
  });
});
