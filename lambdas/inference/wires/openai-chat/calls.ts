import { JSON_BODY, passedHeaders } from '../headers.ts';
import { answerFrames, isStreamAnswer } from '../frames/answer-frames.ts';
import { sseText } from '../frames/sse.ts';
import type { Wire } from '../wire.ts';
import { meterChunk, chunkReader, readAnswer, type ChatFrame } from './chunk.ts';
import { readChat, rewriteChat } from './request.ts';
import { unpricedHeaders } from './known.ts';
import { billOfChat } from './usage.ts';
import type { ChatStream } from './turn-stream.ts';

/** How a call is answered, and which client asks. */
const VENDOR = /^(openai-beta$|x-stainless-)/;

/**
 * The chat completions wire of OpenAI and of everyone who speaks it, for calls that pass as they come: most of them. Its
 * turns are beside the bundle.
 */
export const chatCalls: Wire<ChatFrame, ChatStream> = {
  name: 'openai-chat',
  kind: 'chat',
  route: 'POST /v1/chat/completions',
  endpoint: ({ apiKey }, { headers }) => ({
    path: '/chat/completions',
    headers: {
      ...passedHeaders(headers, VENDOR),
      ...JSON_BODY,
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
    },
  }),
  read: readChat,
  unpricedHeaders,
  rewrite: rewriteChat,
  isStream: isStreamAnswer,
  frames: (answer) => answerFrames(answer, chunkReader(), readAnswer),
  whole: (bytes) => ({ bytes, value: readAnswer(bytes) }),
  meter: meterChunk,
  bill: billOfChat,
  isShown: ({ wantsUsage, isStream }, { value }) =>
    wantsUsage || !isStream || value?.type !== 'chunk' || !value.isUsageOnly,
  errorFrame: ({ code, type, message, requestId }) =>
    sseText(null, { error: { message, type, code, param: null, request_id: requestId } }),
  turn: null,
  counter: null,
};
