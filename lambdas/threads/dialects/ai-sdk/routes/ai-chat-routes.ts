import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import { credentialOf, type Handler } from '../../../../http/door.ts';
import { featureOf, type HttpRequest } from '../../../../http/request.ts';
import type { HttpAnswer } from '../../../../platform/http-entry.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { bodyHashes, type BodyHashes } from '../../../domain/body-hash.ts';
import { newThread } from '../../../domain/new-thread.ts';
import {
  isThreadId,
  parseMessageId,
  parseRunId,
  threadIdOfName,
} from '../../../domain/thread-ids.ts';
import type { NewMessage, Run, Thread } from '../../../domain/thread.ts';
import {
  aiChatBody,
  callAnswers,
  saidContent,
  saidLast,
  type AiChatBody,
  type CallAnswer,
} from '../formats/ai-chat-body.ts';
import { settingsOf } from '../../../formats/turn-settings.ts';
import { blocksOf } from '../../../formats/read-content.ts';
import type { ToolAnswer } from '../../../ports/tools.ts';
import { postMessage } from '../../../usecases/post-message.ts';
import { readStored } from '../../../usecases/read-run.ts';
import { resumeRun } from '../../../usecases/stop-run.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { callerOf, placeOnly, runOf, threadMissing, type Caller } from '../../../routes/reach.ts';
import type { TurnRouteDeps } from '../../../routes/route-deps.ts';
import { namedRequestId } from '../../../routes/request-id.ts';
import { placeOfMessage, placeOfRegeneration } from '../usecases/place-turn.ts';
import { takeEarlier } from '../usecases/take-earlier.ts';
import { chatAnswer, chatFrom, chatIdle, startIndexOf } from './chat-stream.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

/** The AI SDK's chat: `DefaultChatTransport` and `WorkflowChatTransport` with only the URL changed. */
export const aiChatRoutes = (deps: TurnRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/ai/chat': async (request, context) => {
    const caller = await callerOf(deps, request);
    const body = checked(aiChatBody, jsonBody(request));
    const thread = await threadFor(deps, caller, body.id);
    const answers = callAnswers(body);
    if (answers.length > 0) return await goOn(deps, thread, body, answers, context);
    return await newTurn(deps, request, context, thread, body);
  },
  'GET /v1/ai/chat/{id}/stream': async (request, context) => {
    const caller = await callerOf(deps, request);
    const id = request.params['id'] ?? '';
    const run = await activeRun(deps, caller, id);
    const start = request.query['startIndex'];
    if (start === undefined && (run === null || run.endedAtMs !== null))
      return { status: 204, body: '' };
    const startIndex = startIndexOf(start ?? '0');
    return run === null ? chatIdle() : await chatFrom(deps, run, context, { startIndex });
  },
});

/** The thread of a chat's id; made when it is not there yet. Only a name can be made: ids of threads are ours to give. */
const threadFor = async (deps: TurnRouteDeps, caller: Caller, name: string): Promise<Thread> => {
  const scope = { projectId: caller.key.projectId, endUserId: caller.endUserId };
  const place = { ...scope, threadId: threadIdOfName(scope, name) };
  const known = await deps.store.get(place);
  if (known !== null) return known;
  if (isThreadId(name)) throw threadMissing();
  await deps.store.create(newThread(place, deps.timers.nowMs()));
  const made = await deps.store.get(place);
  if (made !== null) return made;
  throw new AppError({ code: 'not_found', publicMessage: 'This chat was deleted.' });
};

const newTurn = async (
  deps: TurnRouteDeps,
  request: HttpRequest,
  context: Context,
  thread: Thread,
  body: AiChatBody,
): Promise<HttpAnswer> => {
  const said = saidLast(body);
  const { concurrency, model } = body;
  if (said === null)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: "messages: the last one must be the user's, or hold outputs of its tools",
      facts: { param: 'messages' },
    });
  const { content } = checked(saidContent, said);
  const turn = {
    messages: body.messages,
    named: body.messageId ?? null,
    requestId: namedRequestId(request, body.request_id),
  };
  const again = { content: said.content, model, again: body.messageId ?? '' };
  const regenerated =
    body.trigger === 'regenerate-message'
      ? await placeOfRegeneration(deps, thread, { ...turn, ...hashOf(request, again) })
      : null;
  const hash = hashOf(request, regenerated === null ? { content: said.content, model } : again);
  const place = regenerated ?? (await placeOfMessage(deps, thread, { ...turn, ...hash }));
  const isNew = regenerated === null && thread.lastSeq === 0;
  const taken = await takeEarlier(deps, thread, isNew ? body.messages.slice(0, -1) : []);
  const own: NewMessage = {
    role: 'user',
    content: blocksOf(content),
    // A request of another name leaves the page's id to find the message by.
    ...(turn.requestId === null ? {} : { name: said.id }),
  };
  const posted = await postMessage(deps, {
    place: placeOnly(thread),
    credential: credentialOf(request),
    requestId: place.requestId,
    ...hash,
    call: { requestId: request.requestId, holdId: request.holdId },
    messages: regenerated === null ? [...taken.rest, own] : [],
    supersedesFrom: place.supersedesFrom,
    ...(taken.rest.length === 0 ? {} : { afterSeq: taken.lastSeq }),
    settings: settingsOf({ ...body, concurrency: concurrency ?? 'queue' }, featureOf(request)),
    concurrency: concurrency ?? 'queue',
    endsWait: concurrency === undefined,
    nonce: randomUUID(),
    deadlineMs: deadlineOf(deps, context),
  });
  return chatAnswer(posted.run, posted.events);
};

const hashOf = (request: HttpRequest, asked: object): BodyHashes => bodyHashes(request.path, asked);

/** Seq of the thread's latest answer, if it has one: for pages that name answers by ids of their own. */
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

/** Answers to calls that wait: the run goes on, and so does its reader. The same answers sent again read the same. */
const goOn = async (
  deps: TurnRouteDeps,
  thread: Thread,
  body: AiChatBody,
  answers: readonly CallAnswer[],
  context: Context,
): Promise<HttpAnswer> => {
  const named = parseMessageId(thread, body.messages.at(-1)?.id ?? '');
  const seq = named ?? thread.activeRun ?? (await latestAnswer(deps, thread));
  const run = seq === null ? null : await deps.store.run({ ...thread, seq });
  const stored = run === null ? [] : await readStored(deps, run);
  const wait = stored.findLast(
    ({ event }) =>
      event.type === 'run.requires_action' &&
      answers.some(({ toolUseId }) => event.tool_use_ids.includes(toolUseId)),
  );
  if (run === null || wait?.event.type !== 'run.requires_action')
    throw new AppError({ code: 'run_ended', publicMessage: 'No run waits for these outputs.' });
  const { tool_use_ids: wanted, approval_ids: approvals = [] } = wait.event;
  for (const { toolUseId, said } of answers) {
    const isDecision = 'isApproved' in said;
    if (!wanted.includes(toolUseId) || approvals.includes(toolUseId) !== isDecision) continue;
    const answer: ToolAnswer = isDecision
      ? { kind: 'decided', ...said }
      : { kind: 'result', block: said };
    await deps.store.putToolAnswer(run, toolUseId, answer, deps.timers.nowMs());
  }
  await resumeRun(deps, run, wanted);
  // The chunks up to the wait were told by the response before this one.
  return await chatFrom(deps, run, context, { afterEvent: wait.index });
};

/** By a run's id, or the run at work of a chat. */
const activeRun = async (deps: TurnRouteDeps, caller: Caller, id: string): Promise<Run | null> => {
  if (parseRunId(id) !== null) return await runOf(deps, caller, id);
  const scope = { projectId: caller.key.projectId, endUserId: caller.endUserId };
  const thread = await deps.store.get({ ...scope, threadId: threadIdOfName(scope, id) });
  if (thread === null || thread.activeRun === null) return null;
  return await deps.store.run({ ...thread, seq: thread.activeRun });
};
