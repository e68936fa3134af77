import { recordOmissions } from '../domain/record-omissions.ts';
import type { HeldTurn, TurnInput } from '../ports/model.ts';
import type { BuiltRequest } from './build-request.ts';
import type { RunTurnDeps } from './run-types.ts';

/** A turn with its price held; it says what of the thread it was not sent, and what its provider forbids. */
export const holdTurn = async (
  deps: Pick<RunTurnDeps, 'model'>,
  { request, omissions }: BuiltRequest,
  input: Omit<TurnInput, 'request'>,
): Promise<HeldTurn> => {
  const held = await deps.model.hold({ ...input, request });
  return { ...held, omissions: recordOmissions([...omissions, ...held.omissions]) };
};
