import { AppError } from '../../shared/app-error.ts';
import { isCapped } from '../../ledger/domain/key.ts';
import type { UpstreamRequest } from '../ports/providers.ts';
import { authenticate, notConfigured } from './check-call.ts';
import type { CallInput, CompleteAnswer, CompleteDeps } from './call-types.ts';
import { readInto } from './read-answer.ts';
import { refusedByProvider } from './pass-error.ts';

const TIMEOUT_MS = 25_000;

/** A request to a provider that is not metered, made with its account, as the vendor's client made it. */
export interface FreeRequest {
  readonly provider: string;
  readonly request: (apiKey: string | null) => Omit<UpstreamRequest, 'account'>;
  /** What may cost money, or is the operator's own: for an admin key without a cap or a list of models alone. null: nothing. */
  readonly unpriced: string | null;
  /** The answer as such a key reads it; null: it is not what was asked for. */
  readonly shown: (body: Uint8Array, isAdmin: boolean) => Uint8Array | null;
}

/** Passes on what is not metered. Nothing is held for it, and no usage shows it. */
export const passFree = async (
  deps: CompleteDeps,
  input: CallInput,
  { provider, request, unpriced, shown }: FreeRequest,
): Promise<CompleteAnswer> => {
  const key = await authenticate(deps, input);
  const isAdmin = key.scope === 'admin';
  const isBound = isCapped(key) || key.allowedModels !== null;
  if (unpriced !== null && isBound && !deps.allowedFeatures.has(`${provider}${unpriced}`))
    throw new AppError({
      code: 'feature_not_priced',
      publicMessage: `${unpriced}: it has no price here, so a key with a cap or a list of models cannot use it.`,
      facts: { param: unpriced },
    });
  if (unpriced !== null && !isAdmin)
    throw new AppError({
      code: 'admin_scope_required',
      publicMessage: `${unpriced} is not metered, or is about the account of the stage: an admin key may ask it.`,
    });
  const account = await deps.accounts.get(provider);
  if (account === null) throw notConfigured(provider, provider);
  const upstream = await deps.modelClient.send(
    { account, ...request(account.apiKey) },
    AbortSignal.timeout(TIMEOUT_MS),
  );
  const received: Uint8Array[] = [];
  await readInto(received, upstream);
  const body = Buffer.concat(received);
  if (upstream.status >= 400) {
    const held = { account, route: { provider, model: provider } };
    return refusedByProvider(deps, input, held, upstream, body);
  }
  const read = shown(body, isAdmin);
  if (read === null)
    throw new AppError({
      code: 'provider_stream_malformed',
      publicMessage: `The provider ${provider} sent an answer that cannot be read.`,
    });
  return {
    status: upstream.status,
    headers: {
      'content-type': upstream.headers['content-type'] ?? 'application/json',
      'x-sluice-provider': provider,
      ...(account.simulated ? { 'x-sluice-simulated': 'true' } : {}),
    },
    body: read,
  };
};
