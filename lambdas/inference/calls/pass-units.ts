import { AppError, ERROR_TABLE } from '../../shared/app-error.ts';
import type { Settlement, SettlementStatus } from '../../ledger/domain/usage.ts';
import { isJsonStart } from '../wires/frames/answer-frames.ts';
import { sseText } from '../wires/frames/sse.ts';
import { bytesWithoutAccount } from '../wires/provider-account.ts';
import {
  hasBegun,
  isEvents,
  isFailed,
  isPage,
  isRefused,
  type Watch,
} from '../wires/units/seen-answer.ts';
import type { CompleteDeps } from './call-types.ts';
import { recordProviderFailure } from './call-metrics.ts';
import { RELEASED, settleUnits, type UnitEnd } from './settle-units.ts';
import { stopError, type Stop } from './stop-call.ts';
import type { HeldUnits, UnitInput } from './unit-types.ts';

/** An answer in words that is no longer is known whole before its headers are sent; a longer one passes as it comes. */
const WHOLE_BYTES_MAX = 1_048_576;

/** A call whose answer is on its way. */
export interface PassingUnits {
  readonly deps: CompleteDeps;
  readonly input: UnitInput;
  readonly held: HeldUnits;
  readonly stop: Stop;
  readonly watch: Watch;
}

type Bytes = AsyncIterable<Uint8Array>;

/** An answer in words, settled before its headers; of a long one `settlement` is null, and it settles as it ends. */
export const wholeUnits = async (
  passing: PassingUnits,
  body: Bytes,
): Promise<{ readonly body: Uint8Array | Bytes; readonly settlement: Settlement | null }> => {
  const source = body[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  try {
    for (let bytes = 0; bytes <= WHOLE_BYTES_MAX;) {
      const next = await source.next();
      if (next.done === true) {
        passing.watch.end();
        const whole = Buffer.concat(pieces);
        return { body: whole, settlement: await settleWhole(passing, whole) };
      }
      passing.watch.push(next.value);
      pieces.push(next.value);
      bytes += next.value.length;
    }
  } catch (error) {
    throw await failedOf(passing, error);
  }
  // No error is as long.
  passing.input.onFirstToken?.();
  const rest = { [Symbol.asyncIterator]: () => source };
  return { body: passUnits(passing, pieces, rest), settlement: null };
};

/** Throws AppError for what is no answer: an error under a good status, a page of some relay's. */
const settleWhole = async (
  { deps, input, held, stop, watch }: PassingUnits,
  body: Buffer,
): Promise<Settlement | null> => {
  stop.end();
  const { told, headers } = watch.seen();
  const isBad = held.wire.isJson(held.call)
    ? !watch.isJson() || isFailed(told)
    : isPage(headers['content-type'] ?? '') || (watch.isJson() && isFailed(told));
  if (!isBad) return await settleUnits(deps, input, held, ended(held, watch, 'completed', null));
  recordProviderFailure(deps, held);
  const isFree = isFailed(told) || !isJsonStart(body);
  await settleUnits(deps, input, held, isFree ? RELEASED : unseen('provider_error'));
  throw new Settled(noAnswer(held, isFailed(told), !isFree));
};

/** Carries the error of a call whose money is settled already. */
class Settled extends Error {
  override readonly name = 'Settled';
  readonly error: AppError;

  constructor(error: AppError) {
    super(error.message);
    this.error = error;
  }
}

const failedOf = async (
  { deps, input, held, stop, watch }: PassingUnits,
  error: unknown,
): Promise<unknown> => {
  if (error instanceof Settled) return error.error;
  const reason = stop.reason();
  stop.end();
  if (reason === null) recordProviderFailure(deps, held);
  const status = reason ?? 'provider_error';
  const isFree = reason === null && watch.seen().bytes === 0;
  await settleUnits(deps, input, held, isFree ? RELEASED : unseen(status));
  if (reason !== null) return stopError(reason);
  // What is paid is not asked for again without a word of the caller's.
  return error instanceof AppError && !isFree ? error.asFinal() : error;
};

const noAnswer = (
  { account, wire, call }: HeldUnits,
  isError: boolean,
  isFinal: boolean,
): AppError =>
  new AppError({
    code: isError ? 'provider_error' : 'provider_stream_malformed',
    publicMessage: isError
      ? `The provider ${account.name} answered with an error.`
      : `The provider sent ${wire.isJson(call) ? 'an answer that is not JSON' : 'a page in the place of an answer'}.`,
    isFinal,
  });

/** It ran, and nobody knows for how much: it costs what was held. */
const unseen = (status: SettlementStatus): UnitEnd => ({
  status,
  counts: null,
  firstTokenMs: null,
});

const ended = (
  { wire, call, route }: HeldUnits,
  watch: Watch,
  status: SettlementStatus,
  firstTokenMs: number | null,
): UnitEnd => {
  return { status, counts: wire.counts(call, watch.seen(), route.model), firstTokenMs };
};

/**
 * Passes an answer on byte for byte; `before` was watched already. It is settled before its last bytes, so that who saw
 * the end sees the cost. It must be read to its end whatever the client does.
 */
export async function* passUnits(
  passing: PassingUnits,
  before: readonly Uint8Array[],
  body: Bytes,
): AsyncGenerator<Uint8Array> {
  const { deps, input, held, stop, watch } = passing;
  let firstMs: number | null = null;
  let isBegun = before.length > 0;
  let isSettled = false;
  const settle = async (status: SettlementStatus): Promise<void> => {
    if (isSettled) return;
    isSettled = true;
    stop.end();
    const isFree = status === 'provider_error' && isRefused(watch.seen());
    if (status === 'provider_error') recordProviderFailure(deps, held);
    const end = isFree ? RELEASED : ended(held, watch, status, firstMs);
    await settleUnits(deps, input, held, end);
  };
  try {
    yield* before;
    for await (const chunk of body) {
      firstMs ??= deps.clock.nowMs() - held.startedAtMs;
      const pieces = watch.push(chunk);
      if (!isBegun && hasBegun(watch.seen(), chunk)) {
        isBegun = true;
        input.onFirstToken?.();
      }
      if (held.wire.isLast(held.call, watch.seen().told)) await settle('completed');
      yield* withoutNames(watch, pieces);
    }
    const rest = watch.end();
    await settle(isFailed(watch.seen().told) ? 'provider_error' : 'completed');
    yield* withoutNames(watch, rest);
  } catch (error) {
    const reason = stop.reason();
    await settle(reason ?? 'provider_error');
    if (reason === null) deps.report('stream failed', error);
    const known = reason === null ? error : stopError(reason);
    if (!isEvents(watch.seen().headers['content-type'] ?? '')) throw known;
    yield errorEvent(known, input.requestId);
  } finally {
    await settle(stop.reason() ?? 'provider_error');
  }
}

/** From its error on a stream says nothing of the account that was asked. */
const withoutNames = (watch: Watch, pieces: readonly Uint8Array[]): readonly Uint8Array[] =>
  isFailed(watch.seen().told) ? pieces.map((piece) => bytesWithoutAccount(piece) ?? piece) : pieces;

const errorEvent = (error: unknown, requestId: string): Uint8Array => {
  const { code, publicMessage: message } =
    error instanceof AppError
      ? error
      : { code: 'provider_stream_malformed' as const, publicMessage: 'The stream broke off.' };
  const { type } = ERROR_TABLE[code];
  return Buffer.from(
    sseText('error', { error: { message, type, code, param: null, request_id: requestId } }),
  );
};
