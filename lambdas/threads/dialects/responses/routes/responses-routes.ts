import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { credentialOf, type Handler } from '../../../../http/door.ts';
import { featureOf } from '../../../../http/request.ts';
import type { HttpAnswer } from '../../../../platform/http-entry.ts';
import { emulatedHeader } from '../../../../inference/calls/foreign-call.ts';
import type { Answerer } from '../../../../inference/turn/answerer.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { answererOf } from '../../../domain/answerer.ts';
import { bodyHash } from '../../../domain/body-hash.ts';
import type { LoggedEvent } from '../../../domain/run-event.ts';
import type { Run } from '../../../domain/thread.ts';
import { pinnedVersion } from '../../../domain/dialect-pins.ts';
import { RESPONSES_VERSIONS } from '../formats/responses-dialect.ts';
import { emulatedFields } from '../formats/responses-emulated.ts';
import { blankAt } from '../formats/input-messages.ts';
import { responseBody, type ResponseBody } from '../formats/responses-request.ts';
import { responseSettings } from '../formats/responses-settings.ts';
import { postMessage, type Posted, type PostInput } from '../../../usecases/post-message.ts';
import { readStored } from '../../../usecases/read-run.ts';
import { takeOver } from '../../../usecases/take-over.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { runHeaders } from '../../../routes/aliases.ts';
import { peekAnswerer } from '../../../routes/peek-answerer.ts';
import { callerOf, placeOnly, type Caller } from '../../../routes/reach.ts';
import type { ThreadRouteDeps, TurnRouteDeps } from '../../../routes/route-deps.ts';
import { requestIdOf } from '../../../routes/request-id.ts';
import { asksForSummary, compactionTurn } from './compaction-turn.ts';
import { writeEarlier, type LongTurn } from './long-input.ts';
import { referredMessages } from './referred-items.ts';
import { messagesOf, refuseStrayOutputs, unstoredMessagesOf } from './response-messages.ts';
import {
  responseById,
  responseFrom,
  responseNow,
  responsesRun,
  wholeRun,
} from './response-reach.ts';
import { responseTarget, type ResponseTarget, type TargetDeps } from './response-target.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

const retrieveQuery = z.looseObject({
  stream: z.enum(['true', 'false']).optional(),
  starting_after: z
    .string()
    // -1: nothing was seen, as a counter begins that is given the last number.
    .regex(/^(-1|\d{1,9})$/, 'a sequence number')
    .optional(),
});

/** OpenAI's Responses on the threads' log: a response is a run. */
export const responsesRoutes = (deps: TargetDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/responses': async (request, context) => {
    const caller = await callerOf(deps, request);
    const body = checked(responseBody, jsonBody(request));
    refuseTogether(body);
    const settings = responseSettings(body, featureOf(request));
    const requestId = requestIdOf(request, undefined);
    const deadlineMs = deadlineOf(deps, context);
    const credential = credentialOf(request);
    const wish = { requestId, untilMs: deadlineMs, settings, credential };
    const { target, ...turn } = await placedTurn(deps, caller, body, wish);
    const posted = await postTo(deps, target, {
      ...turn,
      credential,
      requestId,
      bodyHash: bodyHash(request.path, body),
      call: { requestId: request.requestId, holdId: request.holdId },
      supersedesFrom: null,
      concurrency: 'queue',
      nonce: randomUUID(),
      deadlineMs,
      isBackground: body.background === true,
    });
    return await answer(deps, body, posted);
  },
  'GET /v1/responses/{response_id}': async (request, context) => {
    const caller = await callerOf(deps, request);
    const query = checked(retrieveQuery, request.query);
    const found = await responseById(deps, caller, request.params['response_id'] ?? '');
    if (query.stream !== 'true' && query.starting_after !== undefined)
      throw invalid('starting_after', 'comes with stream=true');
    // Who asks after a response whose producer died ends it, rather than to wait for the sweep.
    const isOver = found.run.endedAtMs !== null;
    const taken = isOver ? null : await takeOver(deps, found.run, randomUUID());
    const run = taken ?? found.run;
    if (query.stream !== 'true')
      return {
        status: 200,
        headers: runHeaders(deps.aliases, run),
        body: await responseNow(deps, run),
      };
    const after = Number(query.starting_after ?? -1);
    if (run.endedAtMs !== null) await refuseBeyond(deps, run, after);
    return streamAnswer(deps, run, wholeRun(deps, run, deadlineOf(deps, context)), after);
  },
});

const refuseTogether = (body: ResponseBody): void => {
  if (body.background === true && body.store === false)
    throw invalid('background', 'comes with a response that is stored');
  if (body.store === false && body.conversation != null)
    throw invalid('store', 'a conversation keeps what is said in it');
};

interface PlacedTurn extends Pick<PostInput, 'messages' | 'settings'> {
  readonly target: ResponseTarget;
}

/** Where a response continues, with what, and how. */
export const placedTurn = async (
  deps: TargetDeps,
  caller: Caller,
  body: ResponseBody,
  wish: Omit<LongTurn, 'thread'>,
): Promise<PlacedTurn> => {
  const items = body.input ?? [];
  if (asksForSummary(items)) {
    const { thread, ...turn } = await compactionTurn(deps, caller, body, wish);
    return { ...turn, target: { thread, isFresh: true, afterSeq: null, elsewhere: null } };
  }
  const referred = await referredMessages(deps, caller, items, 'input');
  const blank = blankAt(items, referred);
  if (blank !== null) throw invalid(`input.${blank}.content`, 'says nothing');
  const target = await responseTarget(deps, caller, body, wish);
  const isUnstored = body.store === false && target.isFresh;
  const read = isUnstored ? unstoredMessagesOf : messagesOf;
  const all = read(items, body.model, 'input', referred);
  if (all.length === 0 && target.isFresh) throw invalid('input', 'says nothing');
  await refuseStrayOutputs(deps.store, target.thread, items, referred);
  const messages = isUnstored
    ? await writeEarlier(deps, { ...wish, thread: target.thread }, all)
    : all;
  return { target, messages, settings: wish.settings };
};

type Turn = Omit<PostInput, 'place' | 'fresh' | 'afterSeq'>;

/** Of two that continue from one response, the second continues from a fork of it. */
const postTo = async (
  deps: TurnRouteDeps,
  { thread, isFresh, afterSeq, elsewhere }: ResponseTarget,
  turn: Turn,
): Promise<Posted> => {
  try {
    return await postMessage(deps, {
      ...turn,
      place: placeOnly(thread),
      ...(isFresh ? { fresh: thread } : {}),
      ...(afterSeq === null ? {} : { afterSeq }),
    });
  } catch (error) {
    const isPassed = error instanceof AppError && error.code === 'thread_moved';
    if (!isPassed || elsewhere === null) throw error;
    return await postTo(deps, await elsewhere(), turn);
  }
};

const answer = async (
  deps: TurnRouteDeps,
  body: ResponseBody,
  { run, events }: Posted,
): Promise<HttpAnswer> => {
  const emulated = emulatedHeader(emulatedFields(body));
  if (body.stream === true) {
    const { by, pages } = await peekAnswerer(events);
    const streamed = streamAnswer(deps, run, pages, -1, by);
    return { ...streamed, headers: { ...streamed.headers, ...emulated } };
  }
  const headersBy = (by: Answerer | null) => ({
    ...runHeaders(deps.aliases, run, by),
    ...emulated,
  });
  if (body.background === true)
    return { status: 200, headers: headersBy(null), body: await responseNow(deps, run) };
  const all: LoggedEvent[] = [];
  for await (const page of events) all.push(...page);
  const by = answererOf(all.map(({ event }) => event));
  return { status: 200, headers: headersBy(by), body: responseFrom(run, all) };
};

const streamAnswer = (
  { aliases }: ThreadRouteDeps,
  run: Run,
  pages: AsyncIterable<readonly LoggedEvent[]>,
  ordinal: number,
  by: Answerer | null = null,
): HttpAnswer => ({
  status: 200,
  headers: {
    ...runHeaders(aliases, run, by),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
  },
  body: framesBehind(run, pages, ordinal),
});

async function* framesBehind(
  run: Run,
  pages: AsyncIterable<readonly LoggedEvent[]>,
  ordinal: number,
): AsyncGenerator<Uint8Array> {
  const render = rendererOf(run);
  for await (const page of pages) {
    const frames = page.flatMap(render).filter((frame) => frame.ordinal > ordinal);
    if (frames.length > 0) yield Buffer.from(frames.map(({ text }) => text).join(''));
  }
}

const rendererOf = (run: Run) =>
  pinnedVersion(run.settings.dialects, 'responses', RESPONSES_VERSIONS).renderer(responsesRun(run));

/** A number that no event of an ended response has. */
const refuseBeyond = async (deps: ThreadRouteDeps, run: Run, after: number): Promise<void> => {
  const frames = (await readStored(deps, run)).flatMap(rendererOf(run));
  const last = frames.length - 1;
  if (after <= last) return;
  throw new AppError({
    code: 'cursor_invalid',
    publicMessage: `starting_after: the response ends at ${last}`,
    facts: { param: 'starting_after' },
  });
};

const invalid = (param: string, problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });
