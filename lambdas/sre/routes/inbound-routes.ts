import { bodyBytes } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Clock } from '../../shared/deps.ts';
import { takeInbound, type TakeInboundDeps } from '../usecases/take-inbound.ts';

export interface InboundRouteDeps extends TakeInboundDeps {
  readonly clock: Clock;
}

const BODY_BYTES_MAX = 262_144;

/** What destinations report: without a key, by a signature. */
export const inboundRoutes = (deps: InboundRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/destinations/{destination_id}/inbound': async ({ params, headers, query, body }) => {
    if (body.length > BODY_BYTES_MAX)
      throw new AppError({
        code: 'body_too_large',
        publicMessage: `The body has more than ${BODY_BYTES_MAX} bytes.`,
      });
    const request = {
      headers,
      query,
      body: bodyBytes({ body, headers }),
      nowMs: deps.clock.nowMs(),
    };
    const taken = await takeInbound(deps, params['destination_id'] ?? '', request);
    switch (taken.kind) {
      case 'refused':
        // Whether there is such a destination is nobody's business who has no secret of it.
        throw new AppError({
          code: 'invalid_signature',
          publicMessage: 'The request is not signed as this destination signs.',
          internal: taken.reason,
        });
      case 'answer':
        return {
          status: 200,
          headers: { 'content-type': taken.contentType },
          body: taken.body,
        };
      case 'taken':
        return { status: 200, body: { object: 'inbound', events: taken.events } };
    }
  },
});
