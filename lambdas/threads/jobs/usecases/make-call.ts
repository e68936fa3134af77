import { isFailed, type Settlement } from '../../../ledger/domain/usage.ts';
import type { AppError } from '../../../shared/app-error.ts';
import { assert } from '../../../shared/assert.ts';
import { newHoldId, requestIdOf } from '../../../shared/ids.ts';
import { heldMoney, ledgerHold, type CallHold } from '../../domain/call-hold.ts';
import { FencedError } from '../../usecases/run-log.ts';
import { framesOfResult } from '../domain/frames.ts';
import { isSuccess, type JobItem } from '../domain/job.ts';
import { PROVIDER_PAUSE_MAX_MS, PROVIDER_PAUSE_MS, PROVIDER_TRIES_MAX } from '../domain/limits.ts';
import type { CallAnswer, CallMoney } from '../ports/job-calls.ts';
import {
  collectAnswer,
  errorOf,
  errorOfStream,
  resultOf,
  type CameAnswer,
} from './collect-answer.ts';
import { frameLog, type FrameLog } from './frame-log.ts';
import type { JobWork } from './job-types.ts';
import { settleCall } from './recover-job.ts';

/** The key may not, or may not yet: what is not begun stays so. */
const WAITED_FOR: ReadonlySet<string> = new Set([
  'rate_limited',
  'concurrency_limited',
  'in_flight_budget_exhausted',
  'storage_unavailable',
]);
/** No call of this key would be let through. */
const STOPS: ReadonlySet<string> = new Set([
  'invalid_api_key',
  'scope_not_allowed',
  'key_cap_exceeded',
  'project_cap_exceeded',
]);
const WAIT_MIN_MS = 500;
const WAIT_MAX_MS = 60_000;

/** One try of a call: its ids, and what it holds and owes. */
interface Try {
  readonly item: JobItem;
  readonly holdId: string;
  readonly money: CallMoney;
  readonly owed: () => { readonly hold: CallHold; readonly settlement: Settlement } | null;
  /** What is held now; null: nothing, or no longer. */
  readonly held: () => CallHold | null;
  /** What models before the last one cost. */
  readonly paid: () => number;
  readonly wasHeld: () => boolean;
  /** Did it end in a way that nobody chose? */
  readonly hasFailed: () => boolean;
}

/**
 * One call to its stored answer. The answer is written with what it costs in one transaction, and then the ledger gets
 * it: so whoever finds the job after a death settles what is stored, and pays for nothing twice. A provider that is busy
 * is asked again; a key that may not yet sends the call back to those that are to be done.
 */
export const makeCall = async (work: JobWork, index: number): Promise<void> => {
  const log = work.job.isStream ? await frameLog(work) : null;
  for (let tries = 1; ; tries++) {
    const one = newTry(work, index);
    const { waits } = work;
    const answer = await ask(work, index, one);
    if (answer === null) return putBack(work, index);
    if (answer.error !== null && !one.wasHeld() && isRefused(work, index, answer.error, waits))
      return;
    const came = await collectAnswer(answer, log);
    if (await goesOn(work, log, answer, came)) {
      await log?.flush();
      return putBack(work, index);
    }
    const pauseMs = tries < PROVIDER_TRIES_MAX ? pauseBefore(work, tries, answer, came, one) : null;
    if (pauseMs === null)
      return await finish(work, { one, log, answer, came: judged(one, answer, came) });
    await giveBack(work, one);
    await work.deps.timers.sleep(pauseMs, work.watch.signal);
    if (work.watch.cause() !== null) return putBack(work, index);
  }
};

/** What has a good status may fail all the same: its body says so, or a stream breaks off, and its meter knows. */
const judged = (one: Try, answer: CallAnswer, came: CameAnswer): CameAnswer => {
  if (came.broken !== null) return came;
  const failure = answer.failure?.() ?? null;
  if (failure !== null) return { ...came, broken: failure };
  return came.frames > 0 && one.hasFailed() ? { ...came, broken: errorOfStream(came) } : came;
};

/** The next worker asks for the rest. What a cancelled stream has shown is what it came to. */
const goesOn = async (
  { watch }: JobWork,
  log: FrameLog | null,
  answer: CallAnswer,
  { broken }: CameAnswer,
): Promise<boolean> =>
  broken === null && (log === null || watch.cause() !== 'cancelled') && (await answer.isOpen());

/** null: it shall not be made any more. */
const ask = async (
  work: JobWork,
  index: number,
  { item, holdId, money }: Try,
): Promise<CallAnswer | null> => {
  const { deps, job, watch, calls } = work;
  const call = calls[index];
  assert(call !== undefined, 'the call is in the job');
  try {
    return await deps.caller.ask({
      job,
      call,
      index,
      headers: work.headers,
      requestId: item.requestId,
      holdId,
      deadlineMs: work.deadlineMs,
      money,
      halt: () => watch.cause(),
      witness: deps.store.witness(job, index),
    });
  } catch (error) {
    if (error instanceof FencedError && watch.cause() === 'cancelled') return null;
    throw error;
  }
};

/**
 * Nothing was held for it: its key may not yet, or not at all, or the call itself is wrong (false). Calls that were asked at
 * the same time are refused together, and their wait doubles once.
 */
const isRefused = (work: JobWork, index: number, error: AppError, waitsBefore: number): boolean => {
  const { deps, watch } = work;
  const told = { code: error.code, message: error.publicMessage };
  const isWait = WAITED_FOR.has(error.code);
  if (watch.cause() === null && isWait) {
    if (work.waits === waitsBefore) work.waits += 1;
    const backoffMs = Math.min(WAIT_MAX_MS, WAIT_MIN_MS * 2 ** (work.waits - 1));
    work.pauseUntilMs =
      deps.timers.nowMs() + Math.max(backoffMs, (error.retryAfterSeconds ?? 0) * 1_000);
    work.waitsFor = told;
  }
  if (STOPS.has(error.code)) work.stopped ??= told;
  if (isWait || watch.cause() !== null) putBack(work, index);
  return isWait || watch.cause() !== null;
};

const putBack = ({ todo }: JobWork, index: number): void => void todo.unshift(index);

/** How long to wait before the provider is asked again; null: it is not asked again. */
const pauseBefore = (
  { deps, deadlineMs, callMsMin, watch }: JobWork,
  tries: number,
  { status, headers, error }: CallAnswer,
  { frames }: CameAnswer,
  one: Try,
): number | null => {
  const isBusy = status === 408 || status === 425 || status === 429 || status >= 500;
  const isCured = headers['x-should-retry'] !== 'false' && error?.isFinal !== true;
  const isFree = one.paid() + (one.owed()?.settlement.costNanoUsd ?? 0) === 0;
  if (!isBusy || !isCured || !isFree || frames > 0 || !one.wasHeld() || watch.cause() !== null)
    return null;
  const asked = Number(headers['retry-after'] ?? error?.retryAfterSeconds ?? 0) * 1_000;
  const usual = Math.ceil(PROVIDER_PAUSE_MS * 4 ** (tries - 1) * (0.5 + deps.random() / 2));
  const pauseMs = Math.min(PROVIDER_PAUSE_MAX_MS, Math.max(usual, Number.isNaN(asked) ? 0 : asked));
  return deps.timers.nowMs() + pauseMs + callMsMin < deadlineMs ? pauseMs : null;
};

/** Nothing is owed for a try that is made again. */
const giveBack = async ({ deps }: JobWork, { money, owed }: Try): Promise<void> => {
  const left = owed();
  if (left === null) return;
  await deps.ledger.settle(ledgerHold(left.hold), left.settlement);
  await money.released(left.hold);
};

interface Done {
  readonly one: Try;
  readonly log: FrameLog | null;
  readonly answer: CallAnswer;
  readonly came: CameAnswer;
}

const finish = async (work: JobWork, { one, log, answer, came }: Done): Promise<void> => {
  const { deps, job, writer } = work;
  const { item } = one;
  const owed = one.owed();
  const cost = one.paid() + (owed?.settlement.costNanoUsd ?? (await answer.costNanoUsd()));
  const costNanoUsd = item.costNanoUsd + cost;
  const { index, requestId } = item;
  const result = resultOf(answer, came, { index, requestId, costNanoUsd });
  const done: JobItem = {
    ...item,
    status: 'done',
    // What nobody said the cost of is charged whole when it expires, because it is named here.
    hold: owed?.hold ?? one.held(),
    unsettled: owed?.settlement ?? null,
    costNanoUsd,
  };
  let isStored = false;
  try {
    if (came.frames === 0) for (const frame of framesOfResult(result)) await log?.show(frame);
    await log?.end(isSuccess(result) ? 'run.completed' : 'run.failed');
    await log?.flush();
    const end = { result, addNanoUsd: cost };
    isStored = await work.inTurn(async () => await deps.store.finish(job, writer, done, end));
  } finally {
    // Whoever has the job now, the provider did answer this worker.
    if (!isStored && owed !== null)
      await deps.ledger.settle(ledgerHold(owed.hold), owed.settlement);
  }
  if (!isStored) throw new FencedError('the job has another worker');
  if (!isSuccess(result)) work.callError = result.error ?? errorOf(answer, result.content);
  work.waits = 0;
  // A place is free again.
  if (work.waitsFor?.code !== 'rate_limited') work.pauseUntilMs = 0;
  await settleCall(work, done);
};

const newTry = (work: JobWork, index: number): Try => {
  const { deps, job, writer } = work;
  const before = work.items.get(index);
  const holdId = newHoldId(deps.timers.nowMs());
  const item: JobItem = {
    index,
    status: 'running',
    attempt: before?.status === 'again' ? before.attempt + 1 : (before?.attempt ?? 1),
    epoch: writer.epoch,
    requestId: requestIdOf(job.keyId, holdId),
    hold: null,
    unsettled: null,
    costNanoUsd: before?.costNanoUsd ?? 0,
  };
  let owed: ReturnType<Try['owed']> = null;
  let held: CallHold | null = null;
  let isHeld = false;
  let hasFailed = false;
  let paid = 0;
  const name = async (hold: CallHold | null): Promise<boolean> =>
    await work.inTurn(async () => await deps.store.claim(job, writer, { ...item, hold }));
  const take: CallMoney['held'] = async (hold, model, provider) => {
    held = { ...heldMoney(hold), model, provider };
    if (await name(held)) {
      isHeld = true;
      hasFailed = false;
      return;
    }
    await deps.ledger.withdraw(hold);
    await work.watch.look();
    throw new FencedError('the job has another worker, or shall stop');
  };
  return {
    item,
    holdId,
    owed: () => owed,
    held: () => held,
    paid: () => paid,
    wasHeld: () => isHeld,
    hasFailed: () => hasFailed,
    money: {
      held: take,
      moved: async (hold, model, provider, billedNanoUsd) => {
        paid += billedNanoUsd;
        await take(hold, model, provider);
      },
      owed: async (hold, settlement) => {
        hasFailed = isFailed(settlement);
        // A route that asks a second provider owes for the first one too.
        if (owed !== null) await deps.ledger.settle(hold, settlement);
        else if (held !== null) owed = { hold: { ...held, ...heldMoney(hold) }, settlement };
      },
      released: async () => {
        hasFailed = true;
        held = null;
        await name(null);
      },
    },
  };
};
