import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type { HttpAnswer } from '../../../../platform/http-entry.ts';
import type { Answerer } from '../../../../inference/turn/answerer.ts';
import { AppError } from '../../../../shared/app-error.ts';
import type { LoggedEvent } from '../../../domain/run-event.ts';
import { runIdOf } from '../../../domain/thread-ids.ts';
import type { Run } from '../../../domain/thread.ts';
import {
  AI_SDK_DONE,
  AI_SDK_FINISH,
  AI_SDK_HEADERS,
  AI_SDK_VERSIONS,
} from '../formats/ai-sdk-dialect.ts';
import { pinnedVersion } from '../../../domain/dialect-pins.ts';
import { readRun, readStored } from '../../../usecases/read-run.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { dialectRunOf, type DialectVersion } from '../../../domain/dialect.ts';
import { answererHeaders } from '../../../routes/aliases.ts';
import { peekAnswerer } from '../../../routes/peek-answerer.ts';
import { runPlace } from '../../../routes/reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';

const STREAM_HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  ...AI_SDK_HEADERS,
};

/** What a turn says, from its first chunk. */
export const chatAnswer = async (
  run: Run,
  told: AsyncIterable<readonly LoggedEvent[]>,
): Promise<HttpAnswer> => {
  const { by, pages } = await peekAnswerer(told);
  return { status: 200, headers: headersOf(run, by), body: chunksFrom(run, pages, 0) };
};

/** Where a reader begins: at a chunk, or after all that was sent of an event. */
export type ChatPlace = { readonly startIndex: number } | { readonly afterEvent: number };

/**
 * The chunks from a place on: what is stored, then what comes. A negative place counts from the latest chunk that is
 * stored, whose place the answer's header gives.
 */
export const chatFrom = async (
  deps: ThreadRouteDeps,
  run: Run,
  context: Context,
  place: ChatPlace,
): Promise<HttpAnswer> => {
  const stored = await readStored(deps, run);
  const count = (events: readonly LoggedEvent[]): number =>
    events.flatMap(dialectOf(run).renderer(dialectRunOf(run))).length;
  const tail = count(stored) - 1;
  const startOf = (): number => {
    if ('afterEvent' in place) return count(stored.slice(0, place.afterEvent + 1));
    return place.startIndex < 0 ? Math.max(0, tail + 1 + place.startIndex) : place.startIndex;
  };
  const rest = readRun(deps, {
    run: runPlace(run),
    afterIndex: stored.length - 1,
    nonce: randomUUID(),
    untilMs: deadlineOf(deps, context),
  });
  return {
    status: 200,
    headers: { ...headersOf(run), 'x-workflow-stream-tail-index': String(tail) },
    body: chunksFrom(run, joined(stored, rest), startOf()),
  };
};

/** Nothing runs: a reader that counts chunks learns it from a `finish`, or it would come back at once, for ever. */
export const chatIdle = (): HttpAnswer => ({
  status: 200,
  headers: { ...STREAM_HEADERS, 'x-workflow-stream-tail-index': '-1' },
  body: bytesOf([AI_SDK_FINISH, AI_SDK_DONE]),
});

/** A number of chunks; less than 0: so many from the end. */
export const startIndexOf = (text: string): number => {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  throw new AppError({
    code: 'cursor_invalid',
    publicMessage: 'startIndex: a number of chunks',
    facts: { param: 'startIndex' },
  });
};

const dialectOf = (run: Run): DialectVersion =>
  pinnedVersion(run.settings.dialects, 'ai_sdk', AI_SDK_VERSIONS);

/** Ends with `finish`, unless the function must let go before the run ends or waits. */
async function* chunksFrom(
  run: Run,
  pages: AsyncIterable<readonly LoggedEvent[]>,
  start: number,
): AsyncGenerator<Uint8Array> {
  let isOver = false;
  let isTold = false;
  const render = dialectOf(run).renderer(dialectRunOf(run));
  for await (const page of pages) {
    const frames = page.flatMap(render);
    const last = frames.at(-1);
    isOver = last?.ends ?? isOver;
    isTold ||= last !== undefined && last.ordinal >= start;
    const text = frames.map((frame) => (frame.ordinal < start ? '' : frame.text)).join('');
    if (text !== '') yield Buffer.from(text);
  }
  if (isOver && !isTold) yield Buffer.from(AI_SDK_FINISH);
  yield Buffer.from(AI_SDK_DONE);
}

async function* joined(
  stored: readonly LoggedEvent[],
  rest: AsyncIterable<readonly LoggedEvent[]>,
): AsyncGenerator<readonly LoggedEvent[]> {
  yield stored;
  yield* rest;
}

async function* bytesOf(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

const headersOf = (run: Run, by: Answerer | null = null): Readonly<Record<string, string>> => {
  const runId = runIdOf(run.threadId, run.seq);
  return {
    ...STREAM_HEADERS,
    'x-workflow-run-id': runId,
    'x-sluice-thread-id': run.threadId,
    'x-sluice-run-id': runId,
    'x-sluice-seq': String(run.seq),
    ...answererHeaders(run, by),
  };
};
