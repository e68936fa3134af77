import { randomUUID } from 'node:crypto';
import { routeNotFound, type Handler } from '../../../../http/door.ts';
import type { HttpRequest } from '../../../../http/request.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { isTerminal } from '../../../domain/run-event.ts';
import { responseIdOf } from '../formats/responses-ids.ts';
import { stopRun } from '../../../usecases/stop-run.ts';
import { itemPage, itemsQuery } from './item-pages.ts';
import { callerOf, placeOnly } from '../../../routes/reach.ts';
import { responseById, responseNow, wholeRun, type FoundResponse } from './response-reach.ts';
import type { ThreadRouteDeps } from '../../../routes/route-deps.ts';
import { checked } from '../../../../http/body.ts';

/** A producer sees within a second that it shall stop, and ends its run a moment later. */
const CANCEL_WAIT_MS = 10_000;

/** What is done with a response that is there, and how those are answered who would ask over a socket. */
export const responseCareRoutes = (deps: ThreadRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/responses': async (request) => {
    await callerOf(deps, request);
    throw isHandshake(request) ? httpAlone() : routeNotFound(request);
  },
  'DELETE /v1/responses/{response_id}': async (request) => {
    const caller = await callerOf(deps, request);
    const { thread, run } = await responseById(deps, caller, request.params['response_id'] ?? '');
    if (run.endedAtMs === null) await stopRun(deps, run, randomUUID());
    await deps.store.hideRun(run, deps.timers.nowMs());
    // Nobody continued from it: with the response goes all that it left.
    if (isAlone({ thread, run })) await deps.store.remove(placeOnly(thread), deps.timers.nowMs());
    return { status: 200, body: { id: responseIdOf(run), object: 'response', deleted: true } };
  },
  'POST /v1/responses/{response_id}/cancel': async (request) => {
    const caller = await callerOf(deps, request);
    const { run } = await responseById(deps, caller, request.params['response_id'] ?? '');
    if (run.endedAtMs === null) await stopRun(deps, run, randomUUID());
    for await (const page of wholeRun(deps, run, deps.timers.nowMs() + CANCEL_WAIT_MS))
      if (page.some(({ event }) => isTerminal(event))) break;
    return { status: 200, body: await responseNow(deps, (await deps.store.run(run)) ?? run) };
  },
  'GET /v1/responses/{response_id}/input_items': async (request) => {
    const caller = await callerOf(deps, request);
    const query = checked(itemsQuery, request.query);
    const { thread, run } = await responseById(deps, caller, request.params['response_id'] ?? '');
    return { status: 200, body: await itemPage(deps, thread, { ...query, beforeSeq: run.seq }) };
  },
});

const isAlone = ({ thread, run }: FoundResponse): boolean => {
  const { echo } = run.settings;
  return (
    thread.lastSeq === run.seq &&
    echo['conversation'] === null &&
    echo['previous_response_id'] === null
  );
};

/** What an API in front leaves of a handshake: the headers of the connection itself do not get this far. */
const isHandshake = ({ headers }: HttpRequest): boolean =>
  Object.keys(headers).some((name) => name.startsWith('sec-websocket-')) ||
  (headers['openai-beta'] ?? '').includes('responses_websockets');

/** The status that clients of OpenAI's WebSocket mode understand as the word to continue over HTTP. */
const httpAlone = (): AppError =>
  new AppError({
    code: 'upgrade_required',
    publicMessage: 'Responses are served over HTTP alone: POST them here, with stream: true.',
  });
