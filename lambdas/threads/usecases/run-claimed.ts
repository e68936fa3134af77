import type { RunPlace } from '../domain/thread-ids.ts';
import type { RunWriter } from '../ports/chunks.ts';
import { runTurn } from './run-turn.ts';
import { CANCELLED, type RunTurnDeps } from './run-types.ts';
import { finish, knownSteps, ownEvents, takeOver } from './take-over.ts';

export interface RunClaimedInput {
  readonly run: RunPlace;
  readonly nonce: string;
  readonly deadlineMs: number;
}

/**
 * Produces a run that has no producer: claimed from the queue, handed over, or acted upon. Asked twice, one wins. One
 * whose producer is dead is looked after as by any reader.
 */
export const runClaimed = async (deps: RunTurnDeps, input: RunClaimedInput): Promise<void> => {
  const seen = await deps.store.run(input.run);
  if (seen?.status !== 'active') return;
  if (seen.writer !== null) {
    await takeOver(deps, seen, input.nonce);
    return;
  }
  if ((await deps.store.get(seen)) === null) {
    await finish(deps, seen, input.nonce, CANCELLED);
    return;
  }
  const writer: RunWriter = { epoch: seen.epoch + 1, nonce: input.nonce };
  const run = await deps.store.startRun(seen, writer, deps.timers.nowMs());
  if (run === null) return;
  const stored = await ownEvents(deps, run, writer);
  if (stored === null) return;
  await runTurn(deps, {
    run,
    writer,
    stored,
    known: await knownSteps(deps, run),
    held: null,
    deadlineMs: input.deadlineMs,
    onStored: () => undefined,
  });
};
