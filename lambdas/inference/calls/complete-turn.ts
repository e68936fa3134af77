import { AppError, ERROR_TABLE } from '../../shared/app-error.ts';
import { NO_TOKENS, type Settlement, type SettlementStatus } from '../../ledger/domain/usage.ts';
import type { AnswerEnd, AnswerFacts } from '../dialects/dialect.ts';
import { saysWords } from '../turn/says-words.ts';
import type { TurnEvent } from '../turn/turn.ts';
import { wireOf } from '../wires/wires.ts';
import type { CompleteAnswer, CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';
import { recordProviderFailure } from './call-metrics.ts';
import type { ForeignCall } from './foreign-call.ts';
import type { HeldTurnCall } from './hold-turn.ts';
import { newMeter, turnBatches, type TurnMeter } from './model-turn.ts';
import { ProviderRefused } from './provider-refusal.ts';
import { refusedAnswer } from './refused-answer.ts';
import { costHeader, endOf, failedStatus, settleCall } from './settle-call.ts';
import { asStreamError, brokenOff } from './stream-end.ts';
import { stopError, watchCall, type Stop } from './stop-call.ts';

/** A running call: everything that its answer and its settlement need. */
interface Run extends Pick<ForeignCall, 'dialect' | 'asked'> {
  readonly deps: CompleteDeps;
  readonly input: CompleteInput;
  readonly held: HeldCall;
  readonly facts: AnswerFacts;
  readonly meter: TurnMeter;
  readonly stop: Stop;
  readonly settle: (status: SettlementStatus) => Promise<Settlement | null>;
}
type Batches = AsyncIterator<readonly TurnEvent[]>;

/**
 * Runs a held turn and answers it in the caller's dialect. What is wrong before the first event is an answer with its
 * status; the hold ends on every path.
 */
export const completeTurn = async (
  deps: CompleteDeps,
  input: CompleteInput,
  { dialect, asked }: Pick<ForeignCall, 'dialect' | 'asked'>,
  turn: HeldTurnCall,
): Promise<CompleteAnswer> => {
  const { held } = turn;
  const meter = newMeter();
  const stop = watchCall(deps, input);
  const facts: AnswerFacts = {
    ...asked.style,
    requestId: input.requestId,
    createdAtMs: held.startedAtMs,
    model: asked.request.model,
  };
  const settle = settledOnce(deps, input, held, meter, stop);
  const run: Run = { deps, input, held, dialect, asked, facts, meter, stop, settle };
  const batches = turnBatches(deps, turn, meter, stop.signal);
  try {
    const first = await batches.next();
    const started = first.done === true ? [] : first.value;
    if (!asked.isStream) return await wholeAnswer(run, batches, started);
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
      body: streamAnswer(run, batches, started),
    };
  } catch (error) {
    const known = await failed(run, error);
    if (known instanceof ProviderRefused)
      return refusedAnswer(dialect, known, input.requestId, deps.clock.nowMs());
    throw known;
  }
};

/** Ends the hold once, whoever comes first: the end of the answer, its failure, or whoever leaves off reading it. */
const settledOnce = (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  meter: TurnMeter,
  stop: Stop,
): Run['settle'] => {
  let settled: Promise<Settlement | null> | null = null;
  return async (status) => {
    settled ??= (async () => {
      stop.end();
      const end = endOf(held, meter.state, status, meter.firstTokenMs);
      return await settleCall(deps, input, held, end);
    })();
    return await settled;
  };
};

/** Settles a call that failed; what its caller hears of it. */
const failed = async (
  { deps, held, meter, stop, settle }: Run,
  error: unknown,
): Promise<AppError> => {
  const reason = stop.reason();
  // A refusal has been counted where it was read.
  if (reason === null && !(error instanceof ProviderRefused)) recordProviderFailure(deps, held);
  await settle(reason ?? failedStatus(meter.state, error));
  if (reason !== null) return stopError(reason);
  const known = asStreamError(error);
  // What is paid is not asked for again without a word of the caller's.
  return meter.state.sawToken ? known.asFinal() : known;
};

const wholeAnswer = async (
  { dialect, facts, settle }: Run,
  batches: Batches,
  started: readonly TurnEvent[],
): Promise<CompleteAnswer> => {
  const events = [...started];
  for (let next = await batches.next(); next.done !== true; next = await batches.next())
    events.push(...next.value);
  const settlement = await settle('completed');
  const reason = reasonIn(events, null);
  if (reason === null && !events.some(saysWords)) throw brokenOff();
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...costHeader(settlement) },
    body: Buffer.from(JSON.stringify(dialect.whole(facts, events, answerEnd(reason, settlement)))),
  };
};

type StopReason = AnswerEnd['stopReason'];

const reasonIn = (events: readonly TurnEvent[], before: StopReason): StopReason => {
  const last = events.findLast(({ type }) => type === 'message_delta');
  return last?.type === 'message_delta' ? last.delta.stop_reason : before;
};

/** What was used is what is billed. */
const answerEnd = (stopReason: StopReason, settlement: Settlement | null): AnswerEnd => ({
  stopReason,
  usage: settlement?.tokens ?? NO_TOKENS,
});

/** The settlement comes before the last bytes, so that who saw the end sees the cost. */
async function* streamAnswer(
  run: Run,
  batches: Batches,
  started: readonly TurnEvent[],
): AsyncGenerator<Uint8Array> {
  const { dialect, facts, settle, stop, meter, deps, input } = run;
  let state = dialect.start(facts);
  let reason: StopReason = null;
  let hasWords = false;
  const written = (events: readonly TurnEvent[]): string => {
    let text = '';
    for (const event of events) {
      const [next, more] = dialect.step(state, event);
      state = next;
      text += more;
    }
    reason = reasonIn(events, reason);
    hasWords ||= events.some(saysWords);
    return text;
  };
  try {
    for (let events = started; ;) {
      const text = written(events);
      if (text !== '') yield Buffer.from(text);
      const next = await batches.next();
      if (next.done === true) break;
      events = next.value;
    }
    const settlement = await settle('completed');
    if (reason === null && !hasWords) throw brokenOff();
    yield Buffer.from(dialect.end(state, answerEnd(reason, settlement)));
  } catch (error) {
    const known = await failed(run, error);
    if (stop.reason() === null) deps.report('stream failed', error);
    const { code, publicMessage: message } = known;
    const { type } = ERROR_TABLE[code];
    const { requestId } = input;
    const wire = await wireOf(input.wire);
    yield Buffer.from(wire.errorFrame({ code, type, message, requestId }));
  } finally {
    await settle(stop.reason() ?? failedStatus(meter.state));
  }
}
