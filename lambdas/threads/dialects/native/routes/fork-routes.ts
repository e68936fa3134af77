import type { Handler } from '../../../../http/door.ts';
import { bodyHash } from '../../../domain/body-hash.ts';
import { forkThreadBody, threadView } from '../formats/thread-format.ts';
import { forkThread, type ForkThreadDeps } from '../../../usecases/fork-thread.ts';
import { deadlineOf } from '../../../routes/deadline.ts';
import { callerOf, threadOf, type ReachDeps } from '../../../routes/reach.ts';
import { requestIdOf } from '../../../routes/request-id.ts';
import { checked, jsonBody } from '../../../../http/body.ts';

export type ForkRouteDeps = ReachDeps & Pick<ForkThreadDeps, 'forks' | 'timers'>;

/** A fork that is not done by then is gone on with by the same request sent again. */
const MARGIN_MS = 3_000;

export const forkRoutes = (deps: ForkRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/threads/{thread_id}/fork': async (request, context) => {
    const caller = await callerOf(deps, request);
    const body = checked(forkThreadBody, jsonBody(request));
    const origin = await threadOf(deps, caller, request.params['thread_id'] ?? '');
    const thread = await forkThread(deps, {
      origin,
      atSeq: body.seq,
      requestId: requestIdOf(request, body.request_id),
      bodyHash: bodyHash(request.path, body),
      ...(body.title === undefined ? {} : { title: body.title }),
      ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
      untilMs: deadlineOf(deps, context, MARGIN_MS),
    });
    return { status: 201, body: threadView(thread) };
  },
});
