import type { Handler } from '../../../../http/door.ts';
import { listBody } from '../../../../http/lists.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { ALIAS_METADATA_ENTRIES_MAX, METADATA_ENTRIES_MAX } from '../../../domain/limits.ts';
import { newThread } from '../../../domain/new-thread.ts';
import { newThreadId } from '../../../domain/thread-ids.ts';
import type { Thread } from '../../../domain/thread.ts';
import type { DialectAlias } from '../../../ports/alias.ts';
import {
  aliasCreateBody,
  aliasListQuery,
  aliasPatchBody,
  createThreadBody,
  listThreadsQuery,
  patchThreadBody,
  threadView,
} from '../formats/thread-format.ts';
import {
  callerOf,
  endUserOf,
  placeOf,
  threadMissing,
  threadOf,
  type Caller,
} from '../../../routes/reach.ts';
import { aliasOfProject } from '../../../routes/aliases.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

/** Threads as such: create, list, read, patch, delete. */
export const threadRoutes = (deps: ThreadRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/threads': async (request) => {
    const caller = await callerOf(deps, request);
    const alias = await aliasOf(deps, caller);
    const raw = jsonBody(request);
    const body =
      alias === null
        ? checked(createThreadBody, raw)
        : checked(aliasCreateBody, alias.readNewThread(raw, isUnbound(caller)));
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
    return { status: 201, body: rowOf(alias, thread) };
  },
  'GET /v1/threads': async (request) => {
    const caller = await callerOf(deps, request);
    const alias = await aliasOf(deps, caller);
    const asked = alias?.readThreadQuery(request.query, isUnbound(caller)) ?? request.query;
    const query = checked(alias === null ? listThreadsQuery : aliasListQuery, asked);
    const wanted = Object.entries(asked).flatMap(([name, value]) =>
      name.startsWith('metadata.') ? [[name.slice('metadata.'.length), value] as const] : [],
    );
    const { threads, nextCursor } = await listMatching(
      deps,
      {
        projectId: caller.key.projectId,
        endUserId: endUserOf(caller, query.end_user_id),
        limit: query.limit,
        cursor: query.cursor ?? null,
      },
      ({ metadata }) => wanted.every(([name, value]) => metadata[name] === value),
    );
    const rows = threads.map((thread) => rowOf(alias, thread));
    return { status: 200, body: listBody(rows, nextCursor) };
  },
  'GET /v1/threads/{thread_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const thread = await threadOf(deps, caller, request.params['thread_id'] ?? '');
    return { status: 200, body: rowOf(await aliasOf(deps, caller), thread) };
  },
  'PATCH /v1/threads/{thread_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const alias = await aliasOf(deps, caller);
    const raw = jsonBody(request);
    const body =
      alias === null
        ? checked(patchThreadBody, raw)
        : checked(aliasPatchBody, alias.readThreadPatch(raw));
    const place = await placeOf(deps, caller, request.params['thread_id'] ?? '');
    const thread = await deps.store.patch(place, {
      ...(body.title === undefined ? {} : { title: body.title }),
      ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
      entriesMax: alias === null ? METADATA_ENTRIES_MAX : ALIAS_METADATA_ENTRIES_MAX,
    });
    if (thread === null) throw threadMissing();
    return { status: 200, body: rowOf(alias, thread) };
  },
  'DELETE /v1/threads/{thread_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const place = await placeOf(deps, caller, request.params['thread_id'] ?? '');
    if (!(await deps.store.remove(place, deps.timers.nowMs()))) throw threadMissing();
    return { status: 200, body: { id: place.threadId, object: 'thread', deleted: true } };
  },
});

/** Pages of a list that are read for one answer at most, when few of its threads are wanted. */
const PAGES_MAX = 10;

const listMatching = async (
  { store }: ThreadRouteDeps,
  query: Parameters<ThreadRouteDeps['store']['list']>[0],
  isWanted: (thread: Thread) => boolean,
): Promise<{ readonly threads: readonly Thread[]; readonly nextCursor: string | null }> => {
  const found: Thread[] = [];
  let { cursor } = query;
  for (let page = 0; page < PAGES_MAX && found.length < query.limit; page++) {
    const { threads, nextCursor } = await store.list({
      ...query,
      limit: query.limit - found.length,
      cursor,
    });
    found.push(...threads.filter(isWanted));
    cursor = nextCursor;
    if (cursor === null) break;
  }
  return { threads: found, nextCursor: cursor };
};

const aliasOf = async (deps: ThreadRouteDeps, { key }: Caller): Promise<DialectAlias | null> =>
  aliasOfProject(deps.aliases, await deps.projects.settings(key.projectId));

const isUnbound = ({ isAdmin, endUserId }: Caller): boolean => !isAdmin && endUserId === null;

const rowOf = (alias: DialectAlias | null, thread: Thread): object => {
  const view = threadView(thread);
  return alias === null ? view : alias.renderThread({ ...view });
};
