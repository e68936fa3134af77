import type { EncodedTurn, ParsedCall, WireTurn } from '../wires/wire.ts';
import { isTextRated } from '../models/cost.ts';
import { priceIn } from '../models/own-prices.ts';
import type { ModelPrice } from '../models/prices.ts';
import type { EmulatedName, Omission, TurnRequest } from '../turn/turn.ts';
import type { CallInput, CompleteDeps, HeldCall } from './call-types.ts';
import { refuseUnpriced, unpricedAt } from './check-call.ts';
import { readFiles } from './read-files.ts';
import { refusedWish } from './refused-wish.ts';
import { filesOf, routeTurn, type TurnRoute } from './route-turn.ts';
import { holdEndMs, takeHold } from './take-hold.ts';
import { encodeUnread, unreadFiles, type UnreadFiles } from './unread-files.ts';

export interface TurnCall extends CallInput {
  readonly request: TurnRequest;
  /** Its price alone is asked for: no provider hears of it, so nobody's files are read. */
  readonly isOnlyPriced?: true;
}

/** A turn in its provider's wire. */
export interface SpokenTurn extends TurnRoute, EncodedTurn {
  /** Files that are to be read before it is sent; null: none. Until then it is as much as they may be. */
  readonly unread: UnreadFiles | null;
}

/** The same, its price held. */
export interface HeldTurnCall {
  readonly input: TurnCall;
  readonly held: HeldCall;
  readonly turn: WireTurn;
  readonly omissions: readonly Omission[];
  /** Of several calls the first is shown alone: its provider could not be asked for that. */
  readonly isSerial: boolean;
  /** Others were asked for its files. */
  readonly hasRead: boolean;
}

/** What an encoding comes to for its caller. Throws AppError 400 for what cannot be carried. */
export type CarryTurn = (encoded: EncodedTurn, request: TurnRequest) => ParsedCall;

/** One metered model turn in neutral form: the ledger of the gateway, the wire of whatever model was named. */
export const holdTurn = async (deps: CompleteDeps, input: TurnCall): Promise<HeldTurnCall> => {
  const spoken = await speakTurn(deps, input.request);
  return await holdSpoken(deps, input, spoken, ({ call, refused: [problem] }) => {
    if (problem !== undefined) throw refusedWish(problem);
    return call;
  });
};

/** A turn as its model's provider is asked. Throws AppError for a model that is nobody's. */
export const speakTurn = async (
  deps: Pick<CompleteDeps, 'accounts' | 'loadMedia'>,
  request: TurnRequest,
): Promise<SpokenTurn> => {
  const route = await routeTurn(deps, request.model);
  const unread = await unreadFiles(deps, request, filesOf(route.turn, request.model));
  return { ...route, ...encodeStream(route.turn, request, unread), unread };
};

/**
 * Holds the price of a turn, and reads its files when it is held: whoever may not call, or cannot pay, has nobody's server
 * asked. A file that costs more than it was held for is held again; where it cannot be, nothing is held any more.
 */
export const holdSpoken = async (
  deps: CompleteDeps,
  input: TurnCall,
  spoken: SpokenTurn,
  carry: CarryTurn,
): Promise<HeldTurnCall> => {
  const { route, account, wire, turn, unread } = spoken;
  const call = carry(spoken, input.request);
  const startedAtMs = deps.clock.nowMs();
  const prices = await deps.stagePrices.book();
  const price = priceIn(prices, route, startedAtMs, holdEndMs(input));
  await refuseUnpricedTurn(deps, input, { call, route, price });
  const taken = await takeHold(deps, input, { call, route, price });
  const held = { ...taken, wire, call, route, account, prices, startedAtMs };
  if (unread === null || input.isOnlyPriced === true)
    return { ...heldTurn(input, held, turn, spoken), hasRead: false };
  const read = await readFiles(deps, input, held, unread, async (request) => {
    const encoded = encodeStream(turn, request, null);
    const plan = { call: carry(encoded, request), route, price };
    await refuseUnpricedTurn(deps, input, plan);
    return { plan, encoded };
  });
  return { ...heldTurn(input, read.held, turn, read.encoded), hasRead: true };
};

const refuseUnpricedTurn = async (
  deps: CompleteDeps,
  input: CallInput,
  { call, route, price }: Pick<HeldCall, 'call' | 'route'> & { readonly price: ModelPrice | null },
): Promise<void> => {
  const isPriced = price !== null && isTextRated(price.rates);
  const unpriced = unpricedAt(call, price);
  await refuseUnpriced(deps, input, { call, route, isPriced, price, unpriced });
};

const heldTurn = (
  input: TurnCall,
  held: HeldCall,
  turn: WireTurn,
  { omissions, emulated }: Pick<EncodedTurn, 'omissions' | 'emulated'>,
): Omit<HeldTurnCall, 'hasRead'> => ({
  input,
  held,
  turn,
  omissions: [...omissions, ...emulated.map(wishOf)],
  isSerial: emulated.includes('parallelToolCalls'),
});

/** Said in the audit view: the answer may differ from what its caller expects. */
const wishOf = (name: EmulatedName): Omission => ({
  kind: 'wish',
  path: name,
  reason: 'asked for in another way',
});

export const encodeStream = (
  turn: WireTurn,
  request: TurnRequest,
  unread: UnreadFiles | null,
): EncodedTurn => {
  const encoded = encodeUnread(turn, request, unread);
  return { ...encoded, call: { ...encoded.call, isStream: true } };
};
