import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { credentialOf, type Handler } from '../../../../http/door.ts';
import { featureOf, type HttpRequest } from '../../../../http/request.ts';
import type { HttpAnswer } from '../../../../platform/http-entry.ts';
import type { Answerer } from '../../../../inference/turn/answerer.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { answererOf } from '../../../domain/answerer.ts';
import { bodyHashes } from '../../../domain/body-hash.ts';
import { REQUEST_TTL_MS } from '../../../domain/limits.ts';
import { BEFORE_FIRST, logCursorOf } from '../../../domain/log-cursor.ts';
import type { AliasName } from '../../../domain/project.ts';
import { requestIdReused } from '../../../domain/request-id-reused.ts';
import type { LoggedEvent } from '../../../domain/run-event.ts';
import { isSuperseded } from '../../../domain/select-context.ts';
import { stepOfMessage } from '../../../domain/step-of-message.ts';
import { messageIdOf, runIdOf } from '../../../domain/thread-ids.ts';
import type { NewMessage, Run, Thread } from '../../../domain/thread.ts';
import { newestPins } from '../../../domain/dialect-pins.ts';
import {
  appendBody,
  renderMessage,
  postMessageBody,
  regenerateBody,
} from '../formats/message-format.ts';
import { plainTurn } from '../../../formats/plain-turn.ts';
import { settingsOf, type TurnBody } from '../../../formats/turn-settings.ts';
import { blocksOf } from '../../../formats/read-content.ts';
import { postMessage, type Posted } from '../../../usecases/post-message.ts';
import { readMessages } from '../../../usecases/read-messages.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { aliasOfProject, aliasOfRun, runHeaders } from '../../../routes/aliases.ts';
import { requestIdOf } from '../../../routes/request-id.ts';
import { peekAnswerer } from '../../../routes/peek-answerer.ts';
import { nativeAnswer } from './native-answer.ts';
import { callerOf, placeOnly, threadMissing, threadOf } from '../../../routes/reach.ts';
import type { TurnRouteDeps } from '../../../routes/route-deps.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

/** Turns: one POST streams and persists. */
export const turnRoutes = (deps: TurnRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/threads/{thread_id}/messages': async (request, context) => {
    const { thread, body, aliases } = await readTurn(deps, request, appendOrTurn);
    if ('run' in body) return await append(deps, request, thread, body);
    const wish = { aliases, thread, body, messages: [messageOf(body)], supersedesFrom: null };
    return await turn(deps, request, context, wish);
  },
  'POST /v1/threads/{thread_id}/messages/{seq}/edit': async (request, context) => {
    const { body, ...to } = await readTurn(deps, request, (raw) => checked(postMessageBody, raw));
    const supersedesFrom = await messageAt(deps, to.thread, request, body, 'user');
    const wish = { ...to, body, messages: [messageOf(body)], supersedesFrom, endsWait: true };
    return await turn(deps, request, context, wish);
  },
  'POST /v1/threads/{thread_id}/messages/{seq}/regenerate': async (request, context) => {
    const { body, ...to } = await readTurn(deps, request, (raw) => checked(regenerateBody, raw));
    const supersedesFrom = await messageAt(deps, to.thread, request, body, 'assistant');
    const wish = { ...to, body, messages: [], supersedesFrom, endsWait: true };
    return await turn(deps, request, context, wish);
  },
});

/**
 * What is asked of which thread, and what its project speaks. A wrong key is reported before a wrong body, and that before a
 * thread that is not there.
 */
const readTurn = async <B>(
  deps: TurnRouteDeps,
  request: HttpRequest,
  read: (raw: unknown) => B,
): Promise<Pick<TurnWish, 'aliases' | 'thread'> & { readonly body: B }> => {
  const caller = await callerOf(deps, request);
  const settings = await deps.projects.settings(caller.key.projectId);
  const raw = jsonBody(request);
  const alias = aliasOfProject(deps.aliases, settings);
  const threadId = request.params['thread_id'] ?? '';
  if (alias === null) {
    const body = read(plainTurn(raw));
    return { aliases: [], thread: await threadOf(deps, caller, threadId), body };
  }
  const thread = await threadOf(deps, caller, threadId);
  return { aliases: settings.dialects, thread, body: read(plainTurn(alias.readTurn(raw, thread))) };
};

const messageOf = ({ content }: z.infer<typeof postMessageBody>): NewMessage => ({
  role: 'user',
  content: blocksOf(content),
});

/** `run: false` appends; `true` may be said, and says nothing. */
const appendOrTurn = (raw: unknown) => {
  if (typeof raw !== 'object' || raw === null || !('run' in raw))
    return checked(postMessageBody, raw);
  const { run, ...rest } = raw;
  return run === true ? checked(postMessageBody, rest) : checked(appendBody, raw);
};

interface TurnWish {
  /** What its project speaks beside the native dialect. */
  readonly aliases: readonly AliasName[];
  readonly thread: Thread;
  readonly body: TurnBody;
  readonly messages: readonly NewMessage[];
  readonly supersedesFrom: number | null;
  /** A run that waits for somebody is not waited for. */
  readonly endsWait?: boolean;
}

const turn = async (
  deps: TurnRouteDeps,
  request: HttpRequest,
  context: Context,
  wish: TurnWish,
): Promise<HttpAnswer> => {
  const { thread, body } = wish;
  refuseOwnRun(request, thread);
  const nonce = randomUUID();
  const deadlineMs = deadlineOf(deps, context);
  const posted = await postMessage(deps, {
    place: placeOnly(thread),
    credential: credentialOf(request),
    requestId: requestIdOf(request, body.request_id),
    ...bodyHashes(request.path, body),
    call: { requestId: request.requestId, holdId: request.holdId },
    messages: wish.messages,
    supersedesFrom: wish.supersedesFrom,
    settings: {
      ...settingsOf(body, featureOf(request)),
      dialects: newestPins(wish.aliases),
    },
    concurrency: body.concurrency,
    endsWait: wish.endsWait === true,
    nonce,
    deadlineMs,
  });
  if (body.stream) {
    const afterIndex = indexAfter(request, posted.run);
    const reading = { run: posted.run, afterIndex, nonce, untilMs: deadlineMs };
    return nativeAnswer(deps, reading, await peekAnswerer(posted.events));
  }
  const { row, by } = await wholeMessage(deps, thread, posted);
  return {
    status: 200,
    headers: runHeaders(deps.aliases, posted.run, by),
    body: aliasOfRun(deps.aliases, posted.run)?.renderAnswer(row, posted.run) ?? row,
  };
};

/** A client that was cut sends its POST again, with the cursor that it came to. */
const indexAfter = ({ headers }: HttpRequest, run: Run): number => {
  const cursor = logCursorOf(headers['last-event-id'] ?? '');
  return cursor?.seq === run.seq ? cursor.index : BEFORE_FIRST;
};

/** A tool that hands on the run that called it would wait for itself. */
const refuseOwnRun = (request: HttpRequest, thread: Thread): void => {
  const { activeRun, threadId } = thread;
  if (activeRun === null || request.headers['x-sluice-run-id'] !== runIdOf(threadId, activeRun))
    return;
  throw new AppError({
    code: 'thread_busy_self',
    publicMessage: 'This thread waits for the very call that posts to it; answer the call instead.',
  });
};

/** The answer when it is over: the assistant's message, and who answered. */
const wholeMessage = async (
  deps: TurnRouteDeps,
  thread: Thread,
  posted: Posted,
): Promise<{ readonly row: object; readonly by: Answerer | null }> => {
  let last: LoggedEvent | undefined;
  let by: Answerer | null = null;
  for await (const page of posted.events) {
    last = page.at(-1) ?? last;
    by = answererOf(page.map(({ event }) => event)) ?? by;
  }
  const now = (await deps.store.get(thread)) ?? thread;
  const { messages } = await readMessages(deps, now, {
    afterSeq: posted.run.seq - 1,
    beforeSeq: posted.run.seq + 1,
    order: 'asc',
    limit: 1,
  });
  const [message] = messages;
  const row = renderMessage(
    {
      threadId: thread.threadId,
      endUserId: thread.endUserId,
      steps: message?.steps ?? [],
      superseded: [],
      resumeCursor: message?.resumeCursor ?? null,
    },
    'user',
  );
  const error = last !== undefined && 'error' in last.event ? last.event.error : undefined;
  return {
    by,
    row: {
      ...row,
      id: messageIdOf(thread.threadId, posted.run.seq),
      type: 'message',
      ...(error === undefined ? {} : { error }),
    },
  };
};

const append = async (
  deps: TurnRouteDeps,
  request: HttpRequest,
  thread: Thread,
  body: z.infer<typeof appendBody>,
): Promise<HttpAnswer> => {
  const nowMs = deps.timers.nowMs();
  const requestId = requestIdOf(request, body.request_id);
  const outcome = await deps.store.append(
    placeOnly(thread),
    { requestId, ...bodyHashes(request.path, body), expiresAtMs: nowMs + REQUEST_TTL_MS },
    [
      stepOfMessage(
        { role: body.role, content: blocksOf(body.content), model: body.model ?? null },
        requestId,
        nowMs,
      ),
    ],
  );
  switch (outcome.kind) {
    case 'appended':
    case 'replayed':
      return {
        status: 201,
        headers: { 'x-sluice-thread-id': thread.threadId, 'x-sluice-seq': String(outcome.seq) },
        body: {
          id: messageIdOf(thread.threadId, outcome.seq),
          object: 'message',
          thread_id: thread.threadId,
          seq: outcome.seq,
          role: body.role,
        },
      };
    case 'reused':
      throw requestIdReused();
    case 'missing':
      throw threadMissing();
  }
};

/**
 * The seq of a message that is there and of the right role. What an edit replaced has no place to stand in any more; the
 * request that replaced it may be sent again.
 */
const messageAt = async (
  deps: TurnRouteDeps,
  thread: Thread,
  request: HttpRequest,
  body: TurnBody,
  role: 'user' | 'assistant',
): Promise<number> => {
  const text = request.params['seq'] ?? '';
  const at = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : 0;
  const { steps } = await deps.store.history(thread, {
    afterSeq: at - 1,
    beforeSeq: at + 1,
    order: 'asc',
    limit: 1,
  });
  if (steps[0]?.role === role) {
    if (!isSuperseded(thread.superseded, at, thread.lastSeq)) return at;
    const known = await deps.store.turnOf(thread, requestIdOf(request, body.request_id));
    if (known !== null) return at;
    throw new AppError({
      code: 'conflict',
      publicMessage: `seq: the message at ${text} was replaced by an edit; load the thread again.`,
      facts: { param: 'seq' },
    });
  }
  throw new AppError({
    code: 'not_found',
    publicMessage: `There is no message of ${role === 'user' ? 'the user' : 'the assistant'} at seq ${text}.`,
  });
};
