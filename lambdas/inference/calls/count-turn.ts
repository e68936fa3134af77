import type { TurnRequest } from '../turn/turn.ts';
import type { CompleteAnswer } from './call-types.ts';
import { askCounter, countWithinMs, estimatedHeaders, estimateTokens } from './count-tokens.ts';
import { refusedBy } from './provider-refusal.ts';
import { filesOf, routeTurn } from './route-turn.ts';
import type { FreeDeps, FreeOnceDeps } from './try-call.ts';
import { tryFree, type FreeAsker } from './try-free.ts';
import { turnForTarget } from './turn-for-target.ts';
import { encodeUnread, unreadFiles } from './unread-files.ts';

/** Tokens that a turn's input takes, whether they are estimated, and how its name came to the model that they are counted by. */
export interface CountedTurn {
  readonly tokens: number;
  readonly headers: CompleteAnswer['headers'];
}

/**
 * Counted by the provider where it does that and bills nothing, else the estimate that the ledger holds by, never less than
 * what is billed. Throws AppError for a model that is nobody's.
 */
export const countTurn = async (
  deps: FreeDeps,
  asker: FreeAsker,
  request: TurnRequest,
): Promise<CountedTurn> => {
  const withinMs = countWithinMs(deps, asker);
  let tokens = 0;
  const { headers } = await tryFree(deps, asker, request.model, async (tryDeps, model) => {
    const asked = model === request.model ? request : turnForTarget(request, model);
    const counted = await countOnce(tryDeps, asked, withinMs());
    ({ tokens } = counted);
    return { status: 200, headers: counted.headers, body: new Uint8Array() };
  });
  return { tokens, headers };
};

const countOnce = async (
  deps: FreeOnceDeps,
  request: TurnRequest,
  withinMs: number,
): Promise<CountedTurn> => {
  const { route, account, wire, turn } = await routeTurn(deps, request.model);
  // Nobody's server is asked for what is only counted.
  const unread = await unreadFiles(deps, request, filesOf(turn, request.model));
  if (wire.counter === null || account.simulated || unread !== null)
    return {
      tokens: await estimateTokens(deps, {
        call: encodeUnread(turn, request, unread).call,
        route,
      }),
      headers: estimatedHeaders(account),
    };
  const { call } = turn.encode(countedOf(request));
  const answer = await askCounter(deps, wire.counter, { call, route, account, withinMs }, {});
  if (answer.status < 300) return { tokens: wire.counter.read(answer.body), headers: {} };
  throw refusedBy(account, answer, answer.body);
};

/** What no token is put in for is not asked of a counter: some refuse it. */
export const countedOf = ({ controls = {}, ...request }: TurnRequest): TurnRequest => {
  const { toolChoice, parallelToolCalls, output, effort, thinking, cache } = controls;
  return {
    ...request,
    maxTokens: null,
    temperature: null,
    controls: {
      ...(toolChoice === undefined ? {} : { toolChoice }),
      ...(parallelToolCalls === undefined ? {} : { parallelToolCalls }),
      ...(output === undefined ? {} : { output }),
      ...(effort === undefined ? {} : { effort }),
      ...(thinking === undefined ? {} : { thinking }),
      ...(cache === undefined ? {} : { cache }),
    },
  };
};
