import { AppError } from '../../../../shared/app-error.ts';
import { newThread } from '../../../domain/new-thread.ts';
import { threadIdOfName } from '../../../domain/thread-ids.ts';
import type { Thread } from '../../../domain/thread.ts';
import { threadIdOfConversation } from '../formats/responses-ids.ts';
import { conversationOf, type ResponseBody } from '../formats/responses-request.ts';
import { forkThread, type ForkThreadDeps } from '../../../usecases/fork-thread.ts';
import { threadMissing, threadOf, type Caller, type ReachDeps } from '../../../routes/reach.ts';
import type { TurnRouteDeps } from '../../../routes/route-deps.ts';
import { responseById, type FoundResponse } from './response-reach.ts';

/** How long what shall not be stored is kept, for the same request sent again. */
const UNSTORED_MS = 3_600_000;

/** The thread that a response continues in. */
export interface ResponseTarget {
  readonly thread: Thread;
  /** It may not be there yet. */
  readonly isFresh: boolean;
  /** The response continues from this seq, and from no later one; null: wherever the thread is. */
  readonly afterSeq: number | null;
  /** Where it continues when somebody else continued first. */
  readonly elsewhere: (() => Promise<ResponseTarget>) | null;
}

export type TargetDeps = TurnRouteDeps & Pick<ForkThreadDeps, 'forks'>;

interface TargetRequest {
  readonly requestId: string;
  /** When the function must let go, epoch ms. */
  readonly untilMs: number;
}

export type TargetBody = Pick<ResponseBody, 'previous_response_id' | 'conversation' | 'store'>;

/** A conversation, what a response before it ended, or a thread of its own. */
export const responseTarget = async (
  deps: TargetDeps,
  caller: Caller,
  body: TargetBody,
  request: TargetRequest,
): Promise<ResponseTarget> => {
  const conversation = conversationOf(body);
  if (conversation !== null && body.previous_response_id != null)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: 'previous_response_id: comes without a conversation, and the other way around',
      facts: { param: 'previous_response_id' },
    });
  if (conversation !== null)
    return {
      thread: await namedConversation(deps, caller, conversation),
      isFresh: false,
      afterSeq: null,
      elsewhere: null,
    };
  if (body.previous_response_id != null)
    return await targetAfter(deps, caller, body, body.previous_response_id, request);
  return {
    thread: freshThread(deps, caller, body, request.requestId),
    isFresh: true,
    afterSeq: null,
    elsewhere: null,
  };
};

/** The same, as a field of the body names it. */
const namedConversation: typeof conversationThread = async (deps, caller, id) => {
  try {
    return await conversationThread(deps, caller, id);
  } catch (cause) {
    if (!(cause instanceof AppError) || cause.code !== 'not_found') throw cause;
    const { code, publicMessage } = cause;
    throw new AppError({ code, publicMessage, facts: { param: 'conversation' }, cause });
  }
};

export const conversationThread = async (
  deps: ReachDeps,
  caller: Caller,
  id: string,
): Promise<Thread> => {
  const threadId = threadIdOfConversation(id);
  if (threadId === null) throw threadMissing();
  const thread = await threadOf(deps, caller, threadId);
  if (thread.expiresAtMs !== undefined) throw threadMissing();
  return thread;
};

const freshThread = (
  deps: TurnRouteDeps,
  caller: Caller,
  { store }: TargetBody,
  requestId: string,
): Thread => {
  const thread = unstoredThread(deps, caller, ['response', requestId]);
  const { expiresAtMs: _expiresAtMs, ...kept } = thread;
  return store === false ? thread : kept;
};

/** Kept for a while, in no list. Its id follows from the request's, so that a request sent again finds what it made. */
export const unstoredThread = (
  deps: Pick<TurnRouteDeps, 'timers'>,
  caller: Caller,
  name: readonly ['response' | 'compaction', string],
): Thread => {
  const nowMs = deps.timers.nowMs();
  const scope = { projectId: caller.key.projectId, endUserId: caller.endUserId };
  return newThread({ ...scope, threadId: threadIdOfName(scope, JSON.stringify(name)) }, nowMs, {
    expiresAtMs: nowMs + UNSTORED_MS,
  });
};

/** The latest response of its thread is continued in place; any other one in a fork of the thread. */
const targetAfter = async (
  deps: TargetDeps,
  caller: Caller,
  body: TargetBody,
  id: string,
  request: TargetRequest,
): Promise<ResponseTarget> => {
  const { requestId } = request;
  const { thread, run } = await responseById(deps, caller, id, 'previous_response_id');
  const here = { thread, isFresh: false };
  // Sent again: the turn that it made is there already.
  const made = await deps.store.turnOf(thread, requestId);
  if (made !== null) return { ...here, afterSeq: null, elsewhere: null };
  const elsewhere = async () => await forkTarget(deps, body, { thread, run }, request);
  const mayStay = body.store !== false && run.settings.echo['conversation'] == null;
  return mayStay && thread.lastSeq === run.seq
    ? { ...here, afterSeq: run.seq, elsewhere }
    : await elsewhere();
};

const forkTarget = async (
  deps: TargetDeps,
  body: TargetBody,
  { thread: origin, run }: FoundResponse,
  { requestId, untilMs }: TargetRequest,
): Promise<ResponseTarget> => {
  const thread = await forkThread(deps, {
    origin,
    atSeq: run.seq,
    requestId: JSON.stringify(['response', requestId]),
    bodyHash: String(run.seq),
    metadata: {},
    untilMs,
  });
  if (body.store === false && thread.expiresAtMs === undefined)
    await deps.store.expire(thread, deps.timers.nowMs() + UNSTORED_MS);
  return { thread, isFresh: false, afterSeq: null, elsewhere: null };
};
