import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type { Handler } from '../../inference/door.ts';
import type { GatewayRequest } from '../../inference/formats/read-request.ts';
import type { HttpAnswer } from '../../platform/http-entry.ts';
import { AppError } from '../../shared/app-error.ts';
import { BEFORE_FIRST, parseLogCursor } from '../domain/log-cursor.ts';
import type { Run, Thread } from '../domain/thread.ts';
import { nativeAnswer } from './native-answer.ts';
import { callerOf, runOf, runPlace, threadOf } from './reach.ts';
import type { ThreadRouteDeps } from './thread-routes.ts';

const DEADLINE_MARGIN_MS = 10_000;

/** Reading a run from any place, now or later: the first read and a resume are the same. */
export const streamRoutes = (deps: ThreadRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/runs/{run_id}/stream': async (request, context) => {
    const caller = await callerOf(deps, request);
    const run = await runOf(deps, caller, request.params['run_id'] ?? '');
    const cursor = cursorOf(request);
    if (cursor !== null && cursor.seq !== run.seq) throw foreignCursor();
    return await stream(deps, run, cursor?.index ?? BEFORE_FIRST, context);
  },
  'GET /v1/threads/{thread_id}/stream': async (request, context) => {
    const caller = await callerOf(deps, request);
    const thread = await threadOf(deps, caller, request.params['thread_id'] ?? '');
    const cursor = cursorOf(request);
    const run = await wanted(deps, thread, cursor?.seq ?? thread.activeRun);
    if (run === null) return { status: 204, body: '' };
    return await stream(deps, run, cursor?.index ?? BEFORE_FIRST, context);
  },
});

const wanted = async (
  deps: ThreadRouteDeps,
  thread: Thread,
  seq: number | null,
): Promise<Run | null> => {
  if (seq === null) return null;
  const run = await deps.store.run({ ...thread, seq });
  if (run === null) throw foreignCursor();
  return run;
};

/** 204 when nothing runs and nothing is left. */
const stream = async (
  deps: ThreadRouteDeps,
  run: Run,
  afterIndex: number,
  context: Context,
): Promise<HttpAnswer> => {
  if (afterIndex >= 0 && !(await isTold(deps, run, afterIndex))) throw foreignCursor();
  if (run.eventCount !== null && afterIndex === run.eventCount - 1)
    return { status: 204, body: '' };
  const untilMs = deps.timers.nowMs() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS;
  return nativeAnswer(deps, { run, afterIndex, nonce: randomUUID(), untilMs });
};

/** A cursor names an event that was shown, and what is shown is stored: a place beyond the end would wait for nothing. */
const isTold = async (deps: ThreadRouteDeps, run: Run, index: number): Promise<boolean> =>
  run.eventCount === null
    ? (await deps.chunks.read(runPlace(run), index - 1))[0]?.index === index
    : index < run.eventCount;

const cursorOf = (request: GatewayRequest) => {
  const text = request.query['after'] ?? request.headers['last-event-id'];
  return text === undefined || text === '' ? null : parseLogCursor(text);
};

const foreignCursor = (): AppError =>
  new AppError({
    code: 'cursor_invalid',
    publicMessage: 'after: not a cursor of this stream',
    facts: { param: 'after' },
  });
