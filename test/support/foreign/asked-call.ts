import type { AskedCall } from '../../../lambdas/inference/dialects/dialect.ts';

/** A body as its dialect reads it. */
export const askedCall = (body: AskedCall['body']): AskedCall => ({
  body,
  model: String(body['model']),
  isStream: body['stream'] === true,
});
