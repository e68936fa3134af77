import type { FetchMedia } from '../../../lambdas/inference/calls/fetch-media.ts';
import type { AskedCall } from '../../../lambdas/inference/dialects/dialect.ts';

/** A body as its dialect reads it. */
export const askedCall = (body: AskedCall['body']): AskedCall => ({
  body,
  model: String(body['model']),
  isStream: body['stream'] === true,
});

/** Addresses of files stay as they are. */
export const untouched: FetchMedia = async (request) => await Promise.resolve(request);
