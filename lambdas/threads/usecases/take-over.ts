import type { AnswerStep } from '../domain/fold-steps.ts';
import { foldSteps } from '../domain/fold-steps.ts';
import { addTokens } from '../domain/add-tokens.ts';
import { START_WAIT_MS, STARTS_MAX } from '../domain/limits.ts';
import type { RunEvent } from '../domain/run-event.ts';
import type { MessageStep, Run } from '../domain/thread.ts';
import { ownMessages } from '../domain/select-context.ts';
import { runIdOf, type RunPlace } from '../domain/thread-ids.ts';
import type { RunWriter } from '../ports/chunks.ts';
import { buildRequest } from './build-request.ts';
import { afterEnd, endRun, settleRun } from './end-run.ts';
import { FencedError, RunLog } from './run-log.ts';
import { CANCELLED, moneyOf, type Ending, type RunCareDeps, type Work } from './run-types.ts';

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
  deps: RunCareDeps,
  place: RunPlace,
  nonce: string,
): Promise<Run | null> => {
  const run = await deps.store.run(place);
  if (run === null) return null;
  const nowMs = deps.timers.nowMs();
  switch (run.status) {
    case 'queued':
      if (run.cancelAskedAtMs !== null) await finish(deps, run, nonce, CANCELLED);
      break;
    case 'active':
      if (run.leaseUntilMs > nowMs) return run;
      if (mayStart(run, nowMs)) {
        await deps.starter.start(run);
        return run;
      }
      await takeFrom(deps, run, nonce);
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

/** Nobody began it, and somebody still may. */
export const mayStart = (run: Run, nowMs: number): boolean =>
  run.writer === null &&
  run.starts < STARTS_MAX &&
  run.cancelAskedAtMs === null &&
  nowMs - run.leaseUntilMs < START_WAIT_MS;

/** Of several takers the one that won counts it. */
const takeFrom = async (deps: RunCareDeps, run: Run, nonce: string): Promise<void> => {
  const isRetry = mayRetry(run);
  const isTaken = isRetry
    ? await tryAgain(deps, run, nonce)
    : await finish(deps, run, nonce, run.writer === null ? NEVER_STARTED : INTERRUPTED);
  if (!isTaken) return;
  const reason = isRetry ? 'begun_again' : run.writer === null ? 'never_started' : 'interrupted';
  const facts = { run_id: runIdOf(run.threadId, run.seq) };
  deps.metrics.record({ takeovers: 1 }, { by: { reason }, facts });
};

const mayRetry = (run: Run): boolean =>
  run.settings.onInterrupt === 'retry' &&
  run.writer !== null &&
  run.cancelAskedAtMs === null &&
  run.starts < STARTS_MAX;

/** `on_interrupt: retry`: the open step is void, what it cost is settled, and another function begins it again. */
const tryAgain = async (deps: RunCareDeps, seen: Run, nonce: string): Promise<boolean> => {
  const writer = takerOf(seen, nonce);
  const run = await deps.store.startRun(seen, writer, deps.timers.nowMs());
  if (run === null) return false;
  const stored = await ownEvents(deps, run, writer);
  if (stored === null) return false;
  const work = await workOf(deps, run, writer, stored);
  const resumed = { type: 'run.resumed', epoch: writer.epoch, restart: true } as const;
  try {
    await work.log.push(resumed);
    await work.log.flush();
  } catch (error) {
    // A zombie's last put took the index: the next look finds this lease run out and tries again.
    if (error instanceof FencedError) return false;
    throw error;
  }
  const isMine = await deps.store.recordStep(run, writer, { step: null, money: moneyOf(work) });
  if (!isMine) return false;
  await settleRun(deps, { ...run, hold: work.hold, unsettled: work.unsettled });
  await deps.store.recordStep(run, writer, {
    step: null,
    money: { ...moneyOf(work), hold: null, unsettled: null },
  });
  const isHandedOver = await deps.store.handOver(run, writer, deps.timers.nowMs(), false);
  if (isHandedOver) await deps.starter.start(run);
  return isHandedOver;
};

/** The time to act on a waiting run is over. */
export const giveUpWaiting = async (deps: RunCareDeps, run: Run, nonce: string): Promise<boolean> =>
  await finish(deps, run, nonce, NOBODY_ACTED);

/** Ends a run that has no producer: taken by its epoch, assembled from its events. false: somebody else has it. */
export const finish = async (
  deps: RunCareDeps,
  seen: Run,
  nonce: string,
  ending: Ending,
): Promise<boolean> => {
  const writer = takerOf(seen, nonce);
  const run =
    seen.status === 'queued' ? seen : await deps.store.startRun(seen, writer, deps.timers.nowMs());
  if (run === null) return false;
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const stored = run.status === 'queued' ? [] : await ownEvents(deps, run, writer);
    if (stored === null) return false;
    const work = await workOf(deps, run, writer, stored);
    try {
      await endRun(deps, work, run.cancelAskedAtMs === null ? ending : CANCELLED);
      await deps.audience.serveIdleThread(run);
      return true;
    } catch (error) {
      // A zombie's last put took the index: what it stored is part of the run, and the next put fences it.
      if (!(error instanceof FencedError)) throw error;
      const now = await deps.store.run(run);
      if (now === null || now.epoch !== run.epoch || now.endedAtMs !== null) return false;
    }
  }
  return false;
};

/** A reader may take over a run more than once: each time it is another writer. */
const takerOf = (seen: Run, nonce: string): RunWriter => ({
  epoch: seen.epoch + 1,
  nonce: `${nonce}#${seen.epoch + 1}`,
});

/**
 * What is stored, while the run is still this writer's: then nobody of a later epoch wrote any of it, and whoever comes
 * later finds the next index taken or takes it first. null: somebody else has the run.
 */
export const ownEvents = async (
  deps: Pick<RunCareDeps, 'chunks' | 'store'>,
  run: Run,
  writer: RunWriter,
): Promise<readonly RunEvent[] | null> => {
  const events = await storedEvents(deps, run);
  const now = await deps.store.run(run);
  const isMine = now?.epoch === writer.epoch && now.writer === writer.nonce;
  return isMine && now.endedAtMs === null ? events : null;
};

/** Every event that is stored, from the first. */
export const storedEvents = async (
  deps: Pick<RunCareDeps, 'chunks'>,
  run: RunPlace,
): Promise<readonly RunEvent[]> => {
  const events: RunEvent[] = [];
  for (;;) {
    const page = await deps.chunks.read(run, events.length - 1, true);
    if (page.length === 0) return events;
    events.push(...page.map(({ event }) => event));
  }
};

/** Rows of an answer that are written already, by step. */
export const knownSteps = async (
  deps: Pick<RunCareDeps, 'store'>,
  run: RunPlace,
): Promise<ReadonlyMap<number, MessageStep>> => {
  const { steps } = await deps.store.history(run, {
    afterSeq: run.seq - 1,
    beforeSeq: run.seq + 1,
    order: 'asc',
    limit: 1,
  });
  return new Map(steps.map((step) => [step.step, step]));
};

/** The work of a dead producer, with what its last turn owes. */
const workOf = async (
  deps: RunCareDeps,
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
    guard: {
      signal: new AbortController().signal,
      cause: () => null,
      callEndsBy: () => undefined,
      end: () => undefined,
    },
    usage: run.usage,
    costNanoUsd: run.costNanoUsd,
    hold: run.hold,
    unsettled: run.unsettled,
    settlements: new Map(),
    omissions: new Map(),
    known: await knownSteps(deps, run),
    onEnd: () => undefined,
  };
  if (run.hold === null || run.unsettled !== null) return work;
  const last = steps.at(-1)?.role === 'assistant' ? steps.length - 1 : steps.length;
  const own = ownMessages(run, steps.slice(0, last));
  const { request } = await buildRequest(deps, run, own, []);
  const settlement = await deps.model.proven(run, run.hold, {
    request,
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
