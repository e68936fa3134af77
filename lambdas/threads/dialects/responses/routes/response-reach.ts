import { randomUUID } from 'node:crypto';
import { AppError } from '../../../../shared/app-error.ts';
import type { LoggedEvent } from '../../../domain/run-event.ts';
import type { Run, Thread } from '../../../domain/thread.ts';
import { parseRunId } from '../../../domain/thread-ids.ts';
import { responseOf } from '../formats/responses-dialect.ts';
import { runIdOfResponse } from '../formats/responses-ids.ts';
import { responsesEcho } from '../formats/responses-settings.ts';
import type { WireResponse } from '../formats/responses-wire.ts';
import { readRun, readStored } from '../../../usecases/read-run.ts';
import { dialectRunOf } from '../../../domain/dialect.ts';
import {
  placeOnly,
  runPlace,
  threadOf,
  type Caller,
  type ReachDeps,
} from '../../../routes/reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';

export interface FoundResponse {
  readonly thread: Thread;
  readonly run: Run;
}

/** Somebody else's response, a deleted one and one that was not stored answer the same 404 as one that never was. */
export const responseById = async (
  deps: ThreadRouteDeps,
  caller: Caller,
  id: string,
  param = 'response_id',
): Promise<FoundResponse> => {
  const named = parseRunId(runIdOfResponse(id) ?? '');
  if (named === null) throw responseMissing(id, param);
  const thread = await threadIfThere(deps, caller, named.threadId);
  if (thread === null) throw responseMissing(id, param);
  const run = await deps.store.run({ ...placeOnly(thread), seq: named.seq });
  const isShown = thread.expiresAtMs === undefined && run?.hiddenAtMs === null;
  if (!isShown) throw responseMissing(id, param);
  return { thread, run };
};

/** null: there is none, or it is somebody else's. */
export const threadIfThere = async (
  deps: ReachDeps,
  caller: Caller,
  threadId: string,
): Promise<Thread | null> => {
  try {
    return await threadOf(deps, caller, threadId);
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return null;
    throw error;
  }
};

/** As OpenAI says it: one to continue from is a wrong field, one to read is not there. */
const responseMissing = (id: string, param: string): AppError =>
  param === 'previous_response_id'
    ? new AppError({
        code: 'previous_response_not_found',
        publicMessage: `Previous response with id '${id}' not found.`,
        facts: { param },
      })
    : new AppError({
        code: 'not_found',
        publicMessage: 'This response does not exist.',
        facts: { param },
      });

/** What the fold has to know of a response. */
export const responsesRun = (run: Run) => ({
  ...dialectRunOf(run),
  echo: responsesEcho(run.settings),
});

/** The response as it stands. */
export const responseNow = async (deps: ThreadRouteDeps, run: Run): Promise<WireResponse> =>
  responseFrom(run, await readStored(deps, run));

export const responseFrom = (run: Run, events: readonly LoggedEvent[]): WireResponse => {
  const response = responseOf(responsesRun(run), events, run.settings.dialects['responses'] ?? 1);
  const isWaiting = run.status === 'queued' || (run.status === 'active' && run.writer === null);
  return isWaiting && events.length === 0 ? { ...response, status: 'queued' } : response;
};

/** A run from its first event, to its end or until then. */
export const wholeRun = (
  deps: ThreadRouteDeps,
  run: Run,
  untilMs: number,
): AsyncIterable<readonly LoggedEvent[]> =>
  readRun(deps, { run: runPlace(run), afterIndex: -1, nonce: randomUUID(), untilMs });
