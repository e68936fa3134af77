import { encodeItem, type WireItem } from '../../lambdas/platform/aws/attribute-values.ts';
import type { Item, Tables, Write } from '../../lambdas/platform/tables/tables.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { LookRequest } from '../../lambdas/sre/incidents/look.ts';
import { MemoryTables } from '../support/memory-tables.ts';
import { through } from '../support/through-tables.ts';
import type { Seeded } from './seeded.ts';
import type { Actor, VirtualTime } from './virtual-time.ts';

const CRASH_SHARE = 0.006;
const LOST_ANSWER_SHARE = 0.03;
const OUTAGE_SHARE = 0.006;
/** A crowded run is slow, and those who decide at once meet. */
const TRAVEL_MS_MAX = [60, 60, 900] as const;
/** A message that was not done is seen again. */
const VISIBLE_AGAIN_MS = 90_000;
const CORRELATORS_MAX = 4;

/** Removes a guard from a write; the write itself when there is nothing to remove. */
export type Weaken = (write: Write) => Write | null;

export interface CloudWorld {
  readonly time: VirtualTime;
  readonly random: Seeded;
  readonly seen: Set<string>;
  readonly isCalm: () => boolean;
  readonly weaken: Weaken;
  readonly onMessage: (look: LookRequest, actor: Actor) => Promise<void>;
  /** The stream has something new. */
  readonly onStream: () => void;
  readonly failures: unknown[];
}

export interface StreamRecord {
  readonly NewImage?: WireItem;
  readonly OldImage?: WireItem;
}

export const actorOf = (name: string, skewMs = 0): Actor => ({
  name,
  skewMs,
  isDead: false,
  wasPaused: false,
  frozenUntilMs: 0,
});

/** The Sre table with its stream, and the queue of looks: what is between the functions. */
export class IncidentCloud {
  readonly memory = new MemoryTables();
  readonly stream: StreamRecord[] = [];
  private readonly world: CloudWorld;
  private readonly waiting: { readonly look: LookRequest; atMs: number }[] = [];
  private running = 0;
  private readonly travelMsMax: number;

  constructor(world: CloudWorld) {
    this.world = world;
    this.travelMsMax = world.random.pick(TRAVEL_MS_MAX);
  }

  /** A write of which the stream tells, at one instant. */
  apply(writes: readonly Write[]): 'written' | readonly (Item | null | undefined)[] {
    const weakened = writes.map(this.world.weaken).filter((write) => write !== null);
    const before = weakened.map(({ key }) => this.itemAt(key));
    const outcome = this.memory.applyAll(weakened);
    if (outcome.kind === 'refused') return outcome.items;
    for (const [index, { kind, key }] of weakened.entries()) {
      const [old, now] = [before[index], this.itemAt(key)];
      // As the filter of the mapping.
      if (kind === 'check' || (now?.['anomaly'] ?? now?.['news']) === undefined) continue;
      this.stream.push({
        ...(old === undefined ? {} : { OldImage: encodeItem(old) }),
        ...(now === undefined ? {} : { NewImage: encodeItem(now) }),
      });
      this.world.onStream();
    }
    return 'written';
  }

  private itemAt({ pk, sk }: { readonly pk: string; readonly sk: string }): Item | undefined {
    return this.memory.items.sre.get(`${pk}|${sk}`);
  }

  /** The tables over a network: each call takes time, may fail, and may be the last thing that a function does. */
  tablesOf(actor: Actor): Tables {
    const { memory } = this;
    const write = async (writes: readonly Write[]): ReturnType<Tables['transact']> =>
      await this.call(actor, 'write', async () => {
        const outcome = this.apply(writes);
        if (outcome === 'written') return { kind: 'written' };
        if (writes.length > 1) this.world.seen.add('lost a race');
        return { kind: 'refused', items: outcome };
      });
    return {
      ...through(memory),
      get: async (...args) => await this.call(actor, 'read', async () => await memory.get(...args)),
      getMany: async (...args) =>
        await this.call(actor, 'read', async () => await memory.getMany(...args)),
      query: async (query) => await this.call(actor, 'read', async () => await memory.query(query)),
      write: async (one) => {
        const outcome = await write([one]);
        return outcome.kind === 'written' ? outcome : { kind: 'refused', item: null };
      },
      transact: async (writes) => await write(writes),
      update: async () => await Promise.reject(new Error('incidents write without an answer')),
    };
  }

  async call<T>(actor: Actor, kind: string, step: () => Promise<T>): Promise<T> {
    await this.pass(actor, `before a ${kind}`);
    const answer = await step();
    await this.pass(actor, `behind a ${kind}`);
    return answer;
  }

  private async pass(actor: Actor, where: string): Promise<void> {
    const { time, random, seen, isCalm } = this.world;
    await time.sleep(actor, random.below(this.travelMsMax));
    if (isCalm()) return;
    if (random.chance(CRASH_SHARE)) {
      seen.add(`killed ${where}`);
      actor.isDead = true;
      // Nobody who is dead goes on.
      await new Promise<never>(() => undefined);
    }
    if (!random.chance(OUTAGE_SHARE)) return;
    seen.add('storage down');
    throw new AppError({ code: 'storage_unavailable', publicMessage: 'down' });
  }

  /** Takes messages: some come twice, in whatever order. */
  send(looks: readonly LookRequest[]): void {
    const { time, random, seen } = this.world;
    for (const look of looks) {
      const atMs = time.nowMs + look.delaySeconds * 1_000 + random.below(2_000);
      this.enqueue(look, atMs);
      if (!random.chance(LOST_ANSWER_SHARE)) continue;
      seen.add('message twice');
      this.enqueue(look, atMs + random.below(5 * 60_000));
    }
  }

  private enqueue(look: LookRequest, atMs: number): void {
    const { time } = this.world;
    this.waiting.push({ look, atMs });
    void time.sleep(actorOf('queue'), atMs - time.nowMs).then(() => this.deliver());
  }

  /** Up to four work at a time, each in a process of its own. */
  private deliver(): void {
    const { time } = this.world;
    while (this.running < CORRELATORS_MAX) {
      const index = this.waiting.findIndex(({ atMs }) => atMs <= time.nowMs);
      if (index < 0) break;
      const [next] = this.waiting.splice(index, 1);
      if (next !== undefined) this.run(next.look);
    }
  }

  private run(look: LookRequest): void {
    const { time, random, seen, failures, onMessage } = this.world;
    this.running++;
    if (this.running === CORRELATORS_MAX) seen.add('four correlators');
    const actor = actorOf('correlate', random.below(4_000) - 2_000);
    let isDone = false;
    const end = (isWell: boolean): void => {
      if (isDone) return;
      isDone = true;
      this.running--;
      if (!isWell) this.enqueue(look, time.nowMs + 1);
      this.deliver();
    };
    onMessage(look, actor)
      .then(() => end(true))
      .catch((error: unknown) => {
        // What storage refused, the queue gives again.
        if (!(error instanceof AppError)) failures.push(error);
        end(false);
      });
    void time.sleep(actorOf('queue'), VISIBLE_AGAIN_MS).then(() => end(!actor.isDead));
  }
}
