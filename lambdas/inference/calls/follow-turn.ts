import { assert } from '../../shared/assert.ts';
import type { RouteTarget } from '../routing/route.ts';
import { errorOfWay, findWay, keptOfWay, soughtBy, type RoutingDeps } from './find-route.ts';
import { judgeFailure } from './judge-failure.ts';
import type { KeptHold } from './kept-hold.ts';
import type { TurnCall } from './hold-turn.ts';
import { routedTry, type RoutedTry } from './routed-try.ts';
import type { FailedTurn, HeldWay, TurnWay } from './try-call.ts';
import { turnForTarget } from './turn-for-target.ts';

/** The target at hand, and its try. */
interface Used {
  readonly target: RouteTarget;
  readonly tried: RoutedTry<TurnCall>;
}

/** A turn of a thread over the targets of its route. Its run keeps what is held, so each hold has an id of its own. */
export const routeTurn = async (deps: RoutingDeps, call: FailedTurn): Promise<TurnWay | null> => {
  const way = await findWay(deps, soughtBy(call));
  if (way === null) return null;
  const { key, route, walk } = way;
  let { kept } = call;
  /** The same, where a try took it that no run was told of. */
  let own: KeptHold | null = null;
  let used: Used | null = null;
  const hold = async (target: RouteTarget): Promise<HeldWay | null> => {
    const tried = routedTry<TurnCall>({
      ...call,
      key,
      route,
      target,
      before: kept === null ? null : keptOfWay(kept, walk),
      keepHold: call.tools.keepHold,
      pricer: deps.pricer,
      isRenamed: true,
      words: () => walk.words(target),
    });
    try {
      const request = turnForTarget(call.input.request, target.model);
      const turn = await call.holdTurn(tried.deps, { ...tried.input, request });
      tried.commit();
      kept = null;
      own = null;
      used = { target, tried };
      return { deps: tried.deps, turn };
    } catch (error) {
      const before = tried.before();
      own = tried.kept() ?? (before === null ? null : own);
      kept = before ?? own;
      const failed = { kind: 'error', error } as const;
      const settlement = tried.kept()?.settlement ?? null;
      const mayGoOn = await walk.failed(target, judgeFailure(failed, settlement, false));
      if (mayGoOn) return null;
      throw await stopped();
    }
  };
  /** What is still held of the one before is its run's to end. */
  const stopped = async (): Promise<unknown> => {
    if (own !== null) await call.tools.endKept(call.deps, keptOfWay(own, walk));
    const failed = walk.end();
    assert(failed.kind === 'error', 'a turn ends with an error');
    return errorOfWay(failed.error, walk);
  };
  return {
    next: async () => {
      for (let target = await walk.next(); target !== null; target = await walk.next()) {
        const held = await hold(target);
        if (held !== null) return held;
      }
      throw await stopped();
    },
    failed: async (failed, left: KeptHold) => {
      if (used === null) return false;
      const { target, tried } = used;
      used = null;
      const failure = judgeFailure(failed, left.settlement, tried.wasSilent());
      const mayGoOn = await walk.failed(target, failure);
      if (mayGoOn) kept = left;
      return mayGoOn;
    },
    answered: async () => {
      if (used !== null) await walk.answered(used.target);
    },
    words: () => walk.words(used?.target ?? null),
  };
};
