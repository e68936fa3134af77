import type { Handler } from '../../../../http/door.ts';
import { type HttpRequest } from '../../../../http/request.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { bodyHash } from '../../../domain/body-hash.ts';
import { REQUEST_TTL_MS } from '../../../domain/limits.ts';
import { newThread } from '../../../domain/new-thread.ts';
import { requestIdReused } from '../../../domain/request-id-reused.ts';
import { stepOfMessage } from '../../../domain/step-of-message.ts';
import { threadIdOfName } from '../../../domain/thread-ids.ts';
import type { MessageStep, Thread } from '../../../domain/thread.ts';
import {
  conversationView,
  createConversationBody,
  createItemsBody,
  updateConversationBody,
} from '../formats/conversation-format.ts';
import { historyItems, type HistoryItem } from '../formats/responses-history.ts';
import { conversationIdOf } from '../formats/responses-ids.ts';
import type { InputItem } from '../formats/responses-input.ts';
import { callerOf, placeOnly, threadMissing, type Caller } from '../../../routes/reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';
import { requestIdOf } from '../../../routes/request-id.ts';
import { itemById, itemList, itemPage, itemsQuery } from './item-pages.ts';
import { referredMessages } from './referred-items.ts';
import { messagesOf } from './response-messages.ts';
import { conversationThread } from './response-target.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

/** OpenAI's Conversations: a conversation is a thread. */
export const conversationRoutes = (deps: ThreadRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/conversations': async (request) => {
    const caller = await callerOf(deps, request);
    const body = checked(createConversationBody, jsonBody(request));
    const thread = await make(deps, caller, request, body.metadata ?? {});
    if ((body.items ?? []).length > 0)
      await append(deps, caller, request, { thread, body, items: body.items ?? [] });
    return { status: 200, body: conversationView(thread) };
  },
  'GET /v1/conversations/{conversation_id}': async (request) => ({
    status: 200,
    body: conversationView(await named(deps, request)),
  }),
  'POST /v1/conversations/{conversation_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const body = checked(updateConversationBody, jsonBody(request));
    const thread = await threadNamed(deps, caller, request);
    const gone = Object.keys(thread.metadata).map((name) => [name, null] as const);
    const patched = await deps.store.patch(placeOnly(thread), {
      metadata: { ...Object.fromEntries(gone), ...body.metadata },
    });
    if (patched === null) throw threadMissing();
    return { status: 200, body: conversationView(patched) };
  },
  'DELETE /v1/conversations/{conversation_id}': async (request) => {
    const thread = await named(deps, request);
    await deps.store.remove(placeOnly(thread), deps.timers.nowMs());
    const id = conversationIdOf(thread.threadId);
    return { status: 200, body: { id, object: 'conversation.deleted', deleted: true } };
  },
  'POST /v1/conversations/{conversation_id}/items': async (request) => {
    const caller = await callerOf(deps, request);
    const body = checked(createItemsBody, jsonBody(request));
    const thread = await threadNamed(deps, caller, request);
    const steps = await append(deps, caller, request, { thread, body, items: body.items });
    const items = steps.flatMap((step) => historyItems(thread.threadId, [step]));
    return { status: 200, body: itemList(items.map(({ wire }) => wire)) };
  },
  'GET /v1/conversations/{conversation_id}/items': async (request) => {
    const caller = await callerOf(deps, request);
    const query = checked(itemsQuery, request.query);
    const thread = await threadNamed(deps, caller, request);
    return { status: 200, body: await itemPage(deps, thread, { ...query, beforeSeq: null }) };
  },
  'GET /v1/conversations/{conversation_id}/items/{item_id}': async (request) => {
    const { item } = await namedItem(deps, request);
    return { status: 200, body: item.wire };
  },
  'DELETE /v1/conversations/{conversation_id}/items/{item_id}': async (request) => {
    const { thread, item } = await namedItem(deps, request);
    const isOpen = [thread.activeRun, ...thread.queue].includes(item.place.seq);
    if (isOpen)
      throw new AppError({
        code: 'thread_busy',
        publicMessage: 'This item is still being made; cancel its response first.',
      });
    await deps.store.removeBlocks(placeOnly(thread), item.place, item.blocks);
    return { status: 200, body: conversationView(thread) };
  },
});

const named = async (deps: ThreadRouteDeps, request: HttpRequest): Promise<Thread> =>
  await threadNamed(deps, await callerOf(deps, request), request);

const threadNamed = async (
  deps: ThreadRouteDeps,
  caller: Caller,
  request: HttpRequest,
): Promise<Thread> =>
  await conversationThread(deps, caller, request.params['conversation_id'] ?? '');

const namedItem = async (
  deps: ThreadRouteDeps,
  request: HttpRequest,
): Promise<{ readonly thread: Thread; readonly item: HistoryItem }> => {
  const thread = await named(deps, request);
  const item = await itemById(deps, thread, request.params['item_id'] ?? '');
  if (item === null)
    throw new AppError({ code: 'not_found', publicMessage: 'This item does not exist.' });
  return { thread, item };
};

/** Its id follows from the request's, so that a request sent again finds what it made. */
const make = async (
  deps: ThreadRouteDeps,
  caller: Caller,
  request: HttpRequest,
  metadata: Readonly<Record<string, string>>,
): Promise<Thread> => {
  const scope = { projectId: caller.key.projectId, endUserId: caller.endUserId };
  const name = JSON.stringify(['conversation', requestIdOf(request, undefined)]);
  const place = { ...scope, threadId: threadIdOfName(scope, name) };
  await deps.store.create(newThread(place, deps.timers.nowMs(), { metadata }));
  const thread = await deps.store.get(place);
  if (thread === null) throw threadMissing();
  return thread;
};

interface Appended {
  readonly thread: Thread;
  readonly body: object;
  readonly items: readonly InputItem[];
}

/** The rows as they were written. */
const append = async (
  deps: ThreadRouteDeps,
  caller: Caller,
  request: HttpRequest,
  { thread, body, items }: Appended,
): Promise<readonly MessageStep[]> => {
  const nowMs = deps.timers.nowMs();
  const requestId = requestIdOf(request, undefined);
  const referred = await referredMessages(deps, caller, items, 'items');
  const rows = messagesOf(items, null, 'items', referred).map((message) =>
    stepOfMessage(message, requestId, nowMs),
  );
  if (rows.length === 0)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: 'items: say nothing',
      facts: { param: 'items' },
    });
  const record = {
    requestId,
    bodyHash: bodyHash(request.path, body),
    expiresAtMs: nowMs + REQUEST_TTL_MS,
  };
  const outcome = await deps.store.append(placeOnly(thread), record, rows);
  switch (outcome.kind) {
    case 'appended':
    case 'replayed':
      return rows.map((row, offset) => ({ ...row, seq: outcome.seq + offset, step: 0 }));
    case 'reused':
      throw requestIdReused('idempotency-key');
    case 'missing':
      throw threadMissing();
  }
};
