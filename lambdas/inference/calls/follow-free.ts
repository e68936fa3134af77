import { AppError } from '../../shared/app-error.ts';
import { modelNotAllowedWords } from '../models/refusals.ts';
import { isAlias, type RouteTarget } from '../routing/route.ts';
import { mayLeadTo } from '../routing/may-lead-to.ts';
import type { Breakers, ProviderRates } from '../ports/breakers.ts';
import type { CompleteAnswer } from './call-types.ts';
import { outcomeOf, type FailedCall } from './failed-call.ts';
import { endOfWay, findWay, withRoute, type RoutingDeps, type Way } from './find-route.ts';
import { judgeFree } from './judge-failure.ts';
import { askedAs } from './routed-try.ts';
import type { FreeCall } from './try-call.ts';

/** Providers count apart from calls: what becomes of a count says nothing of its model, and takes no place of a call. */
const ALL_WELL: { readonly breakers: Breakers; readonly rates: ProviderRates } = {
  breakers: {
    mayAsk: async () => await Promise.resolve(true),
    succeeded: async () => await Promise.resolve(),
    failed: async () => await Promise.resolve(),
  },
  rates: { take: async () => await Promise.resolve(true) },
};

/** A question that costs nothing, over the targets that a call would have. */
export const followFree = async (
  deps: RoutingDeps,
  call: FreeCall,
): Promise<CompleteAnswer | null> => {
  const sought = {
    ...call,
    tried: isAlias(call.model) ? null : judgeFree(call.failed),
    key: async () => await Promise.resolve(call.key),
  };
  const way = await findWay({ ...deps, ...ALL_WELL }, sought);
  if (way === null) return null;
  const { walk } = way;
  for (let target = await walk.next(); target !== null; target = await walk.next()) {
    const failed = await attempt(call, way, target);
    if (failed.kind === 'answer' && failed.answer.status < 400)
      return withRoute(failed.answer, walk.words(target));
    if (!(await walk.failed(target, judgeFree(failed)))) break;
  }
  return endOfWay(walk);
};

const attempt = async (
  { deps, key, once }: FreeCall,
  { route }: Way,
  target: RouteTarget,
): Promise<FailedCall> =>
  await outcomeOf(async () => {
    if (!mayLeadTo(key, route.name, target.model))
      throw new AppError({
        code: 'model_not_allowed',
        publicMessage: modelNotAllowedWords(key.allowedModels ?? []),
        facts: { param: 'model' },
      });
    const watch = { hasBegun: () => false, onSilence: () => undefined };
    return await once({ ...deps, ...askedAs(deps, { route, target }, watch) }, target.model);
  });
