import { wellFormed } from '../../../shared/characters.ts';
import type { MessageFrame } from '../anthropic-messages/event.ts';
import {
  endMessage,
  startMessage,
  stepMessage,
  type MessageStream,
} from '../anthropic-messages/turn-stream.ts';
import { eventMessages, isEventStream } from '../frames/aws-event-stream.ts';
import { sseText } from '../frames/sse.ts';
import { JSON_BODY } from '../headers.ts';
import type { Wire } from '../wire.ts';
import { readEvent, readWhole } from './event.ts';
import { meterEvent } from './meter.ts';
import { measureConverse, readConverse, rewriteConverse } from './request.ts';
import { encodeConverse } from './turn-encode.ts';
import { billOfConverse } from './usage.ts';

/**
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Message.html counts by message; this is of a call, and
 * together what base64 leaves of 20 MB.
 */
const FILES = {
  image: { bytesMax: 3_750_000, countMax: 20 },
  document: { bytesMax: 4_500_000, countMax: 5 },
  bytesMax: 14_000_000,
};

/** Converse of Bedrock: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html */
export const bedrockConverse: Wire<MessageFrame, MessageStream> = {
  name: 'bedrock-converse',
  kind: 'chat',
  route: 'POST /v1/chat/completions',
  endpoint: ({ apiKey }, { model, isStream }) => ({
    path: `/model/${encodeURIComponent(model)}/${isStream ? 'converse-stream' : 'converse'}`,
    headers: { ...JSON_BODY, ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }) },
    // Without a key it is the function itself that asks, by its role.
    ...(apiKey === null ? { signedAs: 'bedrock' } : {}),
  }),
  read: (body, _type, path) => readConverse(body, path),
  unpricedHeaders: () => [],
  rewrite: rewriteConverse,
  isStream: (_call, type) => isEventStream(type),
  frames: (answer) => eventMessages(answer, readEvent),
  whole: (bytes) => ({ bytes, value: readWhole(bytes) }),
  meter: meterEvent,
  bill: billOfConverse,
  isShown: () => true,
  errorFrame: ({ type, message }) => sseText('error', { type: 'error', error: { type, message } }),
  turn: {
    filesOf: () => FILES,
    encode: (request) => {
      const { body, ...rest } = encodeConverse(wellFormed(request));
      return { call: measureConverse(request.model, body), ...rest };
    },
    start: startMessage,
    step: stepMessage,
    end: endMessage,
  },
  counter: null,
};
