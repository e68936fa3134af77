import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type { Handler } from '../../inference/door.ts';
import type { GatewayRequest } from '../../inference/formats/read-request.ts';
import type { HttpAnswer } from '../../platform/http-entry.ts';
import { AppError } from '../../shared/app-error.ts';
import { BEFORE_FIRST, parseLogCursor } from '../domain/log-cursor.ts';
import type { LoggedEvent } from '../domain/run-event.ts';
import type { Run } from '../domain/thread.ts';
import type { ThreadPlace } from '../domain/thread-ids.ts';
import { nativeAnswer } from './native-answer.ts';
import {
  callerOf,
  placeOf,
  placeOnly,
  runOf,
  runPlace,
  threadAndRun,
  threadMissing,
} from './reach.ts';
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
    const place = placeOnly(await placeOf(deps, caller, request.params['thread_id'] ?? ''));
    const cursor = cursorOf(request);
    const run =
      cursor === null ? await activeRun(deps, place) : await runAt(deps, place, cursor.seq);
    if (run === null) return { status: 204, body: '' };
    return await stream(deps, run, cursor?.index ?? BEFORE_FIRST, context);
  },
});

const activeRun = async (deps: ThreadRouteDeps, place: ThreadPlace): Promise<Run | null> => {
  const thread = await deps.store.get(place);
  if (thread === null) throw threadMissing();
  const { activeRun: seq } = thread;
  return seq === null ? null : await deps.store.run({ ...place, seq });
};

const runAt = async (deps: ThreadRouteDeps, place: ThreadPlace, seq: number): Promise<Run> => {
  const [thread, run] = await threadAndRun(deps, place, seq);
  if (thread === null) throw threadMissing();
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
  const page = await after(deps, run, afterIndex);
  if (run.eventCount !== null && afterIndex === run.eventCount - 1)
    return { status: 204, body: '' };
  const untilMs = deps.timers.nowMs() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS;
  return nativeAnswer(deps, { run, afterIndex, page, nonce: randomUUID(), untilMs });
};

/**
 * The first events after a cursor, null: not read yet. A cursor names an event that was shown, and what is shown is
 * stored: a place beyond the end would wait for nothing.
 */
const after = async (
  deps: ThreadRouteDeps,
  run: Run,
  index: number,
): Promise<readonly LoggedEvent[] | null> => {
  if (index === BEFORE_FIRST) return null;
  if (run.eventCount !== null) {
    if (index < run.eventCount) return null;
    throw foreignCursor();
  }
  const [named, ...rest] = await deps.chunks.read(runPlace(run), index - 1);
  if (named?.index !== index) throw foreignCursor();
  return rest;
};

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
