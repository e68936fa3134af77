import { setImmediate as settled } from 'node:timers/promises';
import type { Seeded } from './seeded.ts';

/** Lets exactly one actor go on at a time, in an order that the seed decides; a dead actor never goes on. */
export class Scheduler {
  private readonly waiting: { readonly actor: string; readonly resume: () => void }[] = [];
  private readonly random: Seeded;
  private readonly dead = new Set<string>();
  private readonly onDeath: (actor: string) => void;

  constructor(random: Seeded, onDeath: (actor: string) => void) {
    this.random = random;
    this.onDeath = onDeath;
  }

  async turn(actor: string): Promise<void> {
    await new Promise<void>((resume) => this.waiting.push({ actor, resume }));
  }

  /** Runs until nobody waits any more; each turn of an actor may be its last. */
  async run(crashShare: number): Promise<void> {
    for (await settled(); this.waiting.length > 0; await settled()) {
      const [next] = this.waiting.splice(this.random.below(this.waiting.length), 1);
      if (next === undefined) return;
      if (!this.dead.has(next.actor) && this.random.chance(crashShare)) {
        this.dead.add(next.actor);
        this.onDeath(next.actor);
      }
      if (!this.dead.has(next.actor)) next.resume();
    }
  }
}

/** Throws when what must hold does not. */
export const must = (condition: boolean, message: string): void => {
  if (!condition) throw new Error(message);
};
