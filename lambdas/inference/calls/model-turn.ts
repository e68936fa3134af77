import { AppError } from '../../shared/app-error.ts';
import { METER_START, type MeterState } from '../wires/wire.ts';
import { wireOf } from '../wires/wires.ts';
import type { WireName } from '../models/families.ts';
import { totalOf } from '../models/bill.ts';
import { routeModel } from '../models/route-model.ts';
import { NO_CALL_YET, withOneCall } from '../turn/one-call.ts';
import type { TurnEvent, TurnRequest } from '../turn/turn.ts';
import { NO_HALVES, withWholePairs } from '../turn/whole-pairs.ts';
import type { Settlement, SettlementStatus } from '../../ledger/domain/usage.ts';
import type { UpstreamAnswer } from '../ports/providers.ts';
import { askProvider } from './ask-provider.ts';
import type { CompleteDeps, HeldCall } from './call-types.ts';
import { modelNotFound } from './check-call.ts';
import { isProviderFailure, recordProviderFailure } from './call-metrics.ts';
import { encodeStream, type HeldTurnCall } from './hold-turn.ts';
import { possibleBill } from './possible-bill.ts';
import { refusedBy } from './provider-refusal.ts';
import { readInto } from './read-answer.ts';
import { filesOf, turnOf } from './route-turn.ts';
import { cutShort, isWhole } from './stream-end.ts';
import {
  endOf,
  failedStatus,
  NOTHING_CAME,
  sampleContent,
  settlementOf,
  type MeteredCall,
} from './settle-call.ts';
import { unreadFiles } from './unread-files.ts';

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
  turn: HeldTurnCall,
  meter: TurnMeter,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent> {
  for await (const events of turnBatches(deps, turn, meter, signal)) yield* events;
}

/** The same, those together that came together. */
export async function* turnBatches(
  deps: CompleteDeps,
  { input, held, turn, isSerial }: HeldTurnCall,
  meter: TurnMeter,
  signal: AbortSignal,
): AsyncGenerator<readonly TurnEvent[]> {
  const { wire } = held;
  const leave = new AbortController();
  let state = turn.start(input.request);
  let halves = NO_HALVES;
  let calls = NO_CALL_YET;
  const clean = (event: TurnEvent): readonly TurnEvent[] => {
    const [waiting, events] = withWholePairs(halves, counted(held, meter, event));
    halves = waiting;
    // Of several answers each is kept to one call where it is read.
    if (!isSerial || event.choice !== undefined) return events;
    return events.flatMap((one) => {
      const [next, shown] = withOneCall(calls, one);
      calls = next;
      return shown;
    });
  };
  let failure: Failure | null = null;
  try {
    const upstream = await askProvider(deps, held, {}, AbortSignal.any([signal, leave.signal]));
    if (upstream.status >= 300) throw await refusal(deps, held, upstream);
    for await (const frames of wire.frames(upstream.body)) {
      const batch: TurnEvent[] = [];
      for (const frame of frames) {
        meter.state = wire.meter(meter.state, frame);
        if (meter.state.sawToken && meter.firstTokenMs === null) {
          meter.firstTokenMs = deps.clock.nowMs() - held.startedAtMs;
          input.onFirstToken?.();
        }
        if (failure !== null) continue;
        let events: readonly TurnEvent[] = [];
        try {
          [state, events] = turn.step(state, frame);
        } catch (cause) {
          failure = { cause, timer: setTimeout(() => leave.abort(), BEHIND_MS) };
        }
        for (const event of events) batch.push(...clean(event));
      }
      if (batch.length > 0) yield batch;
    }
  } catch (error) {
    meter.failure = failure?.cause ?? error;
    throw meter.failure;
  } finally {
    clearTimeout(failure?.timer);
  }
  if (failure !== null) throw failure.cause;
  if (!isWhole(meter.state)) throw cutShort(meter.state);
  const last = turn.end(state).flatMap(clean);
  if (last.length > 0) yield last;
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
  readonly expiresAtMs: number;
  /** What was held for it. */
  readonly amountNanoUsd: number;
  readonly text: string;
}

/**
 * What is owed for it, at most what was held: of files that nobody reads again, only the most that they may be is known. It
 * asks no provider and reads no secret, because whoever finds the run may have none.
 */
export const provenSettlement = async (
  deps: Pick<CompleteDeps, 'clock' | 'loadTokenizer' | 'loadMedia' | 'stagePrices'>,
  died: DiedTurn,
): Promise<Settlement> => {
  const { request, holdId, key, startedAtMs, expiresAtMs, text } = died;
  const prices = await deps.stagePrices.book();
  const route = routeModel(request.model);
  if (route === null) throw modelNotFound(request.model);
  const turn = await turnOf(await wireOf(died.wire), request.model);
  const unread = await unreadFiles(deps, request, filesOf(turn, request.model));
  const { call } = encodeStream(turn, request, unread);
  const settlement = await settlementOf(
    deps,
    died,
    { call, route, prices, hold: { holdId, expiresAtMs }, key, startedAtMs },
    { ...NOTHING_CAME, status: 'provider_error', text },
  );
  return {
    ...settlement,
    costNanoUsd: Math.min(settlement.costNanoUsd, died.amountNanoUsd),
  };
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
  const error = refusedBy(held.account, upstream, Buffer.concat(received));
  if (error.isFinal || isProviderFailure(status)) recordProviderFailure(deps, held);
  return error;
};
