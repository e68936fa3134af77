import { setImmediate as settled } from 'node:timers/promises';
import type { Seeded } from './seeded.ts';

interface Sleeper {
  readonly atMs: number;
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
}

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
      if (!sleeper.actor.isDead) sleeper.resume();
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
  }
}

const isEarlier = (left: Sleeper | undefined, right: Sleeper | undefined): boolean =>
  left !== undefined &&
  right !== undefined &&
  (left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order));
