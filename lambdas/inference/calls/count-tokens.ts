import { advice } from '../../shared/advice.ts';
import { AppError } from '../../shared/app-error.ts';
import type { WireName } from '../models/families.ts';
import { routeModel, type Route } from '../models/route-model.ts';
import type { ProviderAccount } from '../ports/providers.ts';
import type { ParsedCall, WireCounter } from '../wires/wire.ts';
import { WIRES } from '../wires/wires.ts';
import { estimateInputTokens } from './bound.ts';
import { retryHeaders } from './pass-error.ts';
import { accountRefused } from './provider-refusal.ts';
import type { CompleteAnswer, CompleteDeps } from './call-types.ts';

const TIMEOUT_MS = 20_000;

export interface CountInput {
  readonly wire: WireName;
  readonly body: Uint8Array;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A call to be counted by whose account. */
export interface CountedCall {
  readonly call: ParsedCall;
  readonly route: Route;
  readonly account: ProviderAccount;
}

/** Counts a message's input: by the provider, which does not bill it; by an upper estimate where it is simulated. */
export const countTokens = async (
  deps: Pick<CompleteDeps, 'accounts' | 'modelClient' | 'loadTokenizer'>,
  input: CountInput,
): Promise<CompleteAnswer> => {
  const wire = WIRES[input.wire];
  const { counter } = wire;
  const call = wire.read(input.body, input.headers['content-type'] ?? '');
  const route = routeModel(call.model);
  const account = route === null ? null : await deps.accounts.get(route.provider);
  if (route === null || account === null || account.wire !== input.wire || counter === null)
    throw new AppError({
      code: 'model_not_found',
      publicMessage: advice().modelNotCountedWords(call.model),
      facts: { param: 'model' },
    });
  if (account.simulated)
    return {
      status: 200,
      headers: { 'x-sluice-simulated': 'true' },
      body: counter.write(await estimateTokens(deps, { call, route })),
    };
  const answer = await askCounter(deps, counter, { call, route, account }, input.headers);
  const refused = answer.status < 300 ? null : accountRefused(account, answer.status, answer.body);
  if (refused !== null) throw refused;
  return { status: answer.status, headers: retryHeaders(answer.headers), body: answer.body };
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
  { call, route, account }: CountedCall,
  headers: CountInput['headers'],
): Promise<Pick<CompleteAnswer, 'status' | 'headers'> & { readonly body: Uint8Array }> => {
  const {
    status,
    headers: told,
    body,
  } = await deps.modelClient.send(
    {
      account,
      ...counter.endpoint(account, headers),
      body: WIRES[account.wire].rewrite(call, route.model, null),
    },
    AbortSignal.timeout(TIMEOUT_MS),
  );
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return { status, headers: told, body: Buffer.concat(chunks) };
};
