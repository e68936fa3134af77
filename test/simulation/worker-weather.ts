import { tableDeliveryStore } from '../../lambdas/sre/adapters/table-delivery-store.ts';
import type { Tables, Write } from '../../lambdas/platform/tables/tables.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { DeliveryStore } from '../../lambdas/sre/ports/deliveries.ts';
import { LEASE_MS } from '../../lambdas/sre/usecases/deliver-ticket.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import type { Seeded } from './seeded.ts';
import type { Actor, VirtualTime } from './virtual-time.ts';

/** Weakenings that the invariants must catch. */
export type DeliveryMutation =
  | 'no lease'
  | 'zombie writes'
  | 'unknown is repeated'
  | 'no lag'
  | 'no sweep'
  | 'death is certain'
  | 'no reminder'
  | 'wanted is overwritten'
  | 'told each time'
  | 'a pause is forgotten';

const TRAVEL_MS_MAX = 100;

interface WeatherDeps {
  readonly time: VirtualTime;
  readonly random: Seeded;
  readonly seen: Set<string>;
  /** Something that it wrote is there for everybody. */
  readonly onStored: (actor: Actor) => void;
}

/** What workers go through: calls that fail, take long, and are the last; and the guards that a fault takes away. */
export class WorkerWeather {
  isCalm = false;
  private readonly memory = new MemoryTables();
  private readonly time: VirtualTime;
  private readonly random: Seeded;
  private readonly seen: Set<string>;
  private readonly mutation: DeliveryMutation | null;
  private readonly onStored: (actor: Actor) => void;

  constructor({ time, random, seen, onStored }: WeatherDeps, mutation: DeliveryMutation | null) {
    this.time = time;
    this.random = random;
    this.seen = seen;
    this.onStored = onStored;
    this.mutation = mutation;
  }

  store(tables: Tables): DeliveryStore {
    const store = tableDeliveryStore({ tables });
    return {
      ...store,
      lease: async (seen, lease) => {
        const isHeld = await store.lease(seen, lease);
        if (!isHeld) this.seen.add('lost a race');
        return isHeld || this.mutation === 'no lease';
      },
      record: async (attemptId, result) => {
        const { delivery } = result;
        const isRecorded = await store.record(
          attemptId,
          this.mutation === 'no sweep'
            ? { ...result, delivery: { ...delivery, sweepMs: null } }
            : result,
        );
        if (!isRecorded) this.seen.add('zombie refused');
        return isRecorded;
      },
      addStray: async (key, externalId, nowMs) => {
        this.seen.add('zombie opened');
        await store.addStray(key, externalId, nowMs);
      },
      list: async (...key) => {
        const found = await store.list(...key);
        if (this.mutation !== 'death is certain') return found;
        return found.map((one) => ({ ...one, delivery: { ...one.delivery, doing: null } }));
      },
    };
  }

  /** Each call takes time, may fail, may hold the worker up beyond its lease, and may be its last. */
  async pass(actor: Actor, kind: string): Promise<void> {
    await this.time.sleep(actor, this.random.below(TRAVEL_MS_MAX));
    if (this.isCalm) return;
    if (this.random.chance(0.01)) {
      this.seen.add(`killed at: ${kind}`);
      actor.isDead = true;
      await new Promise<never>(() => undefined);
    }
    if (this.random.chance(0.01)) {
      this.seen.add('stood still');
      actor.wasPaused = true;
      actor.frozenUntilMs = this.time.nowMs + this.random.below(LEASE_MS + 40_000);
      await this.time.sleep(actor, 0);
    }
    if (!this.random.chance(0.01)) return;
    this.seen.add('storage down');
    throw new AppError({ code: 'storage_unavailable', publicMessage: 'down' });
  }

  unreliable(actor: Actor): Tables {
    const { memory } = this;
    const stored = async <T>(kind: string, step: () => Promise<T>): Promise<T> =>
      await through(kind, async () => {
        const answer = await step();
        this.onStored(actor);
        return answer;
      });
    const through = async <T>(kind: string, step: () => Promise<T>): Promise<T> => {
      await this.pass(actor, kind);
      const answer = await step();
      await this.pass(actor, kind);
      return answer;
    };
    return {
      get: async (...args) => await through('read', async () => await memory.get(...args)),
      getMany: async (...args) => await through('read', async () => await memory.getMany(...args)),
      query: async (query) => await through('read', async () => await memory.query(query)),
      update: async () => await Promise.reject(new Error('deliveries write without an answer')),
      write: async (write) =>
        await stored('write', async () => await memory.write(this.weaken(write))),
      transact: async (writes) =>
        await stored(
          'transact',
          async () => await memory.transact(writes.map((write) => this.weaken(write))),
        ),
    };
  }

  private weaken(write: Write): Write {
    const isTold = write.condition === 'attribute_not_exists(refused_since)';
    if (this.mutation === 'a pause is forgotten' && write.condition?.includes('paused_until <'))
      return { ...write, condition: 'attribute_exists(pk) AND attribute_not_exists(pk)' };
    if (this.mutation === 'told each time' && isTold)
      return { ...write, condition: 'attribute_exists(pk) OR attribute_not_exists(pk)' };
    if (write.condition !== 'attempt_id = :attempt' || write.kind !== 'update') return write;
    if (this.mutation === 'zombie writes') return { ...write, condition: 'attribute_exists(pk)' };
    if (this.mutation !== 'wanted is overwritten') return write;
    const { ':sent_rev': sent } = write.values ?? {};
    return {
      ...write,
      update: `${write.update}, want_rev = :overwritten`,
      values: { ...write.values, ':overwritten': sent },
    };
  }
}
