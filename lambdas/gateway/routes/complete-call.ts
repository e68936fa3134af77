import type { Context } from 'aws-lambda';
import type { HttpAnswer } from '../../platform/http-entry.ts';
import type { CompleteDeps } from '../../inference/calls/call-types.ts';
import { complete } from '../../inference/calls/complete.ts';
import type { WireName } from '../../inference/models/families.ts';
import { bodyBytes } from '../../http/body.ts';
import { credentialOf } from '../../http/door.ts';
import { featureOf, type HttpRequest } from '../../http/request.ts';

/** The function's own deadline comes after everything is settled. */
const DEADLINE_MARGIN_MS = 10_000;

/** One call of a model over HTTP. Throws AppError for what is known before the answer's headers. */
export const completeCall = async (
  deps: CompleteDeps,
  wire: WireName,
  request: HttpRequest,
  context: Context,
): Promise<HttpAnswer> =>
  await complete(deps, {
    wire,
    credential: credentialOf(request),
    requestId: request.requestId,
    holdId: request.holdId,
    headers: request.headers,
    body: bodyBytes(request),
    feature: featureOf(request),
    deadlineMs: deps.clock.nowMs() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS,
  });
