import { AppError, ERROR_TABLE } from '../../shared/app-error.ts';
import { peek, TELLING_BYTES } from '../wires/frames/answer-frames.ts';
import { isJsonLines } from '../wires/frames/json-lines.ts';
import { METER_START, type MeterState } from '../wires/wire.ts';
import { utf8Text } from '../../shared/utf8.ts';
import type { SettlementStatus } from '../../ledger/domain/usage.ts';
import type { UpstreamAnswer } from '../ports/providers.ts';
import { askProvider } from './ask-provider.ts';
import type { CompleteAnswer, CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';
import { recordProviderFailure } from './call-metrics.ts';
import { sentElsewhere } from './provider-refusal.ts';
import { endOf, failedStatus, NOTHING_CAME, settleCall } from './settle-call.ts';
import { stopError, watchCall, type Stop } from './stop-call.ts';
import { passError } from './pass-error.ts';
import { bytesWithoutAccount } from '../wires/provider-account.ts';
import { asStreamError, cutShort, isWhole } from './stream-end.ts';
import { wholeAnswer } from './whole-answer.ts';

/** Runs a held call; the hold ends on every path. */
export const runCall = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
): Promise<CompleteAnswer> => {
  const stop = watchCall(deps, input);
  const upstream = await ask(deps, input, held, stop);
  if (upstream.status >= 400) return await passError(deps, input, held, stop, upstream);
  const { isStream, body } = await sniff(held, upstream);
  const answer = { ...upstream, body };
  if (!isStream) return await wholeAnswer(deps, input, held, stop, answer);
  return {
    status: upstream.status,
    headers: { 'content-type': streamType(upstream), 'cache-control': 'no-cache' },
    body: passFrames(deps, input, held, stop, answer),
  };
};

/** Relays send events as plain text; lines of JSON stay what they are. */
const streamType = ({ headers }: Pick<UpstreamAnswer, 'headers'>): string => {
  const type = headers['content-type'] ?? '';
  return isJsonLines(type) ? type : 'text/event-stream; charset=utf-8';
};

const sniff = async ({ wire, call }: HeldCall, { headers, body }: UpstreamAnswer) => {
  const type = headers['content-type'] ?? '';
  const isStream = wire.isStream(call, type, null);
  if (isStream !== null) return { isStream, body };
  const seen = await peek(body, TELLING_BYTES);
  return { isStream: wire.isStream(call, type, seen.first) === true, body: seen.body };
};

/** The provider's answer at its headers. A call that it never took up, or failed before them, costs nothing. */
const ask = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  stop: Stop,
): Promise<UpstreamAnswer> => {
  try {
    const upstream = await askProvider(deps, held, input.headers, stop.signal);
    if (upstream.status >= 300 && upstream.status < 400) throw sentElsewhere(upstream.status);
    return upstream;
  } catch (error) {
    const reason = stop.reason();
    stop.end();
    if (reason === null) recordProviderFailure(deps, held);
    const status = reason ?? failedStatus(METER_START, error);
    await settleCall(deps, input, held, { status, ...NOTHING_CAME });
    throw reason === null ? error : stopError(reason);
  }
};

/** Passes frames on byte for byte. The settlement comes before the last frame, so that who saw the end sees the cost. */
async function* passFrames(
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  stop: Stop,
  upstream: UpstreamAnswer,
): AsyncGenerator<Uint8Array> {
  let state: MeterState = METER_START;
  let firstTokenMs: number | null = null;
  let isSettled = false;
  let waiting: Uint8Array[] = [];
  const rest: Uint8Array[] = [];
  let isErrorLast = false;
  const settle = async (status: SettlementStatus): Promise<void> => {
    if (isSettled) return;
    isSettled = true;
    stop.end();
    if (status !== 'completed' && stop.reason() === null) recordProviderFailure(deps, held);
    await settleCall(deps, input, held, endOf(held, state, status, firstTokenMs));
  };
  const flush = function* (): Generator<Uint8Array> {
    const [first, ...more] = waiting;
    waiting = [];
    if (first !== undefined) yield more.length === 0 ? first : Buffer.concat([first, ...more]);
  };
  try {
    for await (const frames of held.wire.frames(upstream.body)) {
      for (const frame of frames) {
        const { failed } = state;
        state = held.wire.meter(state, frame);
        if (frame.isRest === true && state.failed && !failed) isErrorLast = true;
        if (state.sawToken && firstTokenMs === null) {
          firstTokenMs = deps.clock.nowMs() - held.startedAtMs;
          input.onFirstToken?.();
        }
        if (state.ended && !isSettled) {
          yield* flush();
          await settle(state.failed ? failedStatus(state) : 'completed');
        }
        if (held.wire.isShown(held.call, frame))
          (frame.isRest === true ? rest : waiting).push(
            (state.failed ? bytesWithoutAccount(frame.bytes) : null) ?? frame.bytes,
          );
      }
      yield* flush();
    }
    if (!isWhole(state)) throw cutShort(state);
    yield* rest;
    await settle('completed');
  } catch (error) {
    yield* flush();
    const reason = stop.reason();
    await settle(reason ?? failedStatus(state, error));
    const known = reason === null ? asStreamError(error) : stopError(reason);
    if (reason === null) deps.report('stream failed', error);
    const left = rest.filter((bytes) => isErrorLast || !isHalfEvent(bytes));
    yield* left;
    if (left.length > 0) yield BLANK_LINE;
    // Who reads events has the provider's own error, unless it came as no event.
    if (state.failed && !(isErrorLast && left.every((bytes) => !isHalfEvent(bytes)))) return;
    const told = errorFrame(held, known, input.requestId);
    yield streamType(upstream).startsWith('text/event-stream') ? told : lineOf(told);
  } finally {
    await settle(stop.reason() ?? failedStatus(state));
  }
}

const BLANK_LINE = Buffer.from('\n\n');

/** Who reads events drops half of one at the end; passed on, it would swallow the error after it. */
const isHalfEvent = (bytes: Uint8Array): boolean => /^data[ \t]*:/m.test(utf8Text(bytes));

const errorFrame = ({ wire }: HeldCall, error: AppError, requestId: string): Uint8Array => {
  const { code, publicMessage: message } = error;
  const { type } = ERROR_TABLE[code];
  return Buffer.from(wire.errorFrame({ code, type, message, requestId }));
};

/** An event of ours where each chunk is a line of JSON. */
const lineOf = (event: Uint8Array): Uint8Array =>
  Buffer.from(`${/^data: (.*)$/m.exec(utf8Text(event))?.[1] ?? ''}\n`);
