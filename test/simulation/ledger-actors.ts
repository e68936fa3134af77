import type { SpendLedger } from '../../lambdas/ledger/ports.ts';
import { AppError } from '../../lambdas/shared/app-error.ts';
import type { Scheduler } from './scheduler.ts';
import type { Seeded } from './seeded.ts';

export const CLOCK_SKEW_MS = 2_000;

/** What the actors of one run of the ledger share. */
export interface LedgerWorld {
  readonly random: Seeded;
  readonly scheduler: Scheduler;
  nowMs: number;
}

/** As one of them reads it: clocks differ. */
export const clock = ({ nowMs, random }: LedgerWorld): number =>
  nowMs + random.below(2 * CLOCK_SKEW_MS) - CLOCK_SKEW_MS;

/** Lets the actors go on until they end or die. Throws what none of them may throw. */
export const runActors = async (
  { scheduler }: LedgerWorld,
  crashShare: number,
  actors: readonly Promise<void>[],
): Promise<void> => {
  const failures: unknown[] = [];
  for (const actor of actors)
    actor.catch((error: unknown) => {
      // Storage that is down ends an actor, as a refused request does; everything else is a defect.
      if (!(error instanceof AppError && error.code === 'storage_unavailable'))
        failures.push(error);
    });
  await scheduler.run(crashShare);
  if (failures.length > 0) throw failures[0];
};

/** The schedule that expires holds, now and then. */
export const sweeper = async (world: LedgerWorld, ledger: SpendLedger): Promise<void> => {
  const { random, scheduler } = world;
  for (let rounds = random.below(4); rounds > 0; rounds--) {
    for (let later = random.below(20); later > 0; later--) await scheduler.turn('sweeper');
    await sweep(ledger, clock(world));
  }
};

export const sweep = async (ledger: SpendLedger, nowMs: number): Promise<void> => {
  for (const keyId of await ledger.keysToSweep(nowMs, 10)) await ledger.expireHolds(keyId, nowMs);
};
