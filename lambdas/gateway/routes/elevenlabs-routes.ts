import type { Context } from 'aws-lambda';
import type { CallInput, CompleteDeps } from '../../inference/calls/call-types.ts';
import { completeUnits } from '../../inference/calls/complete-units.ts';
import { passFree } from '../../inference/calls/pass-free.ts';
import {
  elevenEndpoint,
  kindOf,
  type ElevenPath,
} from '../../inference/wires/elevenlabs/endpoint.ts';
import { shownRead, withoutKey } from '../../inference/wires/elevenlabs/free-reads.ts';
import { elevenSpeech } from '../../inference/wires/elevenlabs/speech.ts';
import { elevenTranscriptions } from '../../inference/wires/elevenlabs/transcriptions.ts';
import { bodyBytes } from '../../http/body.ts';
import { credentialOf, routeNotFound, type Handler } from '../../http/door.ts';
import { featureOf, type HttpRequest } from '../../http/request.ts';
import { callDeadlineMs } from './complete-call.ts';

const NO_BODY = new Uint8Array();
const SAFE = /^(?:\/[\w.~-]+)+$/;

/** ANY /elevenlabs/{path}: the vendor's own API: a closed list for every key, the rest for admin keys. */
export const elevenLabs =
  (deps: CompleteDeps): Handler =>
  async (request, context) => {
    const at = pathOf(request);
    const input = inputOf(deps, request, context);
    const call = { ...input, headers: request.headers, body: bodyBytes(request) };
    const kind = kindOf(at);
    if (kind === 'credentials') throw routeNotFound(request);
    if (kind === 'speech') return await completeUnits(deps, elevenSpeech(at), call);
    if (kind === 'transcription') return await completeUnits(deps, elevenTranscriptions(at), call);
    return await passFree(deps, input, {
      provider: 'elevenlabs',
      request: (apiKey) => {
        const { path, headers } = elevenEndpoint(at, { apiKey });
        const type = request.headers['content-type'];
        return {
          method: at.method,
          path,
          headers: { ...headers, ...(type === undefined ? {} : { 'content-type': type }) },
          body: at.method === 'GET' ? NO_BODY : call.body,
        };
      },
      unpriced: kind === 'free' ? null : at.path,
      shown: (body, isAdmin) => (isAdmin ? withoutKey(body) : shownRead(at.path, body)),
    });
  };

/** A path as it is written, so that what is matched here is what is asked there. */
const pathOf = (request: HttpRequest): ElevenPath => {
  const [method = 'GET'] = request.route.split(' ');
  const path = request.path.replace(/^\/elevenlabs/, '');
  if (!SAFE.test(path) || /(?:^|\/)\.{1,2}(?:\/|$)/.test(path)) throw routeNotFound(request);
  return { method, path, query: request.query };
};

const inputOf = (deps: CompleteDeps, request: HttpRequest, context: Context): CallInput => ({
  credential: credentialOf(request),
  requestId: request.requestId,
  holdId: request.holdId,
  feature: featureOf(request),
  deadlineMs: callDeadlineMs(deps, context),
});
