import type { UpstreamAnswer } from '../ports/providers.ts';
import type { CompleteDeps, CompleteInput, HeldCall } from './call-types.ts';

/** Sends a held call to its provider, in the provider's own words. */
export const askProvider = async (
  deps: Pick<CompleteDeps, 'modelClient'>,
  { wire, account, route, call, injectedMaxTokens }: HeldCall,
  headers: CompleteInput['headers'],
  signal: AbortSignal,
): Promise<UpstreamAnswer> => {
  const query = { model: route.model, isStream: call.isStream, action: call.action, headers };
  return await deps.modelClient.send(
    {
      account,
      ...wire.endpoint(account, query),
      isStream: call.isStream,
      body: wire.rewrite(call, route.model, injectedMaxTokens),
    },
    signal,
  );
};
