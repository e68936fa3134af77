import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { dynamoSpendLedger } from '../../lambdas/ledger/adapters/dynamo-spend-ledger.ts';
import type { DiagnoseDeps } from '../../lambdas/sre/usecases/diagnose-incident.ts';
import { GOOD, says } from '../support/sre/diagnosis-answers.ts';
import { diagnosisRoom } from '../support/sre/diagnosis-room.ts';
import { startScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts';
import { dieAtEach, tablesOf, type Step } from './mortal.ts';
import { must } from './scheduler.ts';

/** A message that was not ended comes again after so long: the lease is over by then. */
const AGAIN_MS = 180_000;
const HOUR_MS = 3_600_000;

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  upstream.script = says(JSON.stringify(GOOD));
});
afterAll(() => upstream.stop());

type Room = Awaited<ReturnType<typeof diagnosisRoom>>;
interface World {
  readonly room: Room;
  readonly callsBefore: number;
  messages: number;
}

const worldOf = async (): Promise<World> => ({
  room: await diagnosisRoom(upstream.url),
  callsBefore: upstream.requests.length,
  messages: 0,
});

const work = async (
  world: World,
  step: Step,
  weaken: (deps: DiagnoseDeps) => DiagnoseDeps = (deps) => deps,
): Promise<void> => {
  const { room } = world;
  world.messages += 1;
  if (world.messages > 1) room.time.nowMs += AGAIN_MS;
  const deps = room.depsOver(tablesOf(room.tables, step), {
    send: async (request, signal) =>
      await step(async () => await room.engine.modelClient.send(request, signal)),
  });
  await room.diagnose(weaken(deps));
};

const settled = z.looseObject({
  last: z.looseObject({ holdId: z.string(), costNanoUsd: z.number() }),
});

/** One diagnosis and one step of it; every price that was held ended once, and what is spent is what was settled. */
const check = async ({ room, callsBefore }: World): Promise<void> => {
  const calls = upstream.requests.length - callsBefore;
  must(calls === 1 || calls === 2, `the model was asked ${calls} times`);
  const { diagnosis } = await room.incident();
  must(diagnosis?.outcome.kind === 'given', 'there is no diagnosis');
  const steps = (await room.steps()).filter(({ kind }) => kind === 'diagnosed').length;
  must(steps === 1, `the timeline says so ${steps} times`);
  const key = await room.key();
  must(key !== null, 'there is no key');
  await dynamoSpendLedger({ tables: room.tables }).expireHolds(
    key?.state.keyId ?? '',
    room.time.nowMs + HOUR_MS,
  );
  const costs = new Map(
    room.tables.stream.flatMap(({ after }) => {
      const { data } = settled.safeParse(after);
      return data === undefined ? [] : [[data.last.holdId, data.last.costNanoUsd] as const];
    }),
  );
  const spent = [...costs.values()].reduce((sum, cost) => sum + cost, 0);
  const { state } = (await room.key()) ?? {};
  must(state?.holdCount === 0, 'a hold is left standing');
  must(state?.spentNanoUsd === spent, `${state?.spentNanoUsd} are spent, ${spent} were settled`);
};

describe('diagnose that dies at each of its awaits', () => {
  test('gives one diagnosis, asks twice at most, and leaves no price held or charged twice', async () => {
    const deaths = await dieAtEach({ world: worldOf, work, check });
    expect(deaths).toBeGreaterThan(25);
  });

  test('is caught where a result is written over another one', async () => {
    const twice = dieAtEach({
      world: worldOf,
      work: async (world, step) =>
        await work(world, step, (deps) => ({
          ...deps,
          incidents: {
            ...deps.incidents,
            // Whoever comes again believes that nobody was there.
            get: async (tenant, id) => {
              const incident = await deps.incidents.get(tenant, id);
              return incident === null ? null : { ...incident, diagnosis: null };
            },
          },
        })),
      check,
    });
    await expect(twice).rejects.toThrow('the timeline says so 2 times');
  });
});

test('a worker that stands still beyond its lease writes nothing over what another one wrote', async () => {
  const { room, callsBefore } = await worldOf();
  const gate = Promise.withResolvers<void>();
  const still = room.diagnose(
    room.depsOver(room.tables, {
      send: async (request, signal) => {
        const answer = await room.engine.modelClient.send(request, signal);
        await gate.promise;
        return answer;
      },
    }),
  );
  while (upstream.requests.length === callsBefore) await new Promise((next) => setImmediate(next));
  room.time.nowMs += AGAIN_MS;
  await room.diagnose();
  const first = await room.incident();
  gate.resolve();
  await still;
  expect(await room.incident()).toEqual(first);
  await check({ room, callsBefore, messages: 2 });
});

const silent = (room: Room): DiagnoseDeps =>
  room.depsOver(room.tables, { send: async () => await new Promise<never>(() => undefined) });
/** A worker that dies while its model is at work. */
const dead = async (room: Room, holds: number): Promise<void> => {
  void room.diagnose(silent(room));
  while ((await room.key())?.state.holdCount !== holds)
    await new Promise((next) => setImmediate(next));
};

test('a worker whose lease holds is not raced by the message that comes again', async () => {
  const { room, callsBefore } = await worldOf();
  await dead(room, 1);
  room.time.nowMs += 100_000;
  await room.diagnose();
  expect(upstream.requests.length).toBe(callsBefore);
  expect((await room.incident()).diagnosis).toBeNull();
  // It looks again behind the lease, should that worker have died.
  expect(room.sent).toEqual([{ afterMs: 55_000 }]);
});

test('whoever finds three that died asks no fourth time, and says so', async () => {
  const { room, callsBefore } = await worldOf();
  for (let holds = 1; holds <= 3; holds++) {
    await dead(room, holds);
    room.time.nowMs += AGAIN_MS;
  }
  await room.diagnose();
  expect(upstream.requests.length).toBe(callsBefore);
  expect((await room.steps()).at(-1)).toMatchObject({
    kind: 'not_diagnosed',
    text: 'No diagnosis of gpt-4o-mini: It was begun 3 times, and came to no end.',
  });
});
