import { AppError } from '../../shared/app-error.ts';
import { sseFrames } from '../wires/frames/sse.ts';
import { STREAM_START, type StreamState } from '../wires/wire.ts';
import { priceOf } from '../models/prices.ts';
import { routeModel } from '../models/route-model.ts';
import type { Omission, TurnEvent, TurnFormat, TurnRequest } from '../turn/turn.ts';
import type { Settlement, SettlementStatus } from '../../ledger/domain/usage.ts';
import { anthropicCall } from '../wires/anthropic-messages/call.ts';
import { anthropicTurn } from '../wires/anthropic-messages/turn.ts';
import { openaiCall } from '../wires/openai-chat/call.ts';
import { openaiTurn } from '../wires/openai-chat/turn.ts';
import { providerMessage } from '../wires/provider-message.ts';
import type { UpstreamAnswer, WireDialect } from '../ports/providers.ts';
import type { CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';
import { modelNotFound, notConfigured, refuseUnpriced } from './complete.ts';
import { cutShort, upstreamHeaders } from './run-call.ts';
import { sampleContent, settlementOf, type MeteredCall } from './settle-call.ts';
import { takeHold } from './take-hold.ts';
import type { KeyCredential } from '../../shared/credential.ts';

export interface TurnCall {
  readonly credential: KeyCredential;
  readonly requestId: string;
  readonly holdId: string;
  readonly request: TurnRequest;
  readonly feature: string | null;
  /** null: it is about no thread. */
  readonly threadId: string | null;
  readonly deadlineMs: number;
}

/** A turn in its provider's wire, before or after its price is held. */
export interface PlannedTurn {
  readonly input: CompleteInput;
  readonly held: Omit<HeldCall, 'hold' | 'key' | 'heldAtMs' | 'injectedMaxTokens'>;
  readonly omissions: readonly Omission[];
}

/** One metered model turn in neutral form: the ledger of the gateway, the wire of whatever model was named. */
export const holdTurn = async (
  deps: CompleteDeps,
  call: TurnCall,
): Promise<{ readonly planned: PlannedTurn; readonly held: HeldCall }> => {
  const planned = await planTurn(deps, call);
  const { route, call: parsed, startedAtMs } = planned.held;
  const price = priceOf(route.provider, route.model, startedAtMs);
  if (price === null || parsed.unpricedField !== null)
    await refuseUnpriced(deps, planned.input, parsed, price === null);
  const taken = await takeHold(deps, planned.input, { call: parsed, route, price });
  return { planned, held: { ...planned.held, ...taken } };
};

const planTurn = async (
  deps: Pick<CompleteDeps, 'accounts' | 'clock'>,
  call: TurnCall,
): Promise<PlannedTurn> => {
  const route = routeModel(call.request.model);
  if (route === null) throw modelNotFound(call.request.model);
  const account = await deps.accounts.get(route.provider);
  if (account === null) throw notConfigured(route.provider, call.request.model);
  const { bodyText, omissions, format } = encoded(call.request, account.dialect);
  return {
    input: {
      dialect: account.dialect,
      credential: call.credential,
      requestId: call.requestId,
      holdId: call.holdId,
      headers: {},
      bodyText,
      feature: call.feature,
      ...(call.threadId === null ? {} : { threadId: call.threadId }),
      deadlineMs: call.deadlineMs,
    },
    held: {
      format,
      call: format.parse(bodyText),
      route,
      account,
      startedAtMs: deps.clock.nowMs(),
    },
    omissions,
  };
};

const encoded = (request: TurnRequest, dialect: WireDialect) => {
  const isAnthropic = dialect === 'anthropic';
  const { body, omissions } = (isAnthropic ? anthropicTurn : openaiTurn).encode(request);
  const limit = request.maxTokens === null ? {} : { max_tokens: request.maxTokens };
  return {
    bodyText: JSON.stringify({ ...limit, ...body, stream: true }),
    omissions,
    format: isAnthropic ? anthropicCall : openaiCall,
  };
};

/** What a running turn told so far. */
export interface TurnMeter {
  state: StreamState;
  firstTokenMs: number | null;
}

export const newMeter = (): TurnMeter => ({ state: STREAM_START, firstTokenMs: null });

/** Calls the provider and tells its answer as neutral events. Throws AppError for what the provider does. */
export async function* streamTurn(
  deps: CompleteDeps,
  planned: PlannedTurn,
  held: HeldCall,
  request: TurnRequest,
  meter: TurnMeter,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent> {
  const upstream = await deps.modelClient.send(
    {
      account: held.account,
      path: held.format.path,
      headers: upstreamHeaders(planned.input, held),
      body: held.format.upstreamBody(held.call, held.route.model, held.injectedMaxTokens),
    },
    signal,
  );
  if (upstream.status >= 300) throw await refused(upstream, held.account.name);
  yield* held.account.dialect === 'anthropic'
    ? decoded(deps, anthropicTurn, held, request, meter, upstream)
    : decoded(deps, openaiTurn, held, request, meter, upstream);
}

async function* decoded<S>(
  deps: CompleteDeps,
  format: TurnFormat<S>,
  held: HeldCall,
  request: TurnRequest,
  meter: TurnMeter,
  upstream: UpstreamAnswer,
): AsyncGenerator<TurnEvent> {
  let decoder = format.start(request);
  for await (const frame of sseFrames(upstream.body)) {
    if (frame.data === null) continue;
    const { state } = held.format.step(meter.state, frame.event, frame.data, true);
    meter.state = state;
    if (state.sawToken) meter.firstTokenMs ??= deps.clock.nowMs() - held.startedAtMs;
    const [next, events] = format.step(decoder, frame.event, frame.data);
    decoder = next;
    yield* events;
  }
  if (!meter.state.ended) throw cutShort(meter.state);
  yield* format.end(decoder);
}

/** What a turn cost as far as its meter ran. */
export const turnSettlement = async (
  deps: CompleteDeps,
  planned: PlannedTurn,
  held: HeldCall,
  meter: TurnMeter,
  status: SettlementStatus,
): Promise<Settlement> => {
  const { usage, text } = meter.state;
  sampleContent(deps, planned.input, held, { status, text });
  const { firstTokenMs } = meter;
  return await settlementOf(deps, planned.input, held, { status, usage, text, firstTokenMs });
};

/** A turn whose producer died: what was sent, in which wire, and the words that are proven. */
export interface DiedTurn {
  readonly requestId: string;
  readonly holdId: string;
  readonly threadId: string;
  readonly feature: string | null;
  readonly request: TurnRequest;
  readonly dialect: WireDialect;
  readonly key: MeteredCall['key'];
  readonly startedAtMs: number;
  readonly said: string;
}

/** What is owed for it. It asks no provider and reads no secret, because whoever finds the run may have none. */
export const provenSettlement = async (
  deps: Pick<CompleteDeps, 'clock' | 'loadTokenizer'>,
  died: DiedTurn,
): Promise<Settlement> => {
  const { request, holdId, key, startedAtMs } = died;
  const route = routeModel(request.model);
  if (route === null) throw modelNotFound(request.model);
  const { bodyText, format } = encoded(request, died.dialect);
  return await settlementOf(
    deps,
    died,
    { call: format.parse(bodyText), route, hold: { holdId }, key, startedAtMs },
    { status: 'provider_error', usage: null, text: died.said, firstTokenMs: null },
  );
};

const MESSAGE_CHARS_MAX = 500;

const refused = async (upstream: UpstreamAnswer, provider: string): Promise<AppError> => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of upstream.body) chunks.push(chunk);
  const said = providerMessage(Buffer.concat(chunks).toString('utf8'));
  return new AppError({
    code: 'provider_error',
    publicMessage: `${provider} answered ${upstream.status}: ${said.slice(0, MESSAGE_CHARS_MAX)}`,
  });
};
