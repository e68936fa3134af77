import { AppError } from '../../shared/app-error.ts';
import type { ToolUseBlock } from '../../inference/turn/turn.ts';
import { addTokens } from '../domain/add-tokens.ts';
import { foldSteps, type AnswerStep } from '../domain/fold-steps.ts';
import { FUNCTION_MS_MAX, HAND_OVER_MS } from '../domain/limits.ts';
import { ownMessages } from '../domain/select-context.ts';
import { openCalls } from '../domain/open-calls.ts';
import type { LoggedEvent, RunEvent } from '../domain/run-event.ts';
import type { Settlement } from '../../ledger/domain/usage.ts';
import type { MessageStep, Run, RunHold } from '../domain/thread.ts';
import type { HeldTurn } from '../ports/model.ts';
import type { RunWriter } from '../ports/chunks.ts';
import { buildRequest } from './build-request.ts';
import { endRun } from './end-run.ts';
import { guardRun } from './guard-run.ts';
import { holdTurn } from './hold-turn.ts';
import { FencedError, RunLog } from './run-log.ts';
import { answerSteps } from './step-rows.ts';
import { callTools, wantMoreTime } from './call-tools.ts';
import { CANCELLED, moneyOf, type Ending, type RunTurnDeps, type Work } from './run-types.ts';

export interface RunTurnInput {
  /** Taken already: its epoch and writer are this producer's. */
  readonly run: Run;
  readonly writer: RunWriter;
  /** Events that an earlier producer stored. */
  readonly stored: readonly RunEvent[];
  /** Rows of the answer that an earlier producer wrote, by step. */
  readonly known: ReadonlyMap<number, MessageStep>;
  /** The first turn's money, taken before the run was written; null: it is taken here. */
  readonly held: HeldTurn | null;
  /** When the work must be over, epoch ms. */
  readonly deadlineMs: number;
  readonly onStored: (events: readonly LoggedEvent[]) => void;
}

/**
 * Produces a run to its end, pause or hand-over: model turns and batches of tools in turn, every event durable before it
 * is shown, one transaction at the end. A producer that lost its run stops without a word.
 */
export const runTurn = async (deps: RunTurnDeps, input: RunTurnInput): Promise<void> => {
  const { run, writer } = input;
  const guard = guardRun(deps, run, writer, input.deadlineMs);
  const viewers = deps.audience.follow(run, input.stored);
  const work: Work = {
    run,
    writer,
    guard,
    log: new RunLog(deps, {
      run,
      writer,
      startedAtMs: deps.timers.nowMs(),
      stored: input.stored,
      onStored: recordFirstEvent(deps, input, (events) => {
        viewers.show(events);
        input.onStored(events);
      }),
    }),
    usage: run.usage,
    costNanoUsd: run.costNanoUsd,
    hold: run.hold,
    unsettled: run.unsettled,
    settlements: new Map(),
    omissions: new Map(),
    known: input.known,
    onEnd: () => void viewers.end(),
  };
  try {
    const ending = await produce(deps, work, input);
    // Stopped before the model was asked: the money goes back.
    if (ending !== null && work.unsettled === null && input.held !== null && work.hold !== null)
      work.unsettled = await input.held.settlement('released');
    if (ending !== null) await endRun(deps, work, ending);
    guard.end();
    await viewers.end();
  } catch (error) {
    viewers.abort();
    // Somebody else has the run, or the store is away: the lease runs out and a taker ends it.
    if (!(error instanceof FencedError)) deps.report('run left to its taker', error);
  } finally {
    guard.end();
  }
};

/** Records once how long a turn's caller waited until the first words were stored, which is when they are shown. */
const recordFirstEvent = (
  deps: RunTurnDeps,
  { run, stored }: RunTurnInput,
  onStored: RunTurnInput['onStored'],
): RunTurnInput['onStored'] => {
  let isRecorded = stored.length > 0;
  return (events) => {
    onStored(events);
    if (isRecorded || !events.some(({ event }) => event.type === 'content_block_delta')) return;
    isRecorded = true;
    deps.metrics.record({ firstEventMs: Math.max(0, deps.timers.nowMs() - run.createdAtMs) });
  };
};

const produce = async (
  deps: RunTurnDeps,
  work: Work,
  input: RunTurnInput,
): Promise<Ending | null> => {
  let { held } = input;
  if (work.run.cancelAskedAtMs !== null) return CANCELLED;
  for (;;) {
    const steps = foldSteps(work.log.events);
    const turns = steps.filter((step) => step.role === 'assistant').length;
    const calls = callsToRun(work, steps);
    if (calls.length > 0) {
      const isFresh = work.log.events.length === input.stored.length;
      if (!isFresh && (await wantMoreTime(deps, work, calls, input.deadlineMs)))
        return await handOver(deps, work);
      const tools = await callTools(deps, work, calls);
      if (tools !== null) return tools;
      continue;
    }
    const last = steps.at(-1);
    if (last?.role === 'assistant') return endingOfStep(last);
    if (turns >= work.run.settings.loopMax) return LOOP_LIMIT;
    if (turns > 0 && input.deadlineMs - deps.timers.nowMs() < HAND_OVER_MS)
      return await handOver(deps, work);
    const ending = await modelTurn(deps, work, steps, held);
    if (ending !== null) return ending;
    held = null;
  }
};

/** A run may end with the calls of its client's tools: their results come with the next turn. */
const callsToRun = ({ run }: Work, steps: readonly AnswerStep[]): readonly ToolUseBlock[] =>
  run.settings.clientCalls === 'end' ? [] : openCalls(steps);

const LOOP_LIMIT: Ending = {
  status: 'incomplete',
  terminal: 'run.incomplete',
  stopReason: 'loop_limit',
};
const DEADLINE: Ending = {
  status: 'incomplete',
  terminal: 'run.incomplete',
  stopReason: 'deadline',
};

/** An answer that never said why it stopped broke off, however orderly its stream ended. */
const endingOfStep = (last: AnswerStep): Ending =>
  last.stopReason === null ||
  last.stopReason === 'max_tokens' ||
  last.stopReason === 'content_filter'
    ? { status: 'incomplete', terminal: 'run.incomplete', stopReason: last.stopReason }
    : { status: 'complete', terminal: 'run.completed', stopReason: last.stopReason };

/** Between steps another function may continue: epoch + 1, the same log. */
const handOver = async (deps: RunTurnDeps, work: Work): Promise<null> => {
  await work.log.flush();
  if (await deps.store.handOver(work.run, work.writer, deps.timers.nowMs(), true))
    await deps.starter.start(work.run);
  return null;
};

/** One model turn; null: the run continues. */
const modelTurn = async (
  deps: RunTurnDeps,
  work: Work,
  steps: readonly AnswerStep[],
  first: HeldTurn | null,
): Promise<Ending | null> => {
  let held = first;
  try {
    held ??= await takeMoney(deps, work, steps);
  } catch (error) {
    if (error instanceof AppError && error.status < 500) return endingOfRefusal(error);
    throw error;
  }
  work.omissions.set(steps.length, held.omissions);
  work.guard.callEndsBy(deps.timers.nowMs() + deps.callMsMax);
  const failure = await streamTurn(deps, work, held);
  work.guard.callEndsBy(null);
  const cause = work.guard.cause();
  if (cause === 'fenced') throw new FencedError('the lease was lost');
  const settlement = await held.settlement(
    failure === null ? 'completed' : (cause ?? 'provider_error'),
  );
  work.settlements.set(steps.length, settlement);
  work.usage = addTokens(work.usage, settlement.tokens);
  work.costNanoUsd += settlement.costNanoUsd;
  work.unsettled = settlement;
  if (cause === 'cancelled') return CANCELLED;
  if (cause === 'deadline') return DEADLINE;
  if (failure !== null) return endingOfFailure(failure);
  await work.log.flush();
  const now = foldSteps(work.log.events);
  if (callsToRun(work, now).length === 0) return null;
  await record(deps, work, now);
  return null;
};

/** The turn that just ended is a row before its tools run, and the ledger is notified. */
const record = async (
  deps: RunTurnDeps,
  work: Work,
  steps: readonly AnswerStep[],
): Promise<void> => {
  const row = answerSteps(work, steps, deps.timers.nowMs(), 'streaming').at(-1) ?? null;
  const isMine = await deps.store.recordStep(work.run, work.writer, {
    step: row,
    money: moneyOf(work),
  });
  if (!isMine) throw new FencedError('the run has another producer');
  if (work.unsettled !== null && work.hold !== null)
    await deps.model.settle(work.hold, work.unsettled);
  work.hold = null;
  work.unsettled = null;
};

/** Every model turn of a loop holds again, and the run says so before the model is called. */
const takeMoney = async (
  deps: RunTurnDeps,
  work: Work,
  steps: readonly AnswerStep[],
): Promise<HeldTurn> => {
  const { run } = work;
  const own = ownMessages(run, steps);
  const tools = await deps.tools.offered(run, own);
  const held = await holdTurn(deps, await buildRequest(deps, run, own, tools), {
    credential: { keyId: run.keyId, secretHash: null },
    call: null,
    feature: run.settings.feature,
    threadId: run.threadId,
    run,
    deadlineMs: deps.timers.nowMs() + FUNCTION_MS_MAX,
  });
  await nameHold(deps, work, held.hold);
  return held;
};

/** A hold that the run cannot name, as somebody else has the run, is given back. */
const nameHold = async (deps: RunTurnDeps, work: Work, hold: RunHold): Promise<void> => {
  work.hold = hold;
  const isMine = await deps.store.recordStep(work.run, work.writer, {
    step: null,
    money: moneyOf(work),
  });
  if (isMine) return;
  await deps.model.withdraw(hold);
  throw new FencedError('the run has another producer');
};

/** The provider's error, or null when the turn is whole. A lost log is not the provider's. */
const streamTurn = async (deps: RunTurnDeps, work: Work, held: HeldTurn): Promise<unknown> => {
  try {
    const events = held.stream(work.guard.signal, async (hold, settled) => {
      await moveHold(deps, work, hold, settled);
    });
    for await (const event of events) await work.log.push(event);
    return null;
  } catch (error) {
    if (error instanceof FencedError) throw error;
    return error;
  }
};

/** The run knows the hold of the model that is asked next; what the last one billed is settled, and part of its cost. */
const moveHold = async (
  deps: RunTurnDeps,
  work: Work,
  hold: RunHold,
  settled: Settlement | null,
): Promise<void> => {
  if (settled !== null) {
    work.usage = addTokens(work.usage, settled.tokens);
    work.costNanoUsd += settled.costNanoUsd;
  }
  await nameHold(deps, work, hold);
};

const endingOfRefusal = (error: AppError): Ending =>
  error.status === 402
    ? {
        status: 'incomplete',
        terminal: 'run.incomplete',
        stopReason: 'budget',
        error: { code: error.code, message: error.publicMessage },
      }
    : endingOfFailure(error);

const endingOfFailure = (error: unknown): Ending => ({
  status: 'failed',
  terminal: 'run.failed',
  stopReason: 'error',
  error:
    error instanceof AppError
      ? { code: error.storedCode, message: error.publicMessage }
      : { code: 'internal', message: 'Something failed inside.' },
});
