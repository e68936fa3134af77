import type { AnswerStep } from '../domain/fold-steps.ts';
import { foldSteps } from '../domain/fold-steps.ts';
import { addTokens } from '../domain/add-tokens.ts';
import { STARTS_MAX } from '../domain/limits.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/thread.ts';
import { ownMessages } from '../domain/select-context.ts';
import type { RunPlace } from '../domain/thread-ids.ts';
import type { RunWriter } from '../ports.ts';
import { buildRequest } from './build-request.ts';
import { afterEnd, endRun, settleRun } from './end-run.ts';
import { FencedError, RunLog } from './run-log.ts';
import { CANCELLED, type Ending, type RunTurnDeps, type Work } from './run-types.ts';

const TRIES_MAX = 20;

const INTERRUPTED: Ending = {
  status: 'incomplete',
  terminal: 'run.interrupted',
  stopReason: 'interrupted',
};
const NEVER_STARTED: Ending = {
  status: 'failed',
  terminal: 'run.failed',
  stopReason: 'error',
  error: { code: 'internal', message: 'The run was asked to start and did not.' },
};
const NOBODY_ACTED: Ending = {
  status: 'incomplete',
  terminal: 'run.incomplete',
  stopReason: 'requires_action',
};

/**
 * Looks after a run that may have lost its producer. Whoever finds its lease expired, a reader or the sweep, ends it
 * from what is stored; of several takers one wins. A run that nobody started is started again.
 */
export const takeOver = async (
  deps: RunTurnDeps,
  place: RunPlace,
  nonce: string,
): Promise<Run | null> => {
  const run = await deps.store.run(place);
  if (run === null) return null;
  const nowMs = deps.timers.nowMs();
  switch (run.status) {
    case 'queued':
      return run;
    case 'active':
      if (run.leaseUntilMs > nowMs) return run;
      if (run.writer === null && run.starts < STARTS_MAX && run.cancelAskedAtMs === null) {
        await deps.starter.start(run);
        return run;
      }
      await finish(deps, run, nonce, run.writer === null ? NEVER_STARTED : INTERRUPTED);
      break;
    case 'requires_action':
      await settleRun(deps, run);
      if (run.cancelAskedAtMs !== null) await finish(deps, run, nonce, CANCELLED);
      break;
    default:
      await afterEnd(deps, run);
  }
  return await deps.store.run(place);
};

/** The time to act on a waiting run is over. */
export const giveUpWaiting = async (deps: RunTurnDeps, run: Run, nonce: string): Promise<void> =>
  await finish(deps, run, nonce, NOBODY_ACTED);

/** Ends a run that has no producer: taken by its epoch, assembled from its events. */
export const finish = async (
  deps: RunTurnDeps,
  seen: Run,
  nonce: string,
  ending: Ending,
): Promise<void> => {
  const writer: RunWriter = { epoch: seen.epoch + 1, nonce };
  const run =
    seen.status === 'queued' ? seen : await deps.store.startRun(seen, writer, deps.timers.nowMs());
  if (run === null) return;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const stored = await storedEvents(deps, run);
    const work = await workOf(deps, run, writer, stored);
    const isCancel = run.cancelAskedAtMs !== null && ending.terminal === 'run.interrupted';
    try {
      await endRun(deps, work, isCancel ? CANCELLED : ending);
      return;
    } catch (error) {
      // A zombie's last put took the index: what it stored is part of the run, and the next put fences it.
      if (!(error instanceof FencedError)) throw error;
      const now = await deps.store.run(run);
      if (now === null || now.epoch !== run.epoch || now.endedAtMs !== null) return;
    }
  }
};

/** Every event that is stored, from the first. */
export const storedEvents = async (
  deps: Pick<RunTurnDeps, 'chunks'>,
  run: RunPlace,
): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  for (;;) {
    const page = await deps.chunks.read(run, events.length - 1);
    if (page.length === 0) return events;
    events.push(...page.map(({ event }) => event));
  }
};

/** The work of a dead producer, with what its last turn owes. */
const workOf = async (
  deps: RunTurnDeps,
  run: Run,
  writer: RunWriter,
  stored: readonly RunEvent[],
): Promise<Work> => {
  const steps = foldSteps(stored);
  const work: Work = {
    run,
    writer,
    log: new RunLog(deps, {
      run,
      writer,
      startedAtMs: run.createdAtMs,
      stored,
      onStored: () => undefined,
    }),
    guard: { signal: new AbortController().signal, cause: () => null, end: () => undefined },
    usage: run.usage,
    costNanoUsd: run.costNanoUsd,
    hold: run.hold,
    unsettled: run.unsettled,
    settlements: new Map(),
    omissions: new Map(),
  };
  if (run.hold === null || run.unsettled !== null) return work;
  const last = steps.at(-1)?.role === 'assistant' ? steps.length - 1 : steps.length;
  const settlement = await deps.model.proven(run, run.hold, {
    request: await buildRequest(deps, run, ownMessages(run, steps.slice(0, last)), []),
    text: textOf(steps[last]),
  });
  work.settlements = new Map([[last, settlement]]);
  work.usage = addTokens(work.usage, settlement.tokens);
  work.costNanoUsd += settlement.costNanoUsd;
  work.unsettled = settlement;
  return work;
};

const textOf = (step: AnswerStep | undefined): string =>
  (step?.content ?? [])
    .map((block) => {
      switch (block.type) {
        case 'text':
          return block.text;
        case 'thinking':
          return block.thinking;
        case 'tool_use':
          return block.partial_json ?? JSON.stringify(block.input);
        default:
          return '';
      }
    })
    .join('');
