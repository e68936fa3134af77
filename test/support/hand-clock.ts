import type { Timers } from '../../lambdas/shared/deps.ts';

/** Everything that is to be done without time passing. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
};

/** Time that stands still until a test lets it pass. */
export class HandClock {
  nowMs = 1_000_000;
  private readonly sleepers: { readonly untilMs: number; readonly wake: () => void }[] = [];

  readonly timers: Timers = {
    nowMs: () => this.nowMs,
    sleep: async (ms) =>
      await new Promise((resolve) => {
        if (ms <= 0) setImmediate(resolve);
        else this.sleepers.push({ untilMs: this.nowMs + ms, wake: resolve });
      }),
  };

  async pass(ms: number): Promise<void> {
    await settled();
    this.nowMs += ms;
    for (const sleeper of this.sleepers.splice(0))
      if (sleeper.untilMs <= this.nowMs) sleeper.wake();
      else this.sleepers.push(sleeper);
    await settled();
  }
}
