import type { CompleteDeps } from '../../../lambdas/inference/calls/call-types.ts';
import type { AskedCall } from '../../../lambdas/inference/dialects/dialect.ts';

/** A body as its dialect reads it. */
export const askedCall = (body: AskedCall['body']): AskedCall => ({
  body,
  model: String(body['model']),
  isStream: body['stream'] === true,
});

/** Addresses of files stay as they are. */
export const untouched: Pick<CompleteDeps, 'loadMedia'> = {
  loadMedia: async () =>
    await Promise.resolve({
      isNamed: () => false,
      read: async (request) => await Promise.resolve(request),
      standIns: (request) => ({ request, documents: 0 }),
    }),
};
