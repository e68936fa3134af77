import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import { credentialOf, type Handler } from '../../inference/door.ts';
import { checked, jsonBody, type GatewayRequest } from '../../inference/formats/read-request.ts';
import type { HttpAnswer } from '../../platform/http-entry.ts';
import { AppError } from '../../shared/app-error.ts';
import { bodyHash } from '../domain/body-hash.ts';
import type { LoggedEvent } from '../domain/run-event.ts';
import type { Run, Thread } from '../domain/thread.ts';
import { parseRunId, runIdOf, threadIdOfName } from '../domain/thread-ids.ts';
import { aiChatBody, saidLast, toolOutputs, type AiChatBody } from '../formats/ai-chat-body.ts';
import { AI_SDK_DONE, AI_SDK_HEADERS, aiSdkDialect } from '../formats/ai-sdk-dialect.ts';
import { settingsOf } from '../formats/message-format.ts';
import { blocksOf, contentSchema } from '../formats/read-content.ts';
import { postMessage } from '../usecases/post-message.ts';
import { readRun } from '../usecases/read-run.ts';
import { resumeRun } from '../usecases/stop-run.ts';
import { storedEvents } from '../usecases/take-over.ts';
import { dialectRun, dialectStream } from './dialect-stream.ts';
import { callerOf, placeOnly, runOf, runPlace, type Caller } from './reach.ts';
import type { TurnRouteDeps } from './thread-routes.ts';

const DEADLINE_MARGIN_MS = 10_000;

/** The AI SDK's chat: `DefaultChatTransport` and `WorkflowChatTransport` with only the URL changed. */
export const aiChatRoutes = (deps: TurnRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/ai/chat': async (request, context) => {
    const caller = await callerOf(deps, request);
    const body = checked(aiChatBody, jsonBody(request.bodyText));
    const thread = await threadFor(deps, caller, body.id);
    const results = toolOutputs(body);
    if (results.length > 0) return await goOn(deps, thread, results, context);
    return await newTurn(deps, request, context, thread, body);
  },
  'GET /v1/ai/chat/{id}/stream': async (request, context) => {
    const caller = await callerOf(deps, request);
    const id = request.params['id'] ?? '';
    const run = await activeRun(deps, caller, id);
    const start = request.query['startIndex'];
    if (run === null || (run.endedAtMs !== null && start === undefined))
      return { status: 204, body: '' };
    if (start !== undefined && !/^\d{1,9}$/.test(start))
      throw new AppError({
        code: 'cursor_invalid',
        publicMessage: 'startIndex: a number of chunks, 0 or more',
        facts: { param: 'startIndex' },
      });
    return answer(run, reading(deps, run, context), Number(start ?? 0) - 1);
  },
});

/** The thread of a chat's id; made when it is not there yet. */
const threadFor = async (deps: TurnRouteDeps, caller: Caller, name: string): Promise<Thread> => {
  const scope = { projectId: caller.key.projectId, endUserId: caller.endUserId };
  const place = { ...scope, threadId: threadIdOfName(scope, name) };
  const known = await deps.store.get(place);
  if (known !== null) return known;
  const nowMs = deps.timers.nowMs();
  await deps.store.create({
    ...place,
    title: null,
    metadata: {},
    lastSeq: 0,
    activeRun: null,
    queue: [],
    superseded: [],
    createdAtMs: nowMs,
    lastActiveAtMs: nowMs,
    deletedAtMs: null,
  });
  const made = await deps.store.get(place);
  if (made !== null) return made;
  throw new AppError({ code: 'not_found', publicMessage: 'This chat was deleted.' });
};

const newTurn = async (
  deps: TurnRouteDeps,
  request: GatewayRequest,
  context: Context,
  thread: Thread,
  body: AiChatBody,
): Promise<HttpAnswer> => {
  const said = saidLast(body);
  const isRegenerate = body.trigger === 'regenerate-message';
  if (said === null)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: "messages: the last one must be the user's, or hold outputs of its tools",
      facts: { param: 'messages' },
    });
  const latest = isRegenerate ? await latestAnswer(deps, thread) : null;
  const posted = await postMessage(deps, {
    place: placeOnly(thread),
    credential: credentialOf(request),
    // The same message sent twice is one turn; asked for another answer it is another one.
    requestId: isRegenerate ? request.requestId : (body.request_id ?? said.id),
    bodyHash: bodyHash(request.path, { content: said.content, model: body.model }),
    call: { requestId: request.requestId, holdId: request.holdId },
    messages:
      latest === null
        ? [{ role: 'user', content: blocksOf(checked(contentSchema, said.content)) }]
        : [],
    supersedesFrom: latest,
    settings: {
      ...settingsOf(body, request.headers['x-sluice-feature'] ?? null),
      dialect: aiSdkDialect.version,
    },
    concurrency: body.concurrency,
    nonce: randomUUID(),
    deadlineMs: deps.timers.nowMs() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
  });
  return answer(posted.run, posted.events, -1);
};

/** Seq of the thread's latest answer, if it has one. */
const latestAnswer = async (deps: TurnRouteDeps, thread: Thread): Promise<number | null> => {
  const { steps } = await deps.store.history(thread, {
    beforeSeq: null,
    afterSeq: null,
    order: 'desc',
    limit: 1,
  });
  const [last] = steps;
  return last?.role === 'assistant' ? last.seq : null;
};

/** Outputs of the client's tools: the run that waits for them goes on, and so does its reader. */
const goOn = async (
  deps: TurnRouteDeps,
  thread: Thread,
  results: ReturnType<typeof toolOutputs>,
  context: Context,
): Promise<HttpAnswer> => {
  const run =
    thread.activeRun === null ? null : await deps.store.run({ ...thread, seq: thread.activeRun });
  if (run === null)
    throw new AppError({ code: 'run_ended', publicMessage: 'No run waits for these outputs.' });
  const before = await storedEvents(deps, run);
  const waiting = before.findLast((event) => event.type === 'run.requires_action');
  const wanted = waiting?.tool_use_ids ?? [];
  const approvals = waiting?.approval_ids ?? [];
  for (const block of results) {
    const id = block.tool_use_id;
    if (wanted.includes(id) && !approvals.includes(id))
      await deps.store.putToolAnswer(run, id, { kind: 'result', block }, deps.timers.nowMs());
  }
  await resumeRun(deps, run, wanted);
  // The chunks up to here were told by the response before this one.
  let told = 0;
  let state = aiSdkDialect.start(dialectRun(run));
  for (const [index, event] of before.entries()) {
    const [next, frames] = aiSdkDialect.step(state, { index, event });
    state = next;
    told += frames.length;
  }
  return answer(run, reading(deps, run, context), told - 1);
};

/** By a run's id, or the run at work of a chat. */
const activeRun = async (deps: TurnRouteDeps, caller: Caller, id: string): Promise<Run | null> => {
  if (parseRunId(id) !== null) return await runOf(deps, caller, id);
  const scope = { projectId: caller.key.projectId, endUserId: caller.endUserId };
  const thread = await deps.store.get({ ...scope, threadId: threadIdOfName(scope, id) });
  if (thread === null || thread.activeRun === null) return null;
  return await deps.store.run({ ...thread, seq: thread.activeRun });
};

const reading = (deps: TurnRouteDeps, run: Run, context: Context) =>
  readRun(deps, {
    run: runPlace(run),
    afterIndex: -1,
    nonce: randomUUID(),
    untilMs: deps.timers.nowMs() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
  });

const answer = (
  run: Run,
  events: AsyncIterable<readonly LoggedEvent[]>,
  ordinal: number,
): HttpAnswer => ({
  status: 200,
  headers: {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    ...AI_SDK_HEADERS,
    'x-workflow-run-id': runIdOf(run.threadId, run.seq),
    'x-sluice-thread-id': run.threadId,
    'x-sluice-run-id': runIdOf(run.threadId, run.seq),
    'x-sluice-seq': String(run.seq),
  },
  body: dialectStream(aiSdkDialect, run, events, ordinal, AI_SDK_DONE),
});
