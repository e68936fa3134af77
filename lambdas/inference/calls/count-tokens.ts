import { advice } from '../../shared/advice.ts';
import { AppError } from '../../shared/app-error.ts';
import type { LoadDialect } from '../dialects/dialect.ts';
import type { WireName } from '../models/families.ts';
import { routeModel, type Route } from '../models/route-model.ts';
import type { ProviderAccount } from '../ports/providers.ts';
import { bytesWithoutAccount } from '../wires/provider-account.ts';
import type { ParsedCall, PathWords, Wire, WireCounter } from '../wires/wire.ts';
import { wireOf } from '../wires/wires.ts';
import { estimateInputTokens } from './bound.ts';
import { emulatedHeader, foreignCall } from './foreign-call.ts';
import { retryHeaders } from './pass-error.ts';
import { accountRefused } from './provider-refusal.ts';
import type { CompleteAnswer, CompleteDeps } from './call-types.ts';
import { withModel, type FreeDeps, type FreeOnceDeps } from './try-call.ts';
import { tryFree, type FreeAsker } from './try-free.ts';

const TIMEOUT_MS = 20_000;
const ANSWER_MS = 1_000;

export interface CountInput extends FreeAsker {
  readonly wire: WireName;
  readonly body: Uint8Array;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly path?: PathWords;
  /** The same for models that are spoken to in another one; absent: those are counted for nobody here. */
  readonly dialect?: LoadDialect;
}

/** A call to be counted by whose account. */
export interface CountedCall {
  readonly call: ParsedCall;
  readonly route: Route;
  readonly account: ProviderAccount;
  readonly withinMs: number;
}

/**
 * Counts a message's input: by the provider, which does not bill it; by an upper estimate, said as emulated, where it is
 * simulated or another's. A name of the project is counted by the model that a call would ask.
 */
export const countTokens = async (deps: FreeDeps, input: CountInput): Promise<CompleteAnswer> => {
  const wire = await wireOf(input.wire);
  const call = wire.read(input.body, input.headers['content-type'] ?? '', input.path);
  const withinMs = countWithinMs(deps, input);
  return await tryFree(deps, input, call.model, async (tryDeps, model) => {
    const named = model === call.model ? call : withModel(call, model);
    return await countOnce(tryDeps, input, { wire, call: named, withinMs: withinMs() });
  });
};

/** How long a provider may count, so that there is time to answer after it. */
export const countWithinMs =
  ({ clock }: Pick<FreeDeps, 'clock'>, { deadlineMs }: Pick<FreeAsker, 'deadlineMs'>) =>
  (): number =>
    Math.max(1, Math.min(TIMEOUT_MS, deadlineMs - clock.nowMs() - ANSWER_MS));

const simulatedHeader = ({
  simulated,
}: Pick<ProviderAccount, 'simulated'>): CompleteAnswer['headers'] =>
  simulated ? { 'x-sluice-simulated': 'true' } : {};

/** An estimate is not what is billed. */
export const estimatedHeaders = (
  account: Pick<ProviderAccount, 'simulated'>,
): CompleteAnswer['headers'] => ({
  ...simulatedHeader(account),
  ...emulatedHeader(['input_tokens']),
});

interface CountOnce {
  readonly wire: Wire;
  readonly call: ParsedCall;
  readonly withinMs: number;
}

const countOnce = async (
  deps: FreeOnceDeps,
  input: CountInput,
  { wire, call, withinMs }: CountOnce,
): Promise<CompleteAnswer> => {
  const { counter } = wire;
  const route = routeModel(call.model);
  const account = route === null ? null : await deps.accounts.get(route.provider);
  const { dialect } = input;
  if (
    account !== null &&
    account.wire !== input.wire &&
    dialect !== undefined &&
    counter !== null
  ) {
    const { asked, spoken, carry } = await foreignCall(deps, await dialect(), call);
    const { emulated } = carry(spoken, asked.request);
    return {
      status: 200,
      headers: {
        ...simulatedHeader(account),
        ...emulatedHeader(['input_tokens', ...emulated]),
      },
      body: counter.write(await estimateTokens(deps, spoken)),
    };
  }
  if (route === null || account === null || account.wire !== input.wire || counter === null)
    throw new AppError({
      code: 'model_not_found',
      publicMessage: advice().modelNotCountedWords(call.model),
      facts: { param: 'model' },
    });
  if (account.simulated)
    return {
      status: 200,
      headers: estimatedHeaders(account),
      body: counter.write(await estimateTokens(deps, { call, route })),
    };
  const asked = { call, route, account, withinMs };
  const answer = await askCounter(deps, counter, asked, input.headers);
  const refused = answer.status < 300 ? null : accountRefused(account, answer.status, answer.body);
  if (refused !== null) throw refused;
  const shown = answer.status < 300 ? null : bytesWithoutAccount(answer.body);
  return {
    status: answer.status,
    headers: retryHeaders(answer.headers),
    body: shown ?? answer.body,
  };
};

/** Never less than what is billed: the ledger holds by the same estimate. */
export const estimateTokens = async (
  deps: Pick<CompleteDeps, 'loadTokenizer'>,
  { call, route }: Pick<CountedCall, 'call' | 'route'>,
): Promise<number> =>
  estimateInputTokens(call, route.provider, route.model, await deps.loadTokenizer());

export const askCounter = async (
  deps: Pick<CompleteDeps, 'modelClient'>,
  counter: WireCounter,
  { call, route, account, withinMs }: CountedCall,
  headers: CountInput['headers'],
): Promise<Pick<CompleteAnswer, 'status' | 'headers'> & { readonly body: Uint8Array }> => {
  const signal = AbortSignal.timeout(withinMs);
  try {
    const {
      status,
      headers: told,
      body,
    } = await deps.modelClient.send(
      {
        account,
        ...counter.endpoint(account, { model: route.model, headers }),
        body: counter.ask(call, route.model),
      },
      signal,
    );
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const answer = Buffer.concat(chunks);
    if (status < 300) checkCount(counter, account, answer);
    return { status, headers: told, body: answer };
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new AppError({
      code: 'provider_timeout',
      publicMessage: `The provider ${account.name} did not count in time.`,
      cause: error,
    });
  }
};

/** Throws AppError for what is no count: a page of some relay's, an error under a good status. */
const checkCount = (
  counter: WireCounter,
  { name }: Pick<ProviderAccount, 'name'>,
  answer: Uint8Array,
): void => {
  try {
    counter.read(answer);
  } catch (cause) {
    throw new AppError({
      code: 'provider_stream_malformed',
      publicMessage: `The provider ${name} sent no count.`,
      cause,
    });
  }
};
