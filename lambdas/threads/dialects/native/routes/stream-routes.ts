import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type { Handler } from '../../../../http/door.ts';
import type { HttpRequest } from '../../../../http/request.ts';
import type { HttpAnswer } from '../../../../platform/http-entry.ts';
import {
  BEFORE_FIRST,
  foreignCursor,
  isLogCursorBehind,
  parseLogCursor,
  type LogCursor,
} from '../../../domain/log-cursor.ts';
import type { LoggedEvent } from '../../../domain/run-event.ts';
import { parseRunId, type RunPlace, type ThreadPlace } from '../../../domain/thread-ids.ts';
import type { Run } from '../../../domain/thread.ts';
import { askedCursor } from '../../../routes/asked-cursor.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { nativeAnswer } from './native-answer.ts';
import { callerOf, placeOf, placeOnly, runMissing, threadMissing } from '../../../routes/reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';

/** Reading a run from any place, now or later: the first read and a resume are the same. */
export const streamRoutes = (deps: ThreadRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/runs/{run_id}/stream': async (request, context) => {
    const caller = await callerOf(deps, request);
    const named = parseRunId(request.params['run_id'] ?? '');
    if (named === null) throw runMissing();
    const place = placeOnly(await placeOf(deps, caller, named.threadId));
    const cursor = cursorOf(request);
    const afterIndex = cursor?.index ?? BEFORE_FIRST;
    const [thread, { run, events }] = await Promise.all([
      deps.store.get(place),
      readAt(deps, { ...place, seq: named.seq }, afterIndex),
    ]);
    if (thread === null || run === null) throw runMissing();
    if (cursor !== null && cursor.seq !== run.seq) throw foreignCursor();
    return stream(deps, { run, afterIndex, events }, context);
  },
  'GET /v1/threads/{thread_id}/stream': async (request, context) => {
    const caller = await callerOf(deps, request);
    const place = placeOnly(await placeOf(deps, caller, request.params['thread_id'] ?? ''));
    const cursor = cursorOf(request);
    if (cursor === null) return await activeStream(deps, place, context);
    const { seq, index: afterIndex } = cursor;
    const [thread, { run, events }] = await Promise.all([
      deps.store.get(place),
      readAt(deps, { ...place, seq }, afterIndex),
    ]);
    if (thread === null) throw threadMissing();
    if (run === null) throw foreignCursor();
    return stream(deps, { run, afterIndex, events }, context);
  },
});

const activeStream = async (
  deps: ThreadRouteDeps,
  place: ThreadPlace,
  context: Context,
): Promise<HttpAnswer> => {
  const thread = await deps.store.get(place);
  if (thread === null) throw threadMissing();
  const { activeRun: seq } = thread;
  if (seq === null) return { status: 204, body: '' };
  const { run, events } = await readAt(deps, { ...place, seq }, BEFORE_FIRST);
  if (run === null) return { status: 204, body: '' };
  return stream(deps, { run, afterIndex: BEFORE_FIRST, events }, context);
};

/** A run and its events from the one on that a cursor names, read side by side: a reader waits for the slower alone. */
const readAt = async (deps: ThreadRouteDeps, place: RunPlace, afterIndex: number) => {
  const [run, events] = await Promise.all([
    deps.store.run(place),
    deps.chunks.read(place, Math.max(BEFORE_FIRST, afterIndex - 1)),
  ]);
  return { run, events };
};

interface Found {
  readonly run: Run;
  readonly afterIndex: number;
  readonly events: readonly LoggedEvent[];
}

/** 204 when nothing runs and nothing is left. */
const stream = (deps: ThreadRouteDeps, found: Found, context: Context): HttpAnswer => {
  const { run, afterIndex } = found;
  const page = pageOf(found);
  if (run.eventCount !== null && afterIndex === run.eventCount - 1)
    return { status: 204, body: '' };
  const untilMs = deadlineOf(deps, context);
  return nativeAnswer(deps, { run, afterIndex, page, nonce: randomUUID(), untilMs });
};

/**
 * The first events after a cursor, null: not read yet. A cursor names an event that was shown, and what is shown is
 * stored: a place beyond the end would wait for nothing.
 */
const pageOf = ({ run, afterIndex, events }: Found): readonly LoggedEvent[] | null => {
  if (afterIndex === BEFORE_FIRST) return events;
  if (run.eventCount !== null && afterIndex >= run.eventCount) throw foreignCursor();
  const [named, ...rest] = events;
  if (named?.index === afterIndex) return rest;
  // Of an ended run the chunks may have expired: its log is read.
  if (run.eventCount === null) throw foreignCursor();
  return null;
};

const cursorOf = (request: HttpRequest): LogCursor | null =>
  askedCursor(request, parseLogCursor, isLogCursorBehind);
