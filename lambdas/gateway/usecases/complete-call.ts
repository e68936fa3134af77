import type { Context } from 'aws-lambda';
import type { HttpAnswer } from '../../platform/http-entry.ts';
import type { CompleteDeps } from '../../inference/usecases/call-types.ts';
import { complete } from '../../inference/usecases/complete.ts';
import { AppError } from '../../shared/app-error.ts';
import { credentialOf } from '../../inference/door.ts';
import type { GatewayRequest } from '../../inference/formats/read-request.ts';

/** The function's own deadline comes after everything is settled. */
const DEADLINE_MARGIN_MS = 10_000;

const FEATURE = /^[\x20-\x7e]{1,64}$/;

export const completeCall = async (
  deps: CompleteDeps,
  dialect: 'openai' | 'anthropic',
  request: GatewayRequest,
  context: Context,
): Promise<HttpAnswer> =>
  await complete(deps, {
    dialect,
    credential: credentialOf(request),
    requestId: request.requestId,
    holdId: request.holdId,
    headers: request.headers,
    bodyText: request.bodyText,
    feature: featureOf(request.headers['x-sluice-feature']),
    deadlineMs: deps.clock.nowMs() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
  });

const featureOf = (header: string | undefined): string | null => {
  if (header === undefined || header === '') return null;
  if (FEATURE.test(header)) return header;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: 'x-sluice-feature: at most 64 printable ASCII characters',
    facts: { param: 'x-sluice-feature' },
  });
};
