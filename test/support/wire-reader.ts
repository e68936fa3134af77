import { totalOf } from '../../lambdas/inference/models/bill.ts';
import type { TurnEvent, TurnRequest } from '../../lambdas/inference/turn/turn.ts';
import {
  METER_START,
  type MeterState,
  type ParsedCall,
  type Wire,
} from '../../lambdas/inference/wires/wire.ts';
import type { TokenUsage } from '../../lambdas/ledger/domain/usage.ts';
import { text, turn, user } from './turns.ts';

const REQUEST: TurnRequest = {
  ...turn('m', user(text('?'))),
  tools: [{ name: 'server/tool', description: '', input_schema: {} }],
};

async function* from(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

export const cutAt = (bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] =>
  [0, ...places].map((place, index) => bytes.subarray(place, places[index] ?? bytes.length));

/** A streamed answer as a call reads it: what it passes on, and what its meter says. */
export const readAnswer = async (
  wire: Wire,
  pieces: readonly Uint8Array[],
  call?: ParsedCall,
): Promise<{
  readonly state: MeterState;
  readonly usage: TokenUsage | null;
  readonly shown: string;
}> => {
  let state = METER_START;
  const shown: Uint8Array[] = [];
  for await (const frames of wire.frames(from(pieces)))
    for (const frame of frames) {
      state = wire.meter(state, frame);
      if (call === undefined || wire.isShown(call, frame)) shown.push(frame.bytes);
    }
  return { state, usage: usageOf(wire, state), shown: Buffer.concat(shown).toString('utf8') };
};

/** What an answer counts; null: nothing that can be believed. */
export const usageOf = (wire: Wire, { told }: MeterState): TokenUsage | null => {
  const bill = wire.bill(told, { cacheWrites: 'none' });
  return bill === null ? null : totalOf(bill);
};

/** The same as a turn reads it. */
export const readTurn = async (
  wire: Wire,
  pieces: readonly Uint8Array[],
): Promise<readonly TurnEvent[]> => {
  if (wire.turn === null) throw new Error(`${wire.name} knows no turns`);
  let state = wire.turn.start(REQUEST);
  const events: TurnEvent[] = [];
  for await (const frames of wire.frames(from(pieces)))
    for (const frame of frames) {
      const [next, more] = wire.turn.step(state, frame);
      state = next;
      events.push(...more);
    }
  return [...events, ...wire.turn.end(state)];
};

export const reasonsOf = (events: readonly TurnEvent[]) =>
  events.flatMap((event) => (event.type === 'message_delta' ? [event.delta.stop_reason] : []));

/** What a strict reader wants of a bracket: one block at a time, numbered 0, 1, 2 ..., every one closed. */
export const isWellFormed = (events: readonly TurnEvent[]): boolean => {
  let open: number | null = null;
  let next = 0;
  for (const event of events.slice(1, -2)) {
    if (event.type === 'content_block_start') {
      if (open !== null || event.index !== next) return false;
      open = next++;
    } else if (event.type === 'content_block_delta') {
      if (event.index !== open) return false;
    } else if (event.type === 'content_block_stop') {
      if (event.index !== open) return false;
      open = null;
    } else return false;
  }
  const ends = [events[0], ...events.slice(-2)].map((event) => event?.type);
  return open === null && ends.join() === 'message_start,message_delta,message_stop';
};
