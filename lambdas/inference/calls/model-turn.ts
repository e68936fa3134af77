import type { AppError } from '../../shared/app-error.ts';
import { METER_START, type MeterState, type WireTurn } from '../wires/wire.ts';
import { WIRES } from '../wires/wires.ts';
import type { WireName } from '../models/families.ts';
import { totalOf } from '../models/bill.ts';
import { priceOf } from '../models/prices.ts';
import { routeModel } from '../models/route-model.ts';
import type { Omission, TurnEvent, TurnRequest } from '../turn/turn.ts';
import { NO_HALVES, withWholePairs } from '../turn/whole-pairs.ts';
import type { Settlement, SettlementStatus } from '../../ledger/domain/usage.ts';
import type { UpstreamAnswer } from '../ports/providers.ts';
import { askProvider } from './ask-provider.ts';
import type { CallInput, CompleteDeps, HeldCall } from './call-types.ts';
import { modelNotFound, refuseUnpriced } from './complete.ts';
import { isProviderFailure, recordProviderFailure } from './call-metrics.ts';
import { possibleBill } from './possible-bill.ts';
import { refusedBy } from './provider-refusal.ts';
import { readInto } from './read-answer.ts';
import { routeTurn, turnOf } from './route-turn.ts';
import { cutShort, isWhole } from './stream-end.ts';
import {
  endOf,
  failedStatus,
  NOTHING_CAME,
  sampleContent,
  settlementOf,
  type MeteredCall,
} from './settle-call.ts';
import { takeHold } from './take-hold.ts';

export interface TurnCall extends CallInput {
  readonly request: TurnRequest;
}

/** A turn in its provider's wire, its price held. */
export interface HeldTurnCall {
  readonly input: TurnCall;
  readonly held: HeldCall;
  readonly turn: WireTurn;
  readonly omissions: readonly Omission[];
}

/** One metered model turn in neutral form: the ledger of the gateway, the wire of whatever model was named. */
export const holdTurn = async (deps: CompleteDeps, input: TurnCall): Promise<HeldTurnCall> => {
  const { route, account, wire, turn } = await routeTurn(deps, input.request.model);
  const { call, omissions } = encodeStream(turn, input.request);
  const startedAtMs = deps.clock.nowMs();
  const price = priceOf(route.provider, route.model, startedAtMs);
  const { unpriced } = call;
  await refuseUnpriced(deps, input, { call, route, isPriced: price !== null, unpriced });
  const taken = await takeHold(deps, input, { call, route, price });
  return { input, held: { ...taken, wire, call, route, account, startedAtMs }, turn, omissions };
};

const encodeStream = (turn: WireTurn, request: TurnRequest) => {
  const { call, omissions } = turn.encode(request);
  return { call: { ...call, isStream: true }, omissions };
};

/** How far a running turn came. */
export interface TurnMeter {
  state: MeterState;
  firstTokenMs: number | null;
  /** Why it failed, where it did. */
  failure: unknown;
}

export const newMeter = (): TurnMeter => ({
  state: METER_START,
  firstTokenMs: null,
  failure: null,
});

/** What no turn can continue with. */
interface Failure {
  readonly cause: unknown;
  readonly timer: NodeJS.Timeout;
}

/** What comes after a failure is no more of the turn, and metered as in the gateway: a count, if it comes at once. */
const BEHIND_MS = 1_000;

/** Calls the provider and gives its answer as neutral events. Throws AppError for what the provider does. */
export async function* streamTurn(
  deps: CompleteDeps,
  { input, held, turn }: HeldTurnCall,
  meter: TurnMeter,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent> {
  const { wire } = held;
  const leave = new AbortController();
  let state = turn.start(input.request);
  let halves = NO_HALVES;
  const clean = (event: TurnEvent): readonly TurnEvent[] => {
    const [waiting, events] = withWholePairs(halves, counted(held, meter, event));
    halves = waiting;
    return events;
  };
  let failure: Failure | null = null;
  try {
    const upstream = await askProvider(deps, held, {}, AbortSignal.any([signal, leave.signal]));
    if (upstream.status >= 300) throw await refusal(deps, held, upstream);
    for await (const frames of wire.frames(upstream.body))
      for (const frame of frames) {
        meter.state = wire.meter(meter.state, frame);
        if (meter.state.sawToken) meter.firstTokenMs ??= deps.clock.nowMs() - held.startedAtMs;
        if (failure !== null) continue;
        let events: readonly TurnEvent[] = [];
        try {
          [state, events] = turn.step(state, frame);
        } catch (cause) {
          failure = { cause, timer: setTimeout(() => leave.abort(), BEHIND_MS) };
        }
        for (const event of events) yield* clean(event);
      }
  } catch (error) {
    meter.failure = failure?.cause ?? error;
    throw meter.failure;
  } finally {
    clearTimeout(failure?.timer);
  }
  if (failure !== null) throw failure.cause;
  if (!isWhole(meter.state)) throw cutShort(meter.state);
  for (const event of turn.end(state)) yield* clean(event);
}

/** What was put out is known where the answer says why it ended, whichever frame reported it. */
const counted = (held: HeldCall, { state }: TurnMeter, event: TurnEvent): TurnEvent => {
  const bill = event.type === 'message_delta' ? held.wire.bill(state.told, held.call) : null;
  if (event.type !== 'message_delta' || bill === null) return event;
  const { input, cacheRead, cacheWrite5m, cacheWrite1h, output } = totalOf(
    possibleBill(held, bill),
  );
  return {
    ...event,
    usage: {
      input_tokens: input,
      cache_creation_input_tokens: cacheWrite5m + cacheWrite1h,
      cache_read_input_tokens: cacheRead,
      output_tokens: output,
    },
  };
};

/** What a turn cost as far as its meter ran; one that failed costs nothing before any token. */
export const turnSettlement = async (
  deps: CompleteDeps,
  { input, held }: HeldTurnCall,
  meter: TurnMeter,
  status: SettlementStatus,
): Promise<Settlement> => {
  const { state, firstTokenMs, failure } = meter;
  const isFailed = status === 'provider_error' || status === 'released';
  const end = endOf(held, state, isFailed ? failedStatus(state, failure) : status, firstTokenMs);
  sampleContent(deps, input.requestId, held, end);
  return await settlementOf(deps, input, held, end);
};

/** A turn whose producer died: what was sent, in which wire, and the words that are proven. */
export interface DiedTurn {
  readonly requestId: string;
  readonly holdId: string;
  readonly threadId: string;
  readonly feature: string | null;
  readonly request: TurnRequest;
  readonly wire: WireName;
  readonly key: MeteredCall['key'];
  readonly startedAtMs: number;
  readonly text: string;
}

/** What is owed for it. It asks no provider and reads no secret, because whoever finds the run may have none. */
export const provenSettlement = async (
  deps: Pick<CompleteDeps, 'clock' | 'loadTokenizer'>,
  died: DiedTurn,
): Promise<Settlement> => {
  const { request, holdId, key, startedAtMs, text } = died;
  const route = routeModel(request.model);
  if (route === null) throw modelNotFound(request.model);
  const { call } = encodeStream(turnOf(WIRES[died.wire], request.model), request);
  return await settlementOf(
    deps,
    died,
    { call, route, hold: { holdId }, key, startedAtMs },
    { ...NOTHING_CAME, status: 'provider_error', text },
  );
};

/** The alarm of failing providers counts it, as at the gateway. */
const refusal = async (
  deps: CompleteDeps,
  held: HeldCall,
  upstream: UpstreamAnswer,
): Promise<AppError> => {
  const received: Uint8Array[] = [];
  await readInto(received, upstream);
  const { status } = upstream;
  const error = refusedBy(held.account, status, Buffer.concat(received));
  if (error.isFinal || isProviderFailure(status)) recordProviderFailure(deps, held);
  return error;
};
