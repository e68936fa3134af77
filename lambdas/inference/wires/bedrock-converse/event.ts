import { utf8Text } from '../../../shared/utf8.ts';
import type { Block, BlockDelta, Json } from '../../turn/turn.ts';
import type { MessageFrame } from '../anthropic-messages/event.ts';
import { countOf, fieldsOf, listOf, outputOf, textOf } from '../fields.ts';
import type { EventMessage } from '../frames/aws-event-stream.ts';
import { jsonAnswer, jsonFrame } from '../frames/json-frame.ts';

type Fields = Readonly<Record<string, Json>>;

/**
 * An event of ConverseStream as the event of the messages wire that says the same, but for its counts, which the meter reads
 * by their own names. https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html
 */
export const readEvent = (message: EventMessage | null, cause: unknown): MessageFrame => {
  if (message === null) return { type: 'unreadable', cause, output: '' };
  const { headers, payload } = message;
  if (headers[':message-type'] !== 'event') return errorOf(headers, payload);
  return jsonFrame(payload === '' ? '{}' : payload, (value) =>
    eventOf(headers[':event-type'] ?? '', fieldsOf(value)),
  );
};

/** An exception has its kind in a header. */
const errorOf = (headers: EventMessage['headers'], payload: string): MessageFrame => ({
  type: 'error',
  error: {
    type: headers[':exception-type'] ?? headers[':error-code'] ?? 'error',
    message: payload,
  },
});

const eventOf = (type: string, event: Fields): MessageFrame => {
  const index = countOf(event['contentBlockIndex']);
  switch (type) {
    case 'messageStart':
      return { type: 'message_start', id: '', model: '', usage: null };
    case 'contentBlockStart': {
      const { toolUse } = fieldsOf(event['start']);
      const block = toolUse === undefined ? null : callOf(toolUse);
      return { type: 'content_block_start', index, block, output: nameOf(toolUse) };
    }
    case 'contentBlockDelta':
      return deltaOf(index, fieldsOf(event['delta']));
    case 'contentBlockStop':
      return { type: 'content_block_stop', index };
    case 'messageStop':
      return {
        type: 'message_delta',
        stopReason: reasonOf(textOf(event['stopReason'])),
        usage: null,
      };
    case 'metadata':
      return { type: 'message_delta', stopReason: null, usage: event['usage'] ?? null };
    default:
      return { type: 'other' };
  }
};

const deltaOf = (index: number | null, delta: Fields): MessageFrame => {
  const { text, toolUse, reasoningContent } = delta;
  const of = (value: BlockDelta | null, output: string): MessageFrame => ({
    type: 'content_block_delta',
    index,
    delta: value,
    output,
  });
  if (typeof text === 'string') return of({ type: 'text_delta', text }, text);
  if (toolUse !== undefined) {
    const partial_json = outputOf(fieldsOf(toolUse)['input']);
    return of({ type: 'input_json_delta', partial_json }, partial_json);
  }
  const { text: thinking, signature, redactedContent } = fieldsOf(reasoningContent);
  if (typeof redactedContent === 'string')
    return { type: 'content_block_start', index, block: sealedBlock(redactedContent), output: '' };
  if (typeof thinking === 'string') return of({ type: 'thinking_delta', thinking }, thinking);
  if (typeof signature === 'string') return of({ type: 'signature_delta', signature }, '');
  return of(null, '');
};

/** A thought that is sealed comes at once, in the first delta of its block, and goes back as it came. */
const sealedBlock = (data: string): Block => ({ type: 'redacted_thinking', data });

const nameOf = (toolUse: Json | undefined): string => textOf(fieldsOf(toolUse)['name']);

const callOf = (toolUse: Json | undefined): Block | null => {
  const { toolUseId, input } = fieldsOf(toolUse);
  const name = nameOf(toolUse);
  return name === '' ? null : { type: 'tool_use', id: textOf(toolUseId), name, input: input ?? {} };
};

/** What somebody kept back, in words that the turn knows. */
const reasonOf = (reason: string): string | null => {
  if (reason === '') return null;
  return /^(?:guardrail_intervened|content_filtered)$/.test(reason) ? 'content_filter' : reason;
};

/** An answer in one body: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html */
export const readWhole = (bytes: Uint8Array): MessageFrame => {
  const { output, stopReason, usage, message } = fieldsOf(jsonAnswer(bytes));
  const content = listOf(fieldsOf(fieldsOf(output)['message'])['content']);
  if (output === undefined && usage === undefined)
    return { type: 'error', error: { type: 'error', message: textOf(message) } };
  const blocks = content.map(blockOf).filter((block) => block !== null);
  const words = content.map(outputOfBlock).join('');
  return {
    type: 'message',
    id: '',
    model: '',
    blocks,
    stopReason: reasonOf(textOf(stopReason)),
    output: words === '' && usage === undefined ? utf8Text(bytes) : words,
    usage: usage ?? null,
  };
};

const blockOf = (value: Json): Block | null => {
  const { text, toolUse, reasoningContent } = fieldsOf(value);
  if (typeof text === 'string') return { type: 'text', text };
  if (toolUse !== undefined) return callOf(toolUse);
  const { reasoningText, redactedContent } = fieldsOf(reasoningContent);
  if (typeof redactedContent === 'string') return sealedBlock(redactedContent);
  const { text: thinking, signature } = fieldsOf(reasoningText);
  if (typeof thinking !== 'string') return null;
  return { type: 'thinking', thinking, ...(typeof signature === 'string' ? { signature } : {}) };
};

const outputOfBlock = (value: Json): string => {
  const { text, toolUse, reasoningContent } = fieldsOf(value);
  const { name, input } = fieldsOf(toolUse);
  const { text: thinking } = fieldsOf(fieldsOf(reasoningContent)['reasoningText']);
  return textOf(text) + textOf(name) + outputOf(input) + textOf(thinking);
};
