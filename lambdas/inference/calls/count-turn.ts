import type { TurnRequest } from '../turn/turn.ts';
import type { CompleteDeps } from './call-types.ts';
import { askCounter, estimateTokens } from './count-tokens.ts';
import { refusedBy } from './provider-refusal.ts';
import { routeTurn } from './route-turn.ts';

/**
 * Tokens that a turn's input takes: counted by the provider where it does that and bills nothing, else the estimate that
 * the ledger holds by, never less than what is billed. Throws AppError for a model that is nobody's.
 */
export const countTurn = async (
  deps: Pick<CompleteDeps, 'accounts' | 'modelClient' | 'loadTokenizer'>,
  request: TurnRequest,
): Promise<number> => {
  const { route, account, wire, turn } = await routeTurn(deps, request.model);
  if (wire.counter === null || account.simulated)
    return await estimateTokens(deps, { call: turn.encode(request).call, route });
  const { call } = turn.encode({ ...request, maxTokens: null, temperature: null });
  const answer = await askCounter(deps, wire.counter, { call, route, account }, {});
  if (answer.status < 300) return wire.counter.read(answer.body);
  throw refusedBy(account, answer.status, answer.body);
};
