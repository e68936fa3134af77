import { AppError } from '../../shared/app-error.ts';
import { utf8Text } from '../../shared/utf8.ts';
import type { TurnRequest } from '../turn/turn.ts';
import { providerMessage } from '../wires/provider-message.ts';
import type { CompleteDeps } from './call-types.ts';
import { askCounter, estimateTokens } from './count-tokens.ts';
import { routeTurn } from './route-turn.ts';

const MESSAGE_CHARS_MAX = 500;

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
  const words = providerMessage(utf8Text(answer.body));
  throw new AppError({
    code: 'provider_error',
    publicMessage: `${account.name} answered ${answer.status}: ${words.slice(0, MESSAGE_CHARS_MAX)}`,
  });
};
