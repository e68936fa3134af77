import type { Tables } from '../../lambdas/platform/tables/tables.ts';

/**
 * A process that dies at its nth await. What it asked for before that has happened, nothing behind it ever goes on, not
 * even a catch.
 */
export class Mortal {
  /** Awaits of the network so far: the way there and the way back are one each. */
  awaits = 0;
  private readonly dieAt: number | null;
  private readonly dying = Promise.withResolvers<'dead'>();
  private isDead = false;

  constructor(dieAt: number | null) {
    this.dieAt = dieAt;
  }

  /** What the work answers, or that it never did. */
  async run<T>(work: (step: Step) => Promise<T>): Promise<T | 'dead'> {
    return await Promise.race([work(async (asked) => await this.step(asked)), this.dying.promise]);
  }

  private async step<T>(asked: () => Promise<T>): Promise<T> {
    await this.live();
    const answer = await asked();
    await this.live();
    return answer;
  }

  private async live(): Promise<void> {
    this.awaits += 1;
    if (this.awaits === this.dieAt) {
      this.isDead = true;
      this.dying.resolve('dead');
    }
    if (this.isDead) await new Promise<never>(() => undefined);
  }
}

/** Asks for something over the network. */
export type Step = <T>(asked: () => Promise<T>) => Promise<T>;

/** The tables as a mortal process has them. */
export const tablesOf = (tables: Tables, step: Step): Tables => ({
  get: async (...args) => await step(async () => await tables.get(...args)),
  getMany: async (...args) => await step(async () => await tables.getMany(...args)),
  query: async (...args) => await step(async () => await tables.query(...args)),
  write: async (...args) => await step(async () => await tables.write(...args)),
  update: async (...args) => await step(async () => await tables.update(...args)),
  transact: async (...args) => await step(async () => await tables.transact(...args)),
});

/**
 * Runs the work once for each of its awaits, in a fresh world each, with a process that dies there; then whoever asked for
 * the work asks again, as the platform does. Answers how many deaths that were.
 */
export const dieAtEach = async <W>(life: {
  readonly world: () => W | Promise<W>;
  readonly work: (world: W, step: Step) => Promise<unknown>;
  readonly check: (world: W, deathAt: number | null) => Promise<void>;
}): Promise<number> => {
  for (let dieAt = 1; ; dieAt++) {
    const world = await life.world();
    const mortal = new Mortal(dieAt);
    const outcome = await mortal.run(async (step) => await life.work(world, step));
    if (outcome === 'dead')
      await new Mortal(null).run(async (step) => await life.work(world, step));
    await life.check(world, outcome === 'dead' ? dieAt : null);
    if (outcome !== 'dead') return dieAt - 1;
  }
};
