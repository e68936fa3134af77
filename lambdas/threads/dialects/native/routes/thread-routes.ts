import type { Handler } from '../../../../http/door.ts';
import { listBody } from '../../../../http/lists.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { newThread } from '../../../domain/new-thread.ts';
import { newThreadId } from '../../../domain/thread-ids.ts';
import {
  createThreadBody,
  listThreadsQuery,
  patchThreadBody,
  threadView,
} from '../formats/thread-format.ts';
import { callerOf, endUserOf, placeOf, threadMissing, threadOf } from '../../../routes/reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

/** Threads as such: create, list, read, patch, delete. */
export const threadRoutes = (deps: ThreadRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/threads': async (request) => {
    const caller = await callerOf(deps, request);
    const body = checked(createThreadBody, jsonBody(request));
    const place = {
      projectId: caller.key.projectId,
      endUserId: endUserOf(caller, body.end_user_id),
      threadId: newThreadId(),
    };
    const thread = newThread(place, deps.timers.nowMs(), {
      title: body.title ?? null,
      ...(body.generate_title === true ? { wantsTitle: true } : {}),
      metadata: body.metadata ?? {},
    });
    if (!(await deps.store.create(thread)))
      throw new AppError({ code: 'conflict', publicMessage: 'This thread exists already.' });
    return { status: 201, body: threadView(thread) };
  },
  'GET /v1/threads': async (request) => {
    const caller = await callerOf(deps, request);
    const query = checked(listThreadsQuery, request.query);
    const wanted = Object.entries(request.query).flatMap(([name, value]) =>
      name.startsWith('metadata.') ? [[name.slice('metadata.'.length), value] as const] : [],
    );
    const { threads, nextCursor } = await deps.store.list({
      projectId: caller.key.projectId,
      endUserId: endUserOf(caller, query.end_user_id),
      limit: query.limit,
      cursor: query.cursor ?? null,
    });
    const found = threads.filter(({ metadata }) =>
      wanted.every(([name, value]) => metadata[name] === value),
    );
    return { status: 200, body: listBody(found.map(threadView), nextCursor) };
  },
  'GET /v1/threads/{thread_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const thread = await threadOf(deps, caller, request.params['thread_id'] ?? '');
    return { status: 200, body: threadView(thread) };
  },
  'PATCH /v1/threads/{thread_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const body = checked(patchThreadBody, jsonBody(request));
    const place = await placeOf(deps, caller, request.params['thread_id'] ?? '');
    const thread = await deps.store.patch(place, {
      ...(body.title === undefined ? {} : { title: body.title }),
      ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
    });
    if (thread === null) throw threadMissing();
    return { status: 200, body: threadView(thread) };
  },
  'DELETE /v1/threads/{thread_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const place = await placeOf(deps, caller, request.params['thread_id'] ?? '');
    if (!(await deps.store.remove(place, deps.timers.nowMs()))) throw threadMissing();
    return { status: 200, body: { id: place.threadId, object: 'thread', deleted: true } };
  },
});
