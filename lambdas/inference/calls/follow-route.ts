import type { CallInput, CompleteAnswer } from './call-types.ts';
import { outcomeOf, type FailedCall } from './failed-call.ts';
import { judgeFailure } from './judge-failure.ts';
import {
  endOfWay,
  findWay,
  keptOfWay,
  soughtBy,
  withRoute,
  type RoutingDeps,
  type Way,
} from './find-route.ts';
import { followFree } from './follow-free.ts';
import { routeTurn } from './follow-turn.ts';
import { routedTry, type RoutedTry } from './routed-try.ts';
import { peekAnswer } from './peek-answer.ts';
import type { RoutedCall, Routing } from './try-call.ts';

/** Calls by the routes of their projects. */
export const routeCalls = (deps: RoutingDeps): Routing => ({
  follow: async (call) => {
    const way = await findWay(deps, soughtBy(call));
    return way === null ? null : await follow(deps, call, way);
  },
  turn: async (call) => await routeTurn(deps, call),
  repriceHold: async (hold, request) => await deps.pricer.reprice(hold, request, null),
  free: async (call) => await followFree(deps, call),
});

const follow = async <I extends CallInput>(
  { pricer }: RoutingDeps,
  call: RoutedCall<I>,
  { walk, route, key }: Way,
): Promise<CompleteAnswer> => {
  let left = call.kept;
  try {
    for (let target = await walk.next(); target !== null; target = await walk.next()) {
      const used = target;
      const tried = routedTry<I>({
        ...call,
        route,
        key,
        target,
        before: left === null ? null : keptOfWay(left, walk),
        pricer,
        words: () => walk.words(used),
        keepHold: call.tools.keepHold,
      });
      const failed = await attempt(call, tried, target.model);
      left = tried.before() ?? tried.kept();
      if (failed.kind === 'answer' && tried.kept() === null && failed.answer.status < 400) {
        tried.commit();
        await walk.answered(target);
        return withRoute(failed.answer, walk.words(target));
      }
      const settlement = tried.kept()?.settlement ?? null;
      if (!(await walk.failed(target, judgeFailure(failed, settlement, tried.wasSilent())))) break;
    }
    return endOfWay(walk);
  } finally {
    // Whoever answered has its own hold.
    if (left !== null) await call.tools.endKept(call.deps, keptOfWay(left, walk));
  }
};

/** A stream is an answer once its first token is there; what came before is kept for its reader. */
const attempt = async <I extends CallInput>(
  call: RoutedCall<I>,
  tried: RoutedTry<I>,
  model: string,
): Promise<FailedCall> =>
  await outcomeOf(async () => {
    const answer = await call.once(tried.deps, tried.input, model);
    return await peekAnswer(answer, () => tried.hasBegun() || tried.kept() !== null);
  });
