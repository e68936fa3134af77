import { AppError } from '../../shared/app-error.ts';
import { utf8Text } from '../../shared/utf8.ts';
import type { UpstreamAnswer } from '../ports/providers.ts';
import { isJsonStart } from '../wires/frames/answer-frames.ts';
import { METER_START, type MeterState } from '../wires/wire.ts';
import { isWhole } from './stream-end.ts';
import type { CompleteAnswer, CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';
import { recordProviderFailure } from './call-metrics.ts';
import { readInto } from './read-answer.ts';
import { costHeader, endOf, NOTHING_CAME, settleCall, type CallEnd } from './settle-call.ts';
import { stopError, type Stop } from './stop-call.ts';

/** An answer that comes as one JSON body. */
export const wholeAnswer = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  stop: Stop,
  upstream: UpstreamAnswer,
): Promise<CompleteAnswer> => {
  const received: Uint8Array[] = [];
  let end: CallEnd | null;
  try {
    await readInto(received, upstream);
    end = await completedEnd(deps, held, Buffer.concat(received));
    stop.end();
  } catch (error) {
    const reason = stop.reason();
    stop.end();
    if (reason === null) recordProviderFailure(deps, held);
    const came = Buffer.concat(received);
    const isFree = isNoAnswer(error, came);
    await settleCall(deps, input, held, {
      ...NOTHING_CAME,
      status: reason ?? (isFree ? 'released' : 'provider_error'),
      text: utf8Text(came),
    });
    if (reason !== null) throw stopError(reason);
    // What is paid is not asked for again without a word of the caller's.
    throw error instanceof AppError && !isFree ? error.asFinal() : error;
  }
  if (end === null) {
    recordProviderFailure(deps, held);
    await settleCall(deps, input, held, { status: 'released', ...NOTHING_CAME });
    throw answeredError(held);
  }
  const settlement = await settleCall(deps, input, held, end);
  return {
    status: upstream.status,
    headers: {
      'content-type': 'application/json',
      ...costHeader(settlement),
    },
    body: Buffer.concat(received),
  };
};

/** null: the provider answered with an error under a good status. */
const completedEnd = async (
  deps: CompleteDeps,
  { wire, call, startedAtMs }: HeldCall,
  body: Buffer,
): Promise<CallEnd | null> => {
  const state = await readState({ wire }, body);
  if (state.failed) return null;
  return endOf({ wire, call }, state, 'completed', deps.clock.nowMs() - startedAtMs);
};

/** Of one body, or of a line of JSON for each chunk, as some servers answer who asked for a stream. */
const readState = async ({ wire }: Pick<HeldCall, 'wire'>, body: Buffer): Promise<MeterState> => {
  try {
    return wire.meter(METER_START, wire.whole(body));
  } catch (error) {
    let state: MeterState = METER_START;
    for await (const frames of wire.frames(pieces(body)))
      for (const frame of frames) state = wire.meter(state, frame);
    if (isWhole(state)) return state;
    throw error;
  }
};

async function* pieces(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(body);
}

/** A provider that had begun to answer bills for it; a page, or words of some relay's own, is no answer. */
const isNoAnswer = (error: unknown, came: Uint8Array): boolean => {
  const isOver = error instanceof AppError && error.code === 'provider_stream_malformed';
  return (isOver || came.length > 0) && !isJsonStart(came);
};

const answeredError = ({ account }: HeldCall): AppError =>
  new AppError({
    code: 'provider_error',
    publicMessage: `The provider ${account.name} answered with an error.`,
    internal: 'an error under a good status',
  });
