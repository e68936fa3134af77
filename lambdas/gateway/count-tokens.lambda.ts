import { countTokens } from '../inference/calls/count-tokens.ts';
import { httpEntry } from '../platform/http-entry.ts';
import { bodyBytes } from '../http/body.ts';
import { byRoute, httpDoor } from '../http/door.ts';
import { wireGateway } from './wire.ts';
import { authenticate } from '../ledger/door.ts';

const { env, inference } = wireGateway();

export const handler = httpEntry(
  httpDoor(
    env.CORS_ORIGINS,
    () => 'anthropic',
    byRoute({
      'POST /v1/messages/count_tokens': async (request, context) => {
        const key = await authenticate(inference.keys, request);
        const body = bodyBytes(request);
        const { headers } = request;
        const wire = 'anthropic-messages';
        const dialect = async () => (await import('#beside/dialects')).messagesDialect;
        const deadlineMs = inference.clock.nowMs() + context.getRemainingTimeInMillis();
        const asked = { wire, dialect, body, headers, key, deadlineMs } as const;
        const answer = await countTokens(inference, asked);
        return { ...answer, headers: { 'content-type': 'application/json', ...answer.headers } };
      },
    }),
  ),
);
