import { AppError } from '../../shared/app-error.ts';
import { routeModel, type Route } from '../models/route-model.ts';
import type { FileLimits } from '../turn/file-limits.ts';
import type { ProviderAccount } from '../ports/providers.ts';
import type { Wire, WireTurn } from '../wires/wire.ts';
import { turnsOf, wireOf } from '../wires/wires.ts';
import type { CompleteDeps } from './call-types.ts';
import { checkSpoken, modelNotFound, notConfigured } from './check-call.ts';

export interface TurnRoute {
  readonly route: Route;
  readonly account: ProviderAccount;
  readonly wire: Wire;
  readonly turn: WireTurn;
}

/** Where a turn goes. Throws AppError for a model that is nobody's, or whose wire knows no turns. */
export const routeTurn = async (
  deps: Pick<CompleteDeps, 'accounts'>,
  model: string,
): Promise<TurnRoute> => {
  const route = routeModel(model);
  if (route === null) throw modelNotFound(model);
  const account = await deps.accounts.get(route.provider);
  if (account === null) throw notConfigured(route.provider, model);
  checkSpoken(route);
  const wire = await wireOf(account.wire);
  return { route, account, wire, turn: await turnOf(wire, model) };
};

/** null: its provider reads addresses itself. */
export const filesOf = (turn: WireTurn, model: string): FileLimits | null =>
  turn.filesOf?.(routeModel(model)?.provider ?? '') ?? null;

/** Throws AppError where the wire cannot be used across dialects. */
export const turnOf = async (wire: Wire, model: string): Promise<WireTurn> => {
  const turn = await turnsOf(wire);
  if (turn !== null) return turn;
  throw new AppError({
    code: 'dialect_not_supported_for_model',
    publicMessage: `${model} takes no part in a conversation: use ${wire.route}.`,
    facts: { param: 'model' },
  });
};
