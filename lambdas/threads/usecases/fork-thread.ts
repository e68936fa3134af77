import { AppError } from '../../shared/app-error.ts';
import { copiedSteps } from '../domain/copied-steps.ts';
import { FORK_PAGE_MESSAGES } from '../domain/limits.ts';
import { newThread } from '../domain/new-thread.ts';
import { requestIdReused } from '../domain/request-id-reused.ts';
import { isSuperseded } from '../domain/select-context.ts';
import { threadIdOfName } from '../domain/thread-ids.ts';
import type { Thread } from '../domain/thread.ts';
import type { ForkProgress, ThreadForks } from '../ports/forks.ts';
import type { ThreadStore } from '../ports/store.ts';
import type { Timers } from '../../shared/deps.ts';

const FINISH_TRIES_MAX = 5;
const FINISH_PAUSE_MS = 20;

export interface ForkThreadDeps {
  readonly store: Pick<ThreadStore, 'get' | 'history'>;
  readonly forks: ThreadForks;
  readonly timers: Timers;
}

/** `isWhole` false: time ran out, and the same input continues it. */
export interface ForkOutcome {
  readonly thread: Thread;
  readonly isWhole: boolean;
}

export interface ForkThreadInput {
  readonly origin: Thread;
  /** The last message of the origin that the fork has. */
  readonly atSeq: number;
  /** Idempotency key: the same one with the same body is the same fork. */
  readonly requestId: string;
  readonly bodyHash: string;
  /** Absent: the origin's. */
  readonly title?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  /** When the function must let go, epoch ms: a retry continues where it was. */
  readonly untilMs: number;
}

/** A fork that is whole, or `storage_unavailable`. */
export const forkThread = async (deps: ForkThreadDeps, input: ForkThreadInput): Promise<Thread> => {
  const { thread, isWhole } = await copyThread(deps, input);
  if (!isWhole) throw unfinished();
  return thread;
};

/**
 * A new thread of the same end user with the origin's history up to a message, as it was known there: an edit that came
 * later does not count. Messages are numbered again without a gap and cost nothing. Its id follows from the request id, so
 * a retry finds the copy that was begun and continues it; nobody sees a fork before it is whole. Throws AppError
 * `invalid_request` and `thread_busy` (both of `seq`), `request_id_reused`.
 */
export const copyThread = async (
  deps: ForkThreadDeps,
  { origin, atSeq, requestId, ...input }: ForkThreadInput,
): Promise<ForkOutcome> => {
  checkSeq(origin, atSeq);
  const nowMs = deps.timers.nowMs();
  const name = JSON.stringify(['fork', origin.threadId, requestId]);
  const fork = newThread({ ...origin, threadId: threadIdOfName(origin, name) }, nowMs, {
    title: input.title === undefined ? origin.title : input.title,
    metadata: input.metadata ?? origin.metadata,
    forkedFrom: { threadId: origin.threadId, seq: atSeq },
  });
  const begun = await deps.forks.begin(fork, input.bodyHash, nowMs);
  switch (begun.kind) {
    case 'whole':
      return { thread: begun.thread, isWhole: true };
    case 'reused':
      throw requestIdReused();
    case 'deleted':
      throw new AppError({ code: 'not_found', publicMessage: 'This fork was deleted.' });
    case 'given_up':
      throw unfinished();
    case 'begun': {
      const lastSeq = await copyHistory(deps, origin, fork, begun.progress, input.untilMs);
      if (lastSeq === LATE) return { thread: fork, isWhole: false };
      return { thread: await finished(deps, origin, fork, lastSeq), isWhole: true };
    }
  }
};

const checkSeq = (origin: Thread, atSeq: number): void => {
  if (atSeq > origin.lastSeq)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: `seq: the thread ends at ${origin.lastSeq}`,
      facts: { param: 'seq', last_seq: origin.lastSeq },
    });
  const running = [...(origin.activeRun === null ? [] : [origin.activeRun]), ...origin.queue];
  const open = running.filter(
    (seq) => seq <= atSeq && !isSuperseded(origin.superseded, seq, atSeq),
  );
  if (open.length > 0)
    throw new AppError({
      code: 'thread_busy',
      publicMessage: `seq: the answer at ${Math.min(...open)} is not over yet`,
      facts: { param: 'seq', running_seq: Math.min(...open) },
    });
};

const LATE = 'late';

/** Returns the fork's last seq; null: somebody else made it whole meanwhile, or it was given up; late: time ran out. */
const copyHistory = async (
  deps: ForkThreadDeps,
  origin: Thread,
  fork: Thread,
  begun: ForkProgress,
  untilMs: number,
): Promise<number | null | typeof LATE> => {
  const atSeq = fork.forkedFrom?.seq ?? 0;
  let progress = begun;
  for (;;) {
    if (deps.timers.nowMs() >= untilMs) return LATE;
    const { steps, hasMore } = await deps.store.history(origin, {
      afterSeq: progress.originSeq,
      beforeSeq: atSeq + 1,
      order: 'asc',
      limit: FORK_PAGE_MESSAGES,
    });
    const known = steps.filter(({ seq }) => !isSuperseded(origin.superseded, seq, atSeq));
    const copies = copiedSteps(known, progress.lastSeq);
    progress = {
      originSeq: steps.at(-1)?.seq ?? atSeq,
      lastSeq: copies.at(-1)?.seq ?? progress.lastSeq,
    };
    if (!(await deps.forks.copy(fork, copies, progress))) return null;
    if (!hasMore) return progress.lastSeq;
  }
};

/** The origin was not deleted while it was read, so the copy has all of it. */
const finished = async (
  deps: ForkThreadDeps,
  origin: Thread,
  fork: Thread,
  lastSeq: number | null,
): Promise<Thread> => {
  if ((await deps.store.get(origin)) === null)
    throw new AppError({ code: 'not_found', publicMessage: 'This thread does not exist.' });
  for (let tries = 0; tries < FINISH_TRIES_MAX; tries++) {
    if (lastSeq !== null) await deps.forks.finish({ ...fork, lastSeq });
    const thread = await deps.store.get(fork);
    if (thread !== null) return thread;
    // Two that finish at once may refuse each other.
    await deps.timers.sleep(FINISH_PAUSE_MS);
  }
  throw unfinished();
};

const unfinished = (): AppError =>
  new AppError({
    code: 'storage_unavailable',
    publicMessage: 'The fork is not whole yet. Ask again with the same request id: it goes on.',
    retryAfterSeconds: 1,
  });
