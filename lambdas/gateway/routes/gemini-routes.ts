import { countTokens } from '../../inference/calls/count-tokens.ts';
import type { CompleteDeps } from '../../inference/calls/call-types.ts';
import type { PathWords } from '../../inference/wires/wire.ts';
import { bodyBytes } from '../../http/body.ts';
import { routeNotFound, type Handler } from '../../http/door.ts';
import type { HttpRequest } from '../../http/request.ts';
import { authenticate } from '../../ledger/door.ts';
import { completeCall, type Spoken } from './complete-call.ts';
import { unitCall } from './complete-units-call.ts';

const dialect = async () => (await import('#beside/dialects')).geminiDialect;
const SPOKEN: Spoken = { wire: 'gemini', dialect };

/** What a path asks for after the model's name: https://ai.google.dev/api/generate-content */
export const geminiCall =
  (deps: CompleteDeps): Handler =>
  async (request, context) => {
    const { model, action } = actionOf(request);
    switch (action) {
      case 'generateContent':
        return await completeCall(deps, SPOKEN, request, context, { model, isStream: false });
      case 'streamGenerateContent':
        return await completeCall(deps, SPOKEN, request, context, streamOf(request, model));
      case 'countTokens': {
        const key = await authenticate(deps.keys, request);
        const answer = await countTokens(deps, {
          wire: 'gemini',
          dialect,
          key,
          path: { model, isStream: false },
          headers: request.headers,
          body: bodyBytes(request),
          deadlineMs: deps.clock.nowMs() + context.getRemainingTimeInMillis(),
        });
        return { ...answer, headers: { 'content-type': 'application/json', ...answer.headers } };
      }
      case 'embedContent':
      case 'batchEmbedContents': {
        const { geminiEmbeddings } = await import('#beside/gemini');
        return await unitCall(deps, geminiEmbeddings(model, action))(request, context);
      }
      default:
        throw routeNotFound(request);
    }
  };

/** Does the caller wait for events? */
export const asksForEvents = (request: HttpRequest): boolean =>
  request.query['alt'] === 'sse' && actionOf(request).action === 'streamGenerateContent';

/** Without `alt=sse` the chunks come as one list. */
const streamOf = (request: HttpRequest, model: string): PathWords =>
  asksForEvents(request)
    ? { model, isStream: true }
    : { model, isStream: false, action: 'streamGenerateContent' };

const actionOf = ({ params }: HttpRequest): { readonly model: string; readonly action: string } => {
  const [, model = '', action = ''] = /^(.*):(\w+)$/.exec(params['id'] ?? '') ?? [];
  return { model, action };
};
