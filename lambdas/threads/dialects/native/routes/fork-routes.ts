import type { Handler } from '../../../../http/door.ts';
import { bodyHash } from '../../../domain/body-hash.ts';
import { forkThreadBody, threadView } from '../formats/thread-format.ts';
import { copyThread, type ForkThreadDeps } from '../../../usecases/fork-thread.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import type { RunCareDeps } from '../../../usecases/run-types.ts';
import { callerOf, placeOnly, threadOf, type ReachDeps } from '../../../routes/reach.ts';
import { requestIdOf } from '../../../routes/request-id.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

export type ForkRouteDeps = ReachDeps &
  Pick<ForkThreadDeps, 'forks' | 'timers'> &
  Pick<RunCareDeps, 'starter'>;

/** A fork that takes longer continues after its request. */
const ANSWER_MS = 10_000;
const MARGIN_MS = 5_000;

export const forkRoutes = (deps: ForkRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/threads/{thread_id}/fork': async (request, context) => {
    const caller = await callerOf(deps, request);
    const body = checked(forkThreadBody, jsonBody(request));
    const origin = await threadOf(deps, caller, request.params['thread_id'] ?? '');
    const task = {
      atSeq: body.seq,
      requestId: requestIdOf(request, body.request_id),
      bodyHash: bodyHash(request.path, body),
      ...(body.title === undefined ? {} : { title: body.title }),
      ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
    };
    const { thread, isWhole } = await copyThread(deps, {
      ...task,
      origin,
      untilMs: Math.min(deps.timers.nowMs() + ANSWER_MS, deadlineOf(deps, context, MARGIN_MS)),
    });
    if (isWhole) return { status: 201, body: threadView(thread) };
    await deps.starter.startFork({ ...task, origin: placeOnly(origin) });
    const { requestId: request_id } = task;
    return { status: 202, body: { ...threadView(thread), status: 'copying', request_id } };
  },
});
