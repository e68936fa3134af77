import * as z from 'zod';
import { AppError } from '../../shared/app-error.ts';
import { inputTokensCounted } from './bound.ts';
import { routeModel } from '../models/route-model.ts';
import type { TurnRequest } from '../turn/turn.ts';
import { anthropicTurn } from '../wires/anthropic-messages/turn.ts';
import { openaiCall } from '../wires/openai-chat/call.ts';
import { openaiTurn } from '../wires/openai-chat/turn.ts';
import { providerMessage } from '../wires/provider-message.ts';
import type { CompleteDeps } from './call-types.ts';
import { modelNotFound, notConfigured } from './complete.ts';
import { countTokens } from './count-tokens.ts';

const MESSAGE_CHARS_MAX = 500;
const counted = z.object({ input_tokens: z.int() });

/**
 * Tokens that a turn's input takes. Anthropic counts by itself and bills nothing; for everybody else it is the estimate
 * that the ledger holds by, never less than what is billed. Throws AppError for a model that is nobody's.
 */
export const countTurn = async (
  deps: Pick<CompleteDeps, 'accounts' | 'modelClient' | 'loadTokenizer'>,
  request: TurnRequest,
): Promise<number> => {
  const route = routeModel(request.model);
  if (route === null) throw modelNotFound(request.model);
  const account = await deps.accounts.get(route.provider);
  if (account === null) throw notConfigured(route.provider, request.model);
  if (account.dialect !== 'anthropic')
    return inputTokensCounted(
      openaiCall.parse(JSON.stringify(openaiTurn.encode(request).body)),
      route.provider,
      route.model,
      await deps.loadTokenizer(),
    );
  const asked = { ...request, maxTokens: null, temperature: null };
  const bodyText = JSON.stringify(anthropicTurn.encode(asked).body);
  const answer = await countTokens(deps, { bodyText, headers: {} });
  const said = typeof answer.body === 'string' ? answer.body : '';
  if (answer.status < 300) return counted.parse(JSON.parse(said)).input_tokens;
  throw new AppError({
    code: 'provider_error',
    publicMessage: `${account.name} answered ${answer.status}: ${providerMessage(said).slice(0, MESSAGE_CHARS_MAX)}`,
  });
};
