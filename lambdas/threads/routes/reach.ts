import { READER_SCOPES, type KeyState } from '../../ledger/domain/key.ts';
import type { HttpRequest } from '../../http/request.ts';
import type { KeyDoor } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Run, Thread } from '../domain/thread.ts';
import { isThreadId, parseRunId, type RunPlace, type ThreadPlace } from '../domain/thread-ids.ts';
import type { ThreadStore } from '../ports/store.ts';
import { authenticate } from '../../ledger/door.ts';

export interface ReachDeps {
  readonly keys: KeyDoor;
  readonly store: ThreadStore;
}

export interface Caller {
  readonly key: KeyState;
  /** The end user whose threads this key reaches; an admin reaches every one. */
  readonly endUserId: string | null;
  /** Or reads what an admin reads, and asks by GET alone. */
  readonly isAdmin: boolean;
}

export const callerOf = async (deps: ReachDeps, request: HttpRequest): Promise<Caller> => {
  const key = await authenticate(deps.keys, request);
  return { key, endUserId: key.userId, isAdmin: READER_SCOPES.has(key.scope) };
};

/** The end user that a request is about: the key's own, or the one that an admin names. */
export const endUserOf = (caller: Caller, named: string | undefined): string | null => {
  if (named === undefined || named === caller.endUserId) return caller.endUserId;
  if (caller.isAdmin) return named;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'end_user_id: this key is bound to its own end user',
    facts: { param: 'end_user_id' },
  });
};

/**
 * Where a named thread would be stored. A child key builds the partition from its own end user, so somebody else's thread
 * cannot be named: it answers the same 404 as one that never was.
 */
export const placeOf = async (
  deps: ReachDeps,
  caller: Caller,
  threadId: string,
): Promise<ThreadPlace> => {
  if (!isThreadId(threadId)) throw threadMissing();
  const { projectId } = caller.key;
  if (!caller.isAdmin) return { projectId, endUserId: caller.endUserId, threadId };
  const place = await deps.store.whose(projectId, threadId);
  if (place === null) throw threadMissing();
  return place;
};

export const threadOf = async (
  deps: ReachDeps,
  caller: Caller,
  threadId: string,
): Promise<Thread> => {
  const thread = await deps.store.get(await placeOf(deps, caller, threadId));
  if (thread === null) throw threadMissing();
  return thread;
};

/** The run that a path names; its thread must be there and the caller's. */
export const runOf = async (deps: ReachDeps, caller: Caller, runId: string): Promise<Run> => {
  const parsed = parseRunId(runId);
  if (parsed === null) throw runMissing();
  const place = placeOnly(await placeOf(deps, caller, parsed.threadId));
  const [thread, run] = await threadAndRun(deps, place, parsed.seq);
  if (thread === null || run === null) throw runMissing();
  return run;
};

/** Read side by side: a reader waits for the slower one alone. */
const threadAndRun = async (
  deps: ReachDeps,
  place: ThreadPlace,
  seq: number,
): Promise<readonly [Thread | null, Run | null]> =>
  await Promise.all([deps.store.get(place), deps.store.run({ ...place, seq })]);

export const placeOnly = ({ projectId, endUserId, threadId }: ThreadPlace): ThreadPlace => ({
  projectId,
  endUserId,
  threadId,
});

export const runPlace = ({ seq, ...place }: RunPlace): RunPlace => ({ ...placeOnly(place), seq });

export const threadMissing = (): AppError =>
  new AppError({ code: 'not_found', publicMessage: 'This thread does not exist.' });

export const runMissing = (): AppError =>
  new AppError({ code: 'not_found', publicMessage: 'This run does not exist.' });
