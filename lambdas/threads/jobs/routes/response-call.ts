import type { Context } from 'aws-lambda';
import { randomUUID } from 'node:crypto';
import type { CompleteAnswer } from '../../../inference/calls/call-types.ts';
import { isAsyncIterable, wholeBody } from '../../../platform/answer-body.ts';
import type { HttpAnswer } from '../../../platform/http-entry.ts';
import { responsesRoutes } from '../../dialects/responses/routes/responses-routes.ts';
import type { TargetDeps } from '../../dialects/responses/routes/response-target.ts';
import { parseRunId, type RunPlace } from '../../domain/thread-ids.ts';
import { stopRun } from '../../usecases/stop-run.ts';
import { callIdOf } from '../domain/job-ids.ts';
import type { AskedCall, CallAnswer } from '../ports/job-calls.ts';
import { failureOf, lastResponse, withEnd } from './response-end.ts';

/** What a route answers; what it says nothing of is as of a call that is whole and owes no more than its settlement. */
export type RouteAnswer = CompleteAnswer &
  Partial<Pick<CallAnswer, 'costNanoUsd' | 'isOpen' | 'failure'>>;

const LOOK_MS = 1_000;
const ROUTE = 'POST /v1/responses';

/**
 * A response is a run, which knows its own money: it is asked for by a name of the job's own, so that whoever asks again
 * gets the same one, paid for once. It is always asked for as a stream: its headers name the run that a cancel stops.
 */
export const askForResponse = async (
  deps: TargetDeps,
  context: Context,
  asked: AskedCall,
): Promise<RouteAnswer> => {
  const made = await post(deps, context, asked);
  const run = runOf(asked, made);
  if (run === null || !isAsyncIterable(made.body)) return answerOf(made, await wholeBytes(made));
  const body = stoppable(deps, asked, run, made.body);
  const costNanoUsd = async (): Promise<number> => (await deps.store.run(run))?.costNanoUsd ?? 0;
  if (asked.call.body['stream'] === true) {
    const stream = withEnd(body);
    return {
      ...answerOf(made, stream.body),
      costNanoUsd,
      // Of a response that was deleted nothing more comes.
      isOpen: async () => stream.end() === null && (await deps.store.run(run)) !== null,
      failure: () => failureOf(stream.end()),
    };
  }
  const text = String(await wholeBody(body));
  const response = lastResponse(text);
  const isOpen = async (): Promise<boolean> =>
    response === null || (await deps.store.run(run))?.endedAtMs === null;
  return {
    ...answerOf(made, Buffer.from(JSON.stringify(response))),
    headers: { 'content-type': 'application/json' },
    costNanoUsd,
    isOpen,
    failure: () => failureOf(response),
  };
};

const post = async (
  deps: TargetDeps,
  context: Context,
  { job, call, index, headers, requestId, holdId }: AskedCall,
): Promise<HttpAnswer> => {
  const handler = responsesRoutes(deps)[ROUTE];
  if (handler === undefined) throw new Error(`${ROUTE} is there`);
  return await handler(
    {
      requestId,
      holdId,
      secret: { kind: 'ok', keyId: job.keyId, secretHash: null },
      route: ROUTE,
      path: '/v1/responses',
      params: {},
      query: {},
      headers: {
        ...headers,
        ...(job.feature === null ? {} : { 'x-sluice-feature': job.feature }),
        'content-type': 'application/json',
        'idempotency-key': callIdOf(job, index),
      },
      body: Buffer.from(JSON.stringify({ ...call.body, background: false, stream: true })),
    },
    context,
  );
};

const runOf = ({ job }: AskedCall, { headers }: HttpAnswer): RunPlace | null => {
  const named = parseRunId(headers?.['x-sluice-run-id'] ?? '');
  return named === null ? null : { projectId: job.projectId, endUserId: job.endUserId, ...named };
};

/** A cancel of the job stops the run; that another worker has the job does not, for it waits for the same run. */
async function* stoppable(
  deps: TargetDeps,
  { halt }: AskedCall,
  run: RunPlace,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const over = new AbortController();
  const look = async (): Promise<void> => {
    while (!over.signal.aborted && halt() !== 'cancelled')
      await deps.timers.sleep(LOOK_MS, over.signal);
    if (!over.signal.aborted) await stopRun(deps, run, randomUUID());
  };
  void look().catch((error: unknown) => deps.report('response not stopped', error));
  try {
    yield* body;
  } finally {
    over.abort();
  }
}

const wholeBytes = async ({ body }: HttpAnswer): Promise<Uint8Array> =>
  Buffer.from(await wholeBody(body));

const answerOf = ({ status, headers }: HttpAnswer, body: CompleteAnswer['body']): RouteAnswer => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body,
});
