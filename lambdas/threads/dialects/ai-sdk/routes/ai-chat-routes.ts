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
import { aiChatBody, saidContent, saidLast, type AiChatBody } from '../formats/ai-chat-body.ts';
import { callAnswers, type CallAnswer } from '../formats/call-answers.ts';
import { plainPage } from '../formats/plain-page.ts';
import { settingsOf } from '../../../formats/turn-settings.ts';
import { blocksOf } from '../../../formats/read-content.ts';
import type { RunEvent } from '../../../domain/run-event.ts';
import { postMessage, type Posted, type PostInput } from '../../../usecases/post-message.ts';
import { readStored } from '../../../usecases/read-run.ts';
import { storedEvents } from '../../../usecases/take-over.ts';
import { resumeRun } from '../../../usecases/stop-run.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { callerOf, placeOnly, runOf, threadMissing, type Caller } from '../../../routes/reach.ts';
import type { TurnRouteDeps } from '../../../routes/route-deps.ts';
import { namedRequestId } from '../../../routes/request-id.ts';
import {
  movedOn,
  placeOfMessage,
  placeOfRegeneration,
  type PageTurn,
  type ReplacesRest,
} from '../usecases/place-turn.ts';
import { takeEarlier } from '../usecases/take-earlier.ts';
import { chatAnswer, chatFrom, chatIdle, startIndexOf } from './chat-stream.ts';
import { checked, isRecord, jsonBody } from '../../../../http/body.ts';

/** The AI SDK's chat: `DefaultChatTransport` and `WorkflowChatTransport` with only the URL changed. */
export const aiChatRoutes = (deps: TurnRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/ai/chat': async (request, context) => {
    const caller = await callerOf(deps, request);
    const page = jsonBody(request);
    const body = checked(aiChatBody, plainPage(page));
    const thread = await threadFor(deps, caller, body.id);
    const last = body.messages.slice(-1);
    const answers = callAnswers(last);
    if (answers.length > 0) return await goOn(deps, thread, body, answers, context);
    await takeAnswers(deps, thread, callAnswers(body.messages));
    return await newTurn(deps, request, context, thread, {
      ...body,
      replacesRest: restOf(body, page),
    });
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

/** assistant-ui edits by cutting its list, and names nothing; its transport is known by tools that are an object. */
const restOf = (body: AiChatBody, page: unknown): ReplacesRest => {
  if (body.replace_rest !== undefined) return body.replace_rest ? 'all' : 'no';
  return isRecord(page) && isRecord(page['tools']) ? 'behind_known' : 'no';
};

const newTurn = async (
  deps: TurnRouteDeps,
  request: HttpRequest,
  context: Context,
  thread: Thread,
  body: AiChatBody & { readonly replacesRest: ReplacesRest },
): Promise<HttpAnswer> => {
  const said = saidLast(body);
  if (said === null)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: "messages: the last one must be the user's, or hold outputs of its tools",
      facts: { param: 'messages' },
    });
  const { content } = checked(saidContent, said);
  const id = said.id ?? request.requestId;
  const messages = body.messages.map((message) => ({ ...message, id: message.id ?? '' }));
  const turn = {
    messages: [...messages.slice(0, -1), { id, role: 'user' as const }],
    named: body.messageId ?? null,
    replacesRest: body.replacesRest,
    requestId: namedRequestId(request, body.request_id),
  };
  const own: NewMessage = {
    role: 'user',
    content: blocksOf(content),
    // A request of another name leaves the page's id to find the message by.
    ...(turn.requestId === null ? {} : { name: id }),
  };
  const wish = { body, turn, own, content: said.content };
  for (let tries = 1, now = thread; ; tries++) {
    try {
      const { run, events } = await postTurn(deps, request, context, now, wish);
      return await chatAnswer(run, events);
    } catch (error) {
      // What came meanwhile may be of this page too: then its ids say so.
      if (!isPassed(error) || tries === PLACES_MAX) throw error;
      now = (await deps.store.get(thread)) ?? thread;
    }
  }
};

/** How often a turn looks for its place, when others come before it. */
const PLACES_MAX = 5;

const isPassed = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'thread_moved' && error.facts['param'] === undefined;

interface TurnWish {
  readonly body: AiChatBody;
  readonly turn: Omit<PageTurn, keyof BodyHashes>;
  readonly own: NewMessage;
  /** What is said, as the hash of the turn has it. */
  readonly content: readonly object[];
}

const postTurn = async (
  deps: TurnRouteDeps,
  request: HttpRequest,
  context: Context,
  thread: Thread,
  { body, turn, own, content }: TurnWish,
): Promise<Posted> => {
  const { concurrency, model } = body;
  const again = { content, model, again: body.messageId ?? '' };
  const regenerated =
    body.trigger === 'regenerate-message'
      ? await placeOfRegeneration(deps, thread, { ...turn, ...hashOf(request, again) })
      : null;
  const hash = hashOf(request, regenerated === null ? { content, model } : again);
  const place = regenerated ?? (await placeOfMessage(deps, thread, { ...turn, ...hash }));
  const { rest, writtenCount } = await takeEarlier(deps, thread, {
    messages: body.messages.slice(place.newFrom, -1),
    isReplacing: place.supersedesFrom !== null,
  });
  const input: PostInput = {
    place: placeOnly(thread),
    credential: credentialOf(request),
    requestId: place.requestId,
    ...hash,
    call: { requestId: request.requestId, holdId: request.holdId },
    messages: regenerated === null ? [...rest, own] : [],
    supersedesFrom: place.supersedesFrom,
    ...(place.afterSeq === null ? {} : { afterSeq: place.afterSeq + writtenCount }),
    settings: settingsOf({ ...body, concurrency: concurrency ?? 'queue' }, featureOf(request)),
    concurrency: concurrency ?? 'queue',
    endsWait: concurrency === undefined,
    nonce: randomUUID(),
    deadlineMs: deadlineOf(deps, context),
  };
  try {
    return await postMessage(deps, input);
  } catch (error) {
    // It would replace what nobody has seen when its place was chosen.
    if (place.supersedesFrom !== null && isPassed(error)) throw movedOn();
    throw error;
  }
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

/** Answers to calls that wait: the run continues, and so does its reader. The same answers sent again read the same. */
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
  const { tool_use_ids: wanted } = wait.event;
  await putAnswers(deps, run, wait.event, answers);
  await resumeRun(deps, run, wanted);
  // The chunks up to the wait were sent in the response before this one.
  return await chatFrom(deps, run, context, { afterEvent: wait.index });
};

/**
 * What a page says to calls that wait, before it says something new: its turn ends the wait, and cancels the others. Where
 * nothing waits any more and a call was approved, the run continues, for the person wants what it does; the turn is next.
 */
const takeAnswers = async (
  deps: TurnRouteDeps,
  thread: Thread,
  answers: readonly CallAnswer[],
): Promise<void> => {
  if (thread.activeRun === null || answers.length === 0) return;
  const run = await deps.store.run({ ...thread, seq: thread.activeRun });
  if (run?.status !== 'requires_action') return;
  const wait = (await storedEvents(deps, run)).findLast(
    (event) => event.type === 'run.requires_action',
  );
  if (wait === undefined) return;
  await putAnswers(deps, run, wait, answers);
  const isApproved = answers.some(
    ({ toolUseId, answer }) =>
      wait.tool_use_ids.includes(toolUseId) && answer.kind === 'decided' && answer.isApproved,
  );
  if (isApproved) await resumeRun(deps, run, wait.tool_use_ids);
};

const putAnswers = async (
  deps: TurnRouteDeps,
  run: Run,
  { tool_use_ids: wanted, approval_ids: approvals = [] }: Wait,
  answers: readonly CallAnswer[],
): Promise<void> => {
  for (const { toolUseId, answer } of answers) {
    const isDecision = answer.kind === 'decided';
    if (!wanted.includes(toolUseId) || approvals.includes(toolUseId) !== isDecision) continue;
    await deps.store.putToolAnswer(run, toolUseId, answer, deps.timers.nowMs());
  }
};

type Wait = Extract<RunEvent, { readonly type: 'run.requires_action' }>;

/** By a run's id, or the run at work of a chat. */
const activeRun = async (deps: TurnRouteDeps, caller: Caller, id: string): Promise<Run | null> => {
  if (parseRunId(id) !== null) return await runOf(deps, caller, id);
  const scope = { projectId: caller.key.projectId, endUserId: caller.endUserId };
  const thread = await deps.store.get({ ...scope, threadId: threadIdOfName(scope, id) });
  if (thread === null || thread.activeRun === null) return null;
  return await deps.store.run({ ...thread, seq: thread.activeRun });
};
