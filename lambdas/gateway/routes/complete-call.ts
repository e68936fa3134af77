import type { Context } from 'aws-lambda';
import type { HttpAnswer } from '../../platform/http-entry.ts';
import type { CompleteDeps } from '../../inference/calls/call-types.ts';
import { complete } from '../../inference/calls/complete.ts';
import type { LoadDialect } from '../../inference/dialects/dialect.ts';
import type { WireName } from '../../inference/models/families.ts';
import type { PathWords } from '../../inference/wires/wire.ts';
import { bodyBytes } from '../../http/body.ts';
import { credentialOf } from '../../http/door.ts';
import { featureOf, type HttpRequest } from '../../http/request.ts';

/** The function's own deadline comes after everything is settled. */
const DEADLINE_MARGIN_MS = 10_000;

/** What a route's clients speak: the wire that passes untouched, and the dialect for every other model. */
export interface Spoken {
  readonly wire: WireName;
  /** Absent: no other model is served there. */
  readonly dialect?: LoadDialect;
}

/** One call of a model over HTTP. Throws AppError for what is known before the answer's headers. */
export const completeCall = async (
  deps: CompleteDeps,
  { wire, dialect }: Spoken,
  request: HttpRequest,
  context: Context,
  path?: PathWords,
): Promise<HttpAnswer> =>
  await complete(deps, {
    wire,
    ...(dialect === undefined ? {} : { dialect }),
    ...(path === undefined ? {} : { path }),
    credential: credentialOf(request),
    requestId: request.requestId,
    holdId: request.holdId,
    headers: request.headers,
    body: bodyBytes(request),
    feature: featureOf(request),
    deadlineMs: callDeadlineMs(deps, context),
  });

/** When a call of this invocation is aborted. */
export const callDeadlineMs = (
  { clock }: Pick<CompleteDeps, 'clock'>,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
): number => clock.nowMs() + context.getRemainingTimeInMillis() - DEADLINE_MARGIN_MS;
