import type { KeyState } from '../../ledger/domain/key.ts';
import type { CompleteAnswer } from './call-types.ts';
import { outcomeOf } from './failed-call.ts';
import { ROUTE_TOOLS, routingFor, type FreeDeps, type FreeOnce } from './try-call.ts';

/** Who asks what costs nothing, and until when. */
export interface FreeAsker {
  readonly key: KeyState;
  /** Epoch ms. */
  readonly deadlineMs: number;
}

/** Asks a model what costs nothing; where it is nobody's, or failed, those to which the project's route of that name leads. */
export const tryFree = async (
  deps: FreeDeps,
  { key, deadlineMs }: FreeAsker,
  model: string,
  once: FreeOnce,
): Promise<CompleteAnswer> => {
  const failed = await outcomeOf(async () => await once(deps, model));
  if (failed.kind === 'answer' && failed.answer.status < 400) return failed.answer;
  const routing = await routingFor(deps, failed, true);
  const call = { deps, key, deadlineMs, model, once, failed, tools: ROUTE_TOOLS };
  const routed = (await routing?.free(call)) ?? null;
  if (routed !== null) return routed;
  if (failed.kind === 'answer') return failed.answer;
  throw failed.error;
};
