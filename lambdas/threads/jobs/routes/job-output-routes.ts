import { checked } from '../../../http/body.ts';
import type { Handler } from '../../../http/door.ts';
import type { HttpAnswer } from '../../../platform/http-entry.ts';
import { AppError } from '../../../shared/app-error.ts';
import { cursorInvalid, decodeCursor, encodeCursor } from '../../../shared/cursor.ts';
import type { Timers } from '../../../shared/deps.ts';
import {
  BEFORE_FIRST,
  foreignCursor,
  formatLogCursor,
  isLogCursorBehind,
  parseLogCursor,
} from '../../domain/log-cursor.ts';
import type { ChunkLog } from '../../ports/chunks.ts';
import { askedCursor } from '../../routes/asked-cursor.ts';
import { deadlineOf } from '../../routes/deadline.ts';
import { endsFrame, withoutLineEnds } from '../domain/frames.ts';
import { isOver, isSuccess, type Job } from '../domain/job.ts';
import { JOB_RUN_SEQ } from '../domain/job-ids.ts';
import { invalid, resultsQuery } from '../formats/job-body.ts';
import type { ResultPage } from '../ports/job-store.ts';
import { viewOfNotRun, viewOfResult, type ResultView } from '../formats/job-view.ts';
import { readJobStream, type JobFrame } from '../usecases/read-job-stream.ts';
import { reachJob, type JobReachDeps } from './job-reach.ts';

export interface JobOutputDeps extends JobReachDeps {
  readonly chunks: ChunkLog;
  readonly timers: Timers;
}

/** What jobs came to: the stream of one call from any place, and the answers. */
export const jobOutputRoutes = (deps: JobOutputDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/jobs/{job_id}/stream': async (request, context) => {
    const { job } = await reachJob(deps, request);
    if (!job.isStream)
      throw invalid('job_id', 'no stream: it is of one call whose body says `"stream": true`');
    const cursor = askedCursor(request, parseLogCursor, isLogCursorBehind);
    if (cursor !== null && cursor.seq !== JOB_RUN_SEQ) throw foreignCursor();
    const afterIndex = cursor?.index ?? BEFORE_FIRST;
    const frames = readJobStream({ ...deps, store: deps.jobs }, job, {
      afterIndex,
      untilMs: deadlineOf(deps, context),
    });
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
      body: bytesOf(frames),
    };
  },
  'GET /v1/jobs/{job_id}/results': async (request) => {
    const { job } = await reachJob(deps, request);
    const query = checked(resultsQuery, request.query);
    return job.kind === 'call'
      ? await oneResult(deps, job)
      : await page(deps, job, query.limit, placeIn(query.cursor));
  },
});

/** Each frame with its place, so that a client that comes back continues after it: of one in pieces that of the last. */
export async function* bytesOf(
  pages: AsyncIterable<readonly JobFrame[]>,
): AsyncGenerator<Uint8Array> {
  let isOpen = false;
  for await (const frames of pages) {
    let out = '';
    for (const { index, text } of frames) {
      const id = `id: ${formatLogCursor({ seq: JOB_RUN_SEQ, index })}`;
      const isEnd = endsFrame(text);
      if (!isEnd) out += text;
      else out += isOpen ? `${withoutLineEnds(text)}\n${id}\n\n` : `${id}\n${text}`;
      isOpen = !isEnd;
    }
    yield Buffer.from(out);
  }
}

/** The answer itself, byte for byte, where the call came to one. */
const oneResult = async ({ jobs }: JobOutputDeps, job: Job): Promise<HttpAnswer> => {
  if (!isOver(job))
    throw new AppError({
      code: 'conflict',
      publicMessage: 'The job is not over: there is no answer yet.',
    });
  const {
    results: [result],
  } = await jobs.results(job, 0, 1);
  if (result === undefined) return { status: 200, body: viewOfNotRun(job, 0, null) };
  if (!isSuccess(result)) return { status: 200, body: viewOfResult(job, result, null) };
  return {
    status: 200,
    headers: { 'content-type': result.type },
    body: Buffer.from(result.content, result.encoding),
  };
};

/**
 * Lines of a batch in the order of its requests. Of a running one those that nothing before is missing of, so that a cursor
 * leaves none out.
 */
const page = async (
  { jobs }: JobOutputDeps,
  job: Job,
  limit: number,
  from: number,
): Promise<HttpAnswer> => {
  const stored = await jobs.calls(job);
  const calls = stored?.calls ?? [];
  const found = await jobs.results(job, from, limit);
  const lines = linesOf(job, found, {
    from,
    limit,
    customIds: calls.map(({ customId }) => customId),
  });
  const next = from + lines.length;
  return {
    status: 200,
    headers: {
      'content-type': 'application/x-ndjson',
      ...(next < calls.length || !isOver(job)
        ? { 'x-sluice-next-cursor': encodeCursor([String(next)]) }
        : {}),
    },
    body: lines.map((line) => `${JSON.stringify(line)}\n`).join(''),
  };
};

interface Span {
  readonly from: number;
  readonly limit: number;
  readonly customIds: readonly (string | null)[];
}

const linesOf = (
  job: Job,
  { results: found, isCut }: ResultPage,
  { from, limit, customIds }: Span,
): readonly ResultView[] => {
  const byIndex = new Map(found.map((result) => [result.index, result]));
  // A page that its bytes cut short says nothing of what is behind it.
  const last = isCut ? (found.at(-1)?.index ?? from) : Infinity;
  const to = Math.min(customIds.length, from + limit);
  const lines: ResultView[] = [];
  for (let index = from; index < to; index++) {
    const customId = customIds[index] ?? null;
    const result = byIndex.get(index);
    if (result !== undefined) lines.push(viewOfResult(job, result, customId));
    else if (!isOver(job) || index > last) break;
    else lines.push(viewOfNotRun(job, index, customId));
  }
  return lines;
};

const placeIn = (cursor: string | undefined): number => {
  if (cursor === undefined) return 0;
  const [text = ''] = decodeCursor(cursor, 1);
  if (!/^\d{1,6}$/.test(text)) throw cursorInvalid();
  return Number(text);
};
