import * as z from 'zod';
import { utf8Text } from '../../../shared/utf8.ts';
import { JSON_BODY, passedHeaders } from '../headers.ts';
import { answerFrames, isStreamAnswer } from '../frames/answer-frames.ts';
import { sseText } from '../frames/sse.ts';
import type { EndpointQuery, Wire, WireAccount } from '../wire.ts';
import { eventReader, type MessageFrame } from './event.ts';
import { meterEvent, readMessage } from './meter.ts';
import { readMessages, rewriteMessages } from './request.ts';
import { unpricedHeaders } from './known.ts';
import { billOfMessage } from './usage.ts';
import type { MessageStream } from './turn-stream.ts';

/** How a call is answered, whose it is, and which client asks. */
const VENDOR = /^(anthropic-|x-stainless-)/;
/** A count has no owner and no bill. */
const COUNTER = /^anthropic-(version|beta)$/;
const VERSION = '2023-06-01';
const counted = z.object({ input_tokens: z.int() });

/** The messages wire of Anthropic, for calls that pass as they come: most of them. Its turns are beside the bundle. */
export const messagesCalls: Wire<MessageFrame, MessageStream> = {
  name: 'anthropic-messages',
  kind: 'chat',
  route: 'POST /v1/messages',
  endpoint: (account, { headers }) => ({
    path: '/v1/messages',
    headers: headersFor(account, headers, VENDOR),
  }),
  read: readMessages,
  unpricedHeaders,
  rewrite: rewriteMessages,
  isStream: isStreamAnswer,
  frames: (answer) => answerFrames(answer, eventReader(), readMessage),
  whole: (bytes) => ({ bytes, value: readMessage(bytes) }),
  meter: meterEvent,
  bill: (told, { cacheWrites }) => billOfMessage(told, cacheWrites),
  isShown: () => true,
  errorFrame: ({ type, message, requestId }) =>
    sseText('error', { type: 'error', error: { type, message }, request_id: requestId }),
  turn: null,
  counter: {
    endpoint: (account, { headers }) => ({
      path: '/v1/messages/count_tokens',
      headers: headersFor(account, headers, COUNTER),
    }),
    ask: (call, model) => rewriteMessages(call, model, null),
    read: (answer) => counted.parse(JSON.parse(utf8Text(answer))).input_tokens,
    write: (tokens) => Buffer.from(JSON.stringify({ input_tokens: tokens })),
  },
};

const headersFor = (
  { apiKey }: WireAccount,
  headers: EndpointQuery['headers'],
  vendor: RegExp,
) => ({
  'anthropic-version': VERSION,
  ...passedHeaders(headers, vendor),
  ...JSON_BODY,
  ...(apiKey === null ? {} : { 'x-api-key': apiKey }),
});
