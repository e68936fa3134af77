import * as z from 'zod';
import { wellFormed } from '../../../shared/characters.ts';
import { ERROR_TABLE } from '../../../shared/app-error.ts';
import { googleStatus } from '../../../shared/google-status.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { answerFrames, isStreamAnswer } from '../frames/answer-frames.ts';
import { sseText } from '../frames/sse.ts';
import { JSON_BODY, passedHeaders } from '../headers.ts';
import type { EndpointQuery, Wire, WireAccount } from '../wire.ts';
import { readChunk, readWhole, type GeminiFrame } from './answer.ts';
import { meterAnswer } from './meter.ts';
import { countRequest, measureContents, readContents, rewriteContents } from './request.ts';
import { encodeContents } from './turn-encode.ts';
import { endAnswer, startAnswer, stepAnswer, type GeminiStream } from './turn-stream.ts';
import { billOfAnswer } from './usage.ts';

/** Which client asks. */
const VENDOR = /^x-goog-api-client$/;
const counted = z.object({ totalTokens: z.int() });

/**
 * It reads public addresses too (https://ai.google.dev/gemini-api/docs/file-input-methods), and then nobody here knows how much
 * it reads: bytes bound the bill. Together they are what base64 leaves of 20 MB.
 */
const FILES = {
  image: { bytesMax: 7_000_000, countMax: 20 },
  document: { bytesMax: 7_000_000, countMax: 10 },
  bytesMax: 14_000_000,
};

/** The wire of Gemini: https://ai.google.dev/api/generate-content */
export const gemini: Wire<GeminiFrame, GeminiStream> = {
  name: 'gemini',
  kind: 'chat',
  route: 'POST /v1beta/models/{model}:generateContent',
  endpoint: (account, { model, isStream, action, headers }) => ({
    path: pathOf(model, action ?? (isStream ? 'streamGenerateContent?alt=sse' : 'generateContent')),
    headers: headersFor(account, headers),
  }),
  read: (body, _type, path) => readContents(body, path),
  unpricedHeaders: () => [],
  rewrite: rewriteContents,
  isStream: isStreamAnswer,
  frames: (answer) => answerFrames(answer, readChunk, readWhole),
  whole: (bytes) => ({ bytes, value: readWhole(bytes) }),
  meter: meterAnswer,
  bill: billOfAnswer,
  isShown: () => true,
  errorFrame: ({ code, message, requestId }) => {
    const { status } = ERROR_TABLE[code];
    return sseText(null, {
      error: { code: status, message, status: googleStatus(status), request_id: requestId },
    });
  },
  turn: {
    filesOf: () => FILES,
    encode: (request) => {
      const { body, ...rest } = encodeContents(wellFormed(request));
      return { call: measureContents(request.model, body), ...rest };
    },
    start: startAnswer,
    step: stepAnswer,
    end: endAnswer,
  },
  counter: {
    endpoint: (account, { model, headers }) => ({
      path: pathOf(model, 'countTokens'),
      headers: headersFor(account, headers),
    }),
    ask: countRequest,
    read: (answer) => counted.parse(JSON.parse(utf8Text(answer))).totalTokens,
    write: (tokens) => Buffer.from(JSON.stringify({ totalTokens: tokens })),
  },
};

/** A name is one part of the path, whatever it says. */
const pathOf = (model: string, action: string): string =>
  `/v1beta/models/${encodeURIComponent(model)}:${action}`;

const headersFor = ({ apiKey }: WireAccount, headers: EndpointQuery['headers']) => ({
  ...passedHeaders(headers, VENDOR),
  ...JSON_BODY,
  ...(apiKey === null ? {} : { 'x-goog-api-key': apiKey }),
});
