import { AppError } from '../../shared/app-error.ts';
import { newHoldId, requestIdOf } from '../../shared/ids.ts';
import type { HoldPricer } from '../../ledger/ports/reprice.ts';
import type { KeyState } from '../../ledger/domain/key.ts';
import type { ModelClient } from '../ports/providers.ts';
import { isListed } from '../routing/may-lead-to.ts';
import { accountName, type ModelRoute, type RouteTarget } from '../routing/route.ts';
import type { CallInput, CompleteDeps } from './call-types.ts';
import type { KeptHold, KeptTry } from './kept-hold.ts';

/** One try of a routed call. */
export interface RoutedTry<I extends CallInput> extends KeptTry {
  readonly input: I;
  /** The hold that is still the one of the try before; null: this try has taken it over, or there was none. */
  before(): KeptHold | null;
  /** Did it put out its first token? */
  hasBegun(): boolean;
  /** Was it left because it said nothing in time? */
  wasSilent(): boolean;
}

interface TryInput<I extends CallInput> {
  readonly deps: CompleteDeps;
  readonly input: I;
  readonly route: ModelRoute;
  readonly key: Pick<KeyState, 'allowedModels'>;
  readonly target: RouteTarget;
  /** What the try before left. */
  readonly before: KeptHold | null;
  readonly keepHold: (deps: CompleteDeps) => KeptTry;
  readonly pricer: HoldPricer;
  /** Every hold has an id of its own: somebody is told which one it is before the provider is asked. */
  readonly isRenamed?: true;
  /** How the call came to this target. */
  readonly words: () => string;
}

/**
 * A try with what is its own: the hold of the one before becomes its hold, in one write; its provider's account is the one
 * of its region; and silence before its first token ends it.
 */
export const routedTry = <I extends CallInput>(asked: TryInput<I>): RoutedTry<I> => {
  const { deps, route, key, target } = asked;
  let { before } = asked;
  let hasBegun = false;
  let wasSilent = false;
  const input = {
    ...asked.input,
    ...idsOf(asked),
    onFirstToken: () => {
      hasBegun = true;
    },
  };
  const allowed = isListed(key, route.name) ? { allowedAs: route.name } : {};
  const kept = asked.keepHold({
    ...deps,
    ledger: {
      ...deps.ledger,
      settle: async (hold, settlement) =>
        await deps.ledger.settle(hold, { ...settlement, route: asked.words() }),
      hold: async (request) => {
        if (before === null) return await deps.ledger.hold({ ...request, ...allowed });
        const billed = before.settlement.status === 'released' ? null : before.settlement;
        const outcome = await asked.pricer.reprice(before.hold, { ...request, ...allowed }, billed);
        if (outcome.kind === 'refused') return outcome;
        if (billed !== null) before.record();
        before = null;
        return outcome;
      },
    },
    repriceHold: async (hold, request) => await deps.repriceHold(hold, { ...request, ...allowed }),
    ...askedAs(
      deps,
      { route, target },
      {
        hasBegun: () => hasBegun,
        onSilence: () => {
          wasSilent = true;
        },
      },
    ),
  });
  return {
    ...kept,
    input,
    before: () => before,
    hasBegun: () => hasBegun,
    wasSilent: () => wasSilent,
  };
};

/** What asks a target: by the account of its region, and only until its silence was too long. */
export const askedAs = (
  { accounts, modelClient }: Pick<CompleteDeps, 'accounts' | 'modelClient'>,
  { route, target }: { readonly route: ModelRoute; readonly target: RouteTarget },
  watch: { readonly hasBegun: () => boolean; readonly onSilence: () => void },
): Pick<CompleteDeps, 'accounts' | 'modelClient'> => ({
  accounts: {
    ...accounts,
    get: async (name) => await accounts.get(accountName(name, target.region)),
  },
  modelClient:
    route.firstTokenMs === null
      ? modelClient
      : untilFirstToken(modelClient, route.firstTokenMs, watch.hasBegun, watch.onSilence),
});

/**
 * What may have been billed keeps its id, and the call continues under another one for good: an id that was settled is known
 * to the usage already, where the cost of a second call would be lost.
 */
const idsOf = <I extends CallInput>({
  deps,
  input,
  before,
  isRenamed,
}: TryInput<I>): Pick<CallInput, 'holdId' | 'requestId'> => {
  const { holdId, requestId, credential } = input;
  if (before === null) return { holdId, requestId };
  const isNew = isRenamed === true || before.settlement.status !== 'released';
  const next = isNew ? newHoldId(deps.clock.nowMs()) : before.hold.holdId;
  return next === holdId
    ? { holdId, requestId }
    : { holdId: next, requestId: requestIdOf(credential.keyId, next) };
};

/** A stream's first token, or another answer's first byte, must come in time. */
const untilFirstToken = (
  client: ModelClient,
  firstTokenMs: number,
  hasBegun: () => boolean,
  onSilence: () => void,
): ModelClient => ({
  send: async (request, signal) => {
    const leave = new AbortController();
    const timer = setTimeout(() => {
      if (hasBegun()) return;
      onSilence();
      leave.abort();
    }, firstTokenMs);
    const silent = (error: unknown): unknown =>
      leave.signal.aborted && !signal.aborted ? silence(request.account.name, error) : error;
    try {
      const answer = await client.send(request, AbortSignal.any([signal, leave.signal]));
      const type = answer.headers['content-type'] ?? '';
      // Relays send events as plain text, and one body of JSON to who asked for events.
      const isStream =
        /event-?stream|ndjson/.test(type) ||
        (request.isStream === true && !/^application\/json\s*(?:;|$)/i.test(type));
      return { ...answer, body: watched(answer.body, timer, isStream, silent) };
    } catch (error) {
      clearTimeout(timer);
      throw silent(error);
    }
  },
});

async function* watched(
  body: AsyncIterable<Uint8Array>,
  timer: NodeJS.Timeout,
  isStream: boolean,
  silent: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of body) {
      if (!isStream) clearTimeout(timer);
      yield bytes;
    }
  } catch (error) {
    throw silent(error);
  } finally {
    clearTimeout(timer);
  }
}

/** It may have worked all the while. */
const silence = (provider: string, cause: unknown): AppError =>
  new AppError({
    code: 'provider_timeout',
    publicMessage: `The provider ${provider} said nothing in time.`,
    isFinal: true,
    cause,
  });
