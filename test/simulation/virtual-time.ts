import { setImmediate as everybodyElse } from 'node:timers/promises';
import type { Seeded } from './seeded.ts';

/** What was due while a process stood still comes within so long. */
const THAW_MS = 20;

interface Sleeper {
  atMs: number;
  readonly order: number;
  readonly actor: Actor;
  readonly resume: () => void;
}

/** A process of its own: when it dies, nothing of it ever goes on. */
export interface Actor {
  readonly name: string;
  readonly skewMs: number;
  isDead: boolean;
  /** It was held up for so long that others may have taken its work. */
  wasPaused: boolean;
  /** The whole process stands still until then: none of its timers fires, and it does not know. */
  frozenUntilMs: number;
}

/** With the right time, and well. */
export const newActor = (name: string): Actor => ({
  name,
  skewMs: 0,
  isDead: false,
  wasPaused: false,
  frozenUntilMs: 0,
});

/** Time that passes only when everybody waits; the earliest sleeper goes on, one at a time. */
export class VirtualTime {
  nowMs: number;
  private sleepers: Sleeper[] = [];
  private order = 0;
  readonly random: Seeded;

  constructor(random: Seeded, startMs: number) {
    this.random = random;
    this.nowMs = startMs;
  }

  async sleep(actor: Actor, ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    await new Promise<void>((resume) => {
      const sleeper = { atMs: this.nowMs + Math.max(0, ms), order: this.order++, actor, resume };
      this.sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.sleepers = this.sleepers.filter((other) => other !== sleeper);
        if (!actor.isDead) resume();
      });
    });
  }

  /** Runs until nobody sleeps any more, or until `untilMs`. */
  async run(untilMs: number): Promise<void> {
    // What runs the test gets a word in.
    await everybodyElse();
    for (await settled(); this.sleepers.length > 0; await settled()) {
      let next = 0;
      for (let place = 1; place < this.sleepers.length; place++)
        if (isEarlier(this.sleepers[place], this.sleepers[next])) next = place;
      const [sleeper] = this.sleepers.splice(next, 1);
      if (sleeper === undefined) return;
      if (sleeper.atMs > untilMs) {
        this.sleepers.push(sleeper);
        this.nowMs = untilMs;
        return;
      }
      this.nowMs = Math.max(this.nowMs, sleeper.atMs);
      const { isDead, frozenUntilMs } = sleeper.actor;
      // Whatever was due meanwhile is due when it thaws, in an order that nobody knows.
      if (!isDead && frozenUntilMs > this.nowMs)
        this.sleepers.push(
          Object.assign(sleeper, { atMs: frozenUntilMs + this.random.below(THAW_MS) }),
        );
      else if (!isDead) sleeper.resume();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }
}

/** When every promise that can go on has gone on: Node runs such a callback behind all of them. */
const settled = async (): Promise<void> =>
  await new Promise((resolve) => {
    process.nextTick(resolve);
  });

const isEarlier = (left: Sleeper | undefined, right: Sleeper | undefined): boolean =>
  left !== undefined &&
  right !== undefined &&
  (left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order));
