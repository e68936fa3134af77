import type { UpstreamAnswer } from '../ports/providers.ts';
import { isEvents, isPage, watchAnswer } from '../wires/units/seen-answer.ts';
import type { CompleteAnswer, CompleteDeps } from './call-types.ts';
import { recordProviderFailure } from './call-metrics.ts';
import { passUnits, wholeUnits, type PassingUnits } from './pass-units.ts';
import { readRefusal, refusedByProvider } from './pass-error.ts';
import { sentElsewhere } from './provider-refusal.ts';
import { costHeader, failedStatus } from './settle-call.ts';
import { RELEASED, settleUnits } from './settle-units.ts';
import { stopError, watchCall, type Stop } from './stop-call.ts';
import type { HeldUnits, UnitInput } from './unit-types.ts';

/** Runs a held call that is billed by units; the hold ends on every path. */
export const runUnits = async (
  deps: CompleteDeps,
  input: UnitInput,
  held: HeldUnits,
): Promise<CompleteAnswer> => {
  const stop = watchCall(deps, input);
  const upstream = await ask(deps, input, held, stop);
  const { status, headers } = upstream;
  if (status >= 400) return await passRefusal(deps, input, held, stop, upstream);
  const watch = watchAnswer(headers, held.wire.members, held.wire.sound(held.call));
  const passing: PassingUnits = { deps, input, held, stop, watch };
  const type = headers['content-type'] ?? 'application/octet-stream';
  const shown = { 'content-type': type, ...held.wire.shownHeaders(headers) };
  const isSound = held.wire.sound(held.call) !== null;
  if (!isWords(type) || (isSound && !isPage(type)))
    return { status, headers: shown, body: passUnits(passing, [], upstream.body) };
  const { body, settlement } = await wholeUnits(passing, upstream.body);
  return { status, headers: { ...shown, ...costHeader(settlement) }, body };
};

/** Of an answer in words its end is waited for, so that its headers have its cost; of sounds and events it is not. */
const isWords = (type: string): boolean =>
  /^(?:application\/json|text\/)/.test(type) && !isEvents(type);

/** The provider's answer at its headers. A call that it never took up, or failed before them, costs nothing. */
const ask = async (
  deps: CompleteDeps,
  input: UnitInput,
  held: HeldUnits,
  stop: Stop,
): Promise<UpstreamAnswer> => {
  try {
    return await send(deps, input, held, stop);
  } catch (error) {
    const reason = stop.reason();
    stop.end();
    if (reason === null) recordProviderFailure(deps, held);
    const status = reason ?? failedStatus({ sawToken: false }, error);
    await settleUnits(
      deps,
      input,
      held,
      status === 'released' ? RELEASED : { status, counts: null, firstTokenMs: null },
    );
    throw reason === null ? error : stopError(reason);
  }
};

const send = async (
  { modelClient }: CompleteDeps,
  input: UnitInput,
  { wire, account, call, route }: HeldUnits,
  { signal }: Stop,
): Promise<UpstreamAnswer> => {
  const { path, headers } = wire.endpoint(account, input.headers, route.model);
  const { type, bytes, rest = [] } = wire.body(call, route.model);
  const sent = { account, path, headers: { ...headers, 'content-type': type }, body: bytes, rest };
  const upstream = await modelClient.send(sent, signal);
  if (upstream.status < 300 || upstream.status >= 400) return upstream;
  throw sentElsewhere(upstream.status);
};

const passRefusal = async (
  deps: CompleteDeps,
  input: UnitInput,
  held: HeldUnits,
  stop: Stop,
  upstream: UpstreamAnswer,
): Promise<CompleteAnswer> => {
  const body = await readRefusal(upstream, stop, async () => {
    await settleUnits(deps, input, held, RELEASED);
  });
  return refusedByProvider(deps, input, held, upstream, body);
};
