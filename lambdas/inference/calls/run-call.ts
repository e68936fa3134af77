import { AppError, ERROR_TABLE } from '../../shared/app-error.ts';
import { sseFrames } from '../wires/frames/sse.ts';
import { STREAM_START, type StreamState } from '../wires/wire.ts';
import type { SettlementStatus } from '../../ledger/domain/usage.ts';
import type { UpstreamAnswer } from '../ports/providers.ts';
import type { CompleteAnswer, CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';
import { tellProviderFailed } from './call-metrics.ts';
import { NOTHING_CAME, settleCall } from './settle-call.ts';
import { stopped, watchCall, type Stop } from './stop-call.ts';
import { passError, wholeAnswer } from './whole-answer.ts';

/** Runs a held call; the hold ends on every path. */
export const runCall = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
): Promise<CompleteAnswer> => {
  const stop = watchCall(deps, input);
  const upstream = await accepted(deps, input, held, stop);
  if (upstream.status >= 400) return await passError(deps, input, held, stop, upstream);
  const isStream = (upstream.headers['content-type'] ?? '').startsWith('text/event-stream');
  if (!isStream) return await wholeAnswer(deps, input, held, stop, upstream);
  return {
    status: upstream.status,
    headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
    body: streamed(deps, input, held, stop, upstream),
  };
};

/** The provider's answer at its headers. A call that it never took up costs nothing. */
const accepted = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  stop: Stop,
): Promise<UpstreamAnswer> => {
  try {
    const upstream = await deps.modelClient.send(
      {
        account: held.account,
        path: held.format.path,
        headers: upstreamHeaders(input, held),
        body: held.format.upstreamBody(held.call, held.route.model, held.injectedMaxTokens),
      },
      stop.signal,
    );
    if (upstream.status >= 300 && upstream.status < 400) throw redirected(upstream.status);
    return upstream;
  } catch (error) {
    const reason = stop.reason();
    stop.end();
    if (reason === null) tellProviderFailed(deps, held);
    await settleCall(deps, input, held, { status: reason ?? 'released', ...NOTHING_CAME });
    throw reason === null ? error : stopped(reason);
  }
};

const redirected = (status: number): AppError =>
  new AppError({
    code: 'provider_error',
    publicMessage: 'The provider sent the call elsewhere.',
    internal: `status ${status}`,
  });

/** Passes frames on byte for byte. The settlement comes before the last frame, so that who saw the end sees the cost. */
async function* streamed(
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  stop: Stop,
  upstream: UpstreamAnswer,
): AsyncGenerator<Uint8Array> {
  let state: StreamState = STREAM_START;
  let firstTokenMs: number | null = null;
  let isSettled = false;
  const settle = async (status: SettlementStatus): Promise<void> => {
    if (isSettled) return;
    isSettled = true;
    stop.end();
    if (status !== 'completed' && stop.reason() === null) tellProviderFailed(deps, held);
    await settleCall(deps, input, held, {
      status,
      usage: state.usage,
      text: state.text,
      firstTokenMs,
    });
  };
  try {
    for await (const frame of sseFrames(upstream.body)) {
      let isShown = true;
      if (frame.data !== null)
        ({ state, isShown } = held.format.step(
          state,
          frame.event,
          frame.data,
          held.call.wantsUsage,
        ));
      if (state.sawToken && firstTokenMs === null)
        firstTokenMs = deps.clock.nowMs() - held.startedAtMs;
      if (state.ended) await settle(state.failed ? failedStatus(state) : 'completed');
      if (isShown) yield frame.bytes;
    }
    if (!state.ended) throw cutShort(state);
  } catch (error) {
    const reason = stop.reason();
    await settle(reason ?? failedStatus(state));
    const told = reason === null ? asAppError(error) : stopped(reason);
    if (reason === null) deps.report('stream failed', error);
    const { type } = ERROR_TABLE[told.code];
    if (!state.failed)
      yield Buffer.from(
        held.format.errorFrame(told.code, type, told.publicMessage, input.requestId),
      );
  } finally {
    await settle(stop.reason() ?? failedStatus(state));
  }
}

/** Before any token nothing was generated that a provider bills; after it the tokens are paid for. */
const failedStatus = (state: StreamState): SettlementStatus =>
  state.sawToken ? 'provider_error' : 'released';

export const cutShort = (state: StreamState): AppError =>
  new AppError({
    code: 'provider_stream_malformed',
    publicMessage: state.failed
      ? 'The provider ended the stream with an error.'
      : 'The provider ended the stream before the answer was complete.',
  });

const asAppError = (error: unknown): AppError =>
  error instanceof AppError
    ? error
    : new AppError({
        code: 'provider_stream_malformed',
        publicMessage: 'The provider sent a stream that cannot be read.',
        cause: error,
      });

/** Headers of the caller that change what a provider does, and the account's own key. */
export const upstreamHeaders = (input: CompleteInput, held: HeldCall): Record<string, string> => {
  const passed = Object.entries(input.headers).filter(([name]) =>
    /^(anthropic-|openai-beta$|x-stainless-)/.test(name),
  );
  const key = held.account.apiKey;
  const auth: Record<string, string> =
    key === null
      ? {}
      : held.account.dialect === 'anthropic'
        ? { 'x-api-key': key }
        : { authorization: `Bearer ${key}` };
  const version: Record<string, string> =
    held.account.dialect === 'anthropic' ? { 'anthropic-version': '2023-06-01' } : {};
  return { ...version, ...Object.fromEntries(passed), ...auth };
};
