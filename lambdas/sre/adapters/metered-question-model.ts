import { controlProblem } from '../../inference/models/control-problem.ts';
import { recordLostSettlement, recordSettlement } from '../../inference/calls/call-metrics.ts';
import type { CompleteDeps } from '../../inference/calls/call-types.ts';
import { holdTurn, type HeldTurnCall } from '../../inference/calls/hold-turn.ts';
import {
  newMeter,
  streamTurn,
  turnSettlement,
  type TurnMeter,
} from '../../inference/calls/model-turn.ts';
import type { OutputFormat, StopReason, TurnRequest } from '../../inference/turn/turn.ts';
import type { SettlementStatus } from '../../ledger/domain/usage.ts';
import { AppError } from '../../shared/app-error.ts';
import { newHoldId, requestIdOf } from '../../shared/ids.ts';
import type { ModelQuestion, ModelWords, QuestionModel } from '../ports/diagnoses.ts';

/** The engine room under the port of questions: the ledger of the gateway, and the wire of whatever model is named. */
export const meteredQuestionModel = (deps: CompleteDeps): QuestionModel => ({
  ask: async (question) => {
    const { keyId, feature, timeoutMs } = question;
    const holdId = newHoldId(deps.clock.nowMs());
    const held = await holdTurn(deps, {
      credential: { keyId, secretHash: null },
      requestId: requestIdOf(keyId, holdId),
      holdId,
      feature,
      deadlineMs: deps.clock.nowMs() + timeoutMs,
      request: requestOf(question),
    });
    const meter = newMeter();
    const leave = new AbortController();
    const late = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([leave.signal, late]);
    const reading = { text: '', stopReason: null, isTooLong: false, hasBegun: false };
    let status: SettlementStatus = 'completed';
    try {
      await read(deps, held, meter, signal, question.charsMax, reading);
      if (reading.isTooLong) status = 'cancelled';
    } catch (error) {
      // A provider that was still at work when the time was over bills its input at least.
      status = late.aborted ? 'deadline' : reading.hasBegun ? 'provider_error' : 'released';
      throw late.aborted ? tooLate(timeoutMs, error) : error;
    } finally {
      leave.abort();
      await settle(deps, held, meter, status);
    }
    return { text: reading.text, end: endOf(reading) };
  },
});

interface Reading {
  text: string;
  stopReason: StopReason | null;
  isTooLong: boolean;
  hasBegun: boolean;
}

/** Reads no further than the question allows; what came until then is paid. */
const read = async (
  deps: CompleteDeps,
  held: HeldTurnCall,
  meter: TurnMeter,
  signal: AbortSignal,
  charsMax: number,
  reading: Reading,
): Promise<void> => {
  for await (const event of streamTurn(deps, held, meter, signal)) {
    if (event.type === 'content_block_start') reading.hasBegun = true;
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta')
      reading.text += event.delta.text;
    if (event.type === 'message_delta') reading.stopReason = event.delta.stop_reason;
    reading.isTooLong = reading.text.length > charsMax;
    if (reading.isTooLong) return;
  }
};

const endOf = ({ stopReason, isTooLong }: Reading): ModelWords['end'] => {
  if (stopReason === 'refusal' || stopReason === 'content_filter') return 'refused';
  return isTooLong || stopReason === 'max_tokens' ? 'cut' : 'whole';
};

/** With its form promised by the provider where it can, else asked for in words alone. */
const requestOf = ({ model, system, user, schemaName, schema }: ModelQuestion): TurnRequest => {
  const asked = {
    model,
    system,
    messages: [{ role: 'user', content: [{ type: 'text', text: user }], model: null }],
    tools: [],
    maxTokens: null,
    temperature: null,
  } as const satisfies TurnRequest;
  const formats: readonly OutputFormat[] = [
    { type: 'json_schema', name: schemaName, schema, strict: true },
    { type: 'json_object' },
  ];
  return (
    formats
      .map((output): TurnRequest => ({ ...asked, controls: { output } }))
      .find((request) => controlProblem(request) === null) ?? asked
  );
};

/** A settlement that the store does not take is lost, and the answer is not: the hold expires at its full amount. */
const settle = async (
  deps: CompleteDeps,
  held: HeldTurnCall,
  meter: TurnMeter,
  status: SettlementStatus,
): Promise<void> => {
  try {
    const settlement = await turnSettlement(deps, held, meter, status);
    await deps.ledger.settle(held.held.hold, settlement);
    recordSettlement(deps, held.held, settlement);
  } catch (error) {
    deps.report('settlement failed', error);
    recordLostSettlement(deps);
  }
};

const tooLate = (timeoutMs: number, cause: unknown): AppError =>
  new AppError({
    code: 'provider_timeout',
    publicMessage: `The model did not answer within ${timeoutMs / 1_000} seconds.`,
    isFinal: true,
    cause,
  });
