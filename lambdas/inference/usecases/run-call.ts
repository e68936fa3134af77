import { AppError, ERROR_TABLE } from '../../shared/app-error.ts';
import { microsFromNanoUsd } from '../../shared/money.ts';
import { sseFrames } from '../../shared/sse.ts';
import { STREAM_START, type StreamState } from '../domain/call.ts';
import type { SettlementStatus } from '../domain/usage.ts';
import type { UpstreamAnswer } from '../ports.ts';
import type { CompleteAnswer, CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';
import { settleCall, type CallEnd } from './settle-call.ts';

const CANCEL_POLL_MS = 1_000;
const ANSWER_BYTES_MAX = 33_554_432;

type StopReason = 'cancelled' | 'deadline';

/** Stops a call from outside: by its flag, read once a second, or by the deadline. */
interface Stop {
  readonly signal: AbortSignal;
  reason(): StopReason | null;
  end(): void;
}

/** Runs a held call; the hold ends on every path. */
export const runCall = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
): Promise<CompleteAnswer> => {
  const stop = watch(deps, input);
  let isAnswered = false;
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
    if (upstream.status >= 400) return await passError(deps, input, held, stop, upstream);
    isAnswered = true;
    const isStream = (upstream.headers['content-type'] ?? '').startsWith('text/event-stream');
    if (!isStream) return await whole(deps, input, held, stop, upstream);
    return {
      status: upstream.status,
      headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' },
      body: streamed(deps, input, held, stop, upstream),
    };
  } catch (error) {
    const reason = stop.reason();
    stop.end();
    await settleCall(deps, input, held, {
      // A provider that had begun to answer bills for it: released is only what it never took up.
      status: reason ?? (isAnswered ? 'provider_error' : 'released'),
      usage: null,
      text: '',
      firstTokenMs: null,
    });
    throw reason === null ? error : stopped(reason);
  }
};

const passError = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  stop: Stop,
  upstream: UpstreamAnswer,
): Promise<CompleteAnswer> => {
  const body = await readAll(upstream);
  stop.end();
  await settleCall(deps, input, held, {
    status: 'released',
    usage: null,
    text: '',
    firstTokenMs: null,
  });
  const retryAfter = upstream.headers['retry-after'];
  return {
    status: upstream.status,
    headers: {
      'content-type': upstream.headers['content-type'] ?? 'application/json',
      ...(retryAfter === undefined ? {} : { 'retry-after': retryAfter }),
    },
    body,
  };
};

const whole = async (
  deps: CompleteDeps,
  input: CompleteInput,
  held: HeldCall,
  stop: Stop,
  upstream: UpstreamAnswer,
): Promise<CompleteAnswer> => {
  const body = await readAll(upstream);
  stop.end();
  const answer = parseAnswer(body);
  const end: CallEnd = {
    status: 'completed',
    usage: held.format.usageOf(answer),
    text: held.format.textOf(answer),
    firstTokenMs: deps.clock.nowMs() - held.startedAtMs,
  };
  const costNanoUsd = await settleCall(deps, input, held, end);
  return {
    status: upstream.status,
    headers: {
      'content-type': 'application/json',
      ...(costNanoUsd === null ? {} : costHeader(costNanoUsd)),
    },
    body,
  };
};

const parseAnswer = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new AppError({
      code: 'provider_stream_malformed',
      publicMessage: 'The provider sent an answer that is not JSON.',
      cause,
    });
  }
};

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
      if (state.ended) await settle('completed');
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

const cutShort = (state: StreamState): AppError =>
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

const stopped = (reason: StopReason): AppError =>
  reason === 'cancelled'
    ? new AppError({ code: 'call_cancelled', publicMessage: 'The call was cancelled.' })
    : new AppError({ code: 'provider_timeout', publicMessage: 'The call reached its deadline.' });

const readAll = async (upstream: UpstreamAnswer): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of upstream.body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX)
      throw new AppError({ code: 'provider_error', publicMessage: 'The answer passes 32 MiB.' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const watch = (deps: CompleteDeps, input: CompleteInput): Stop => {
  const controller = new AbortController();
  let reason: StopReason | null = null;
  const stop = (why: StopReason): void => {
    reason ??= why;
    controller.abort();
  };
  const poll = async (): Promise<void> => {
    try {
      if (await deps.cancelFlags.isRaised(input.credential.keyId, input.holdId)) stop('cancelled');
    } catch (error) {
      deps.report('cancel flag not read', error);
    }
  };
  const poller = setInterval(() => void poll(), CANCEL_POLL_MS);
  const timer = setTimeout(
    () => stop('deadline'),
    Math.max(0, input.deadlineMs - deps.clock.nowMs()),
  );
  return {
    signal: controller.signal,
    reason: () => reason,
    end: () => {
      clearInterval(poller);
      clearTimeout(timer);
    },
  };
};

/** Headers of the caller that change what a provider does, and the account's own key. */
const upstreamHeaders = (input: CompleteInput, held: HeldCall): Record<string, string> => {
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

/** `x-sluice-cost-micros` of an answer whose settlement is known. */
const costHeader = (costNanoUsd: number): Record<string, string> => ({
  'x-sluice-cost-micros': String(microsFromNanoUsd(costNanoUsd)),
});
