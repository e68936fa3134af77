import type { HoldRequest } from '../../ledger/ports.ts';
import type { EncodedTurn, ParsedCall } from '../wires/wire.ts';
import type { TurnRequest } from '../turn/turn.ts';
import { boundInputTokens } from './bound.ts';
import type { CompleteDeps, HeldCall, TakenHold } from './call-types.ts';
import type { TurnCall } from './hold-turn.ts';
import { NOTHING_CAME, settleCall } from './settle-call.ts';
import { stopError, watchCall } from './stop-call.ts';
import { takeHold, type Plan } from './take-hold.ts';
import type { UnreadFiles } from './unread-files.ts';

/** A turn with its files, and what it may cost. */
interface ReadTurn {
  readonly plan: Plan;
  readonly encoded: EncodedTurn;
}

/**
 * The files of a held turn. Throws AppError for one that cannot be sent (400) or paid (402), and for a call that was
 * cancelled meanwhile: then nothing is held any more. The call has counted in its minute, for its files were asked for.
 */
export const readFiles = async (
  deps: CompleteDeps,
  input: TurnCall,
  held: HeldCall,
  { media, limits }: UnreadFiles,
  encode: (request: TurnRequest) => Promise<ReadTurn>,
): Promise<{ readonly held: HeldCall; readonly encoded: EncodedTurn }> => {
  const stop = watchCall(deps, input);
  try {
    const leftMs = input.deadlineMs - deps.clock.nowMs();
    const whole = await media.read(input.request, limits, leftMs, stop.signal);
    const reason = stop.reason();
    if (reason !== null) throw stopError(reason);
    const readMs = deps.clock.nowMs() - held.heldAtMs;
    const { plan, encoded } = await encode(whole);
    // Its provider did nothing until now: no time of it is the provider's work, or ours.
    const begun = { startedAtMs: held.startedAtMs + readMs, heldAtMs: held.heldAtMs + readMs };
    const taken = mayCostMore(held, plan) ? await holdAnew(deps, input, held, plan) : {};
    return { held: { ...held, ...begun, ...taken, call: plan.call }, encoded };
  } catch (error) {
    await settleCall(deps, input, held, { status: 'released', ...NOTHING_CAME });
    throw error;
  } finally {
    stop.end();
  }
};

/**
 * Was it held for less than it may cost? A document was held for as all that the model can read, so that a text of any
 * length is paid; what is heard may have another price.
 */
const mayCostMore = ({ call: before }: HeldCall, { call, price, route }: Plan): boolean => {
  if (price === null) return false;
  const inputOf = (one: ParsedCall): number => boundInputTokens(one, route.provider, route.model);
  return before.measures.documents === 0
    ? inputOf(call) > inputOf(before)
    : call.readsAudio !== before.readsAudio && price.rates.audioInput !== undefined;
};

const holdAnew = async (
  deps: CompleteDeps,
  input: TurnCall,
  { hold }: HeldCall,
  plan: Plan,
): Promise<TakenHold> => {
  const ledger = {
    ...deps.ledger,
    hold: async (request: HoldRequest) => await deps.repriceHold(hold, request),
  };
  return await takeHold({ ...deps, ledger }, input, plan);
};
