import type { Block } from '../../../../inference/turn/turn.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { TURN_BYTES_MAX, TURN_MESSAGES_MAX } from '../../../domain/limits.ts';
import { packMessages } from '../../../domain/pack-messages.ts';
import type { NewMessage, Thread } from '../../../domain/thread.ts';
import { itemMessages, type ReferredMessages } from '../formats/input-messages.ts';
import type { InputItem } from '../formats/responses-input.ts';
import type { ThreadStore } from '../../../ports/store.ts';

const CALLS_LOOKED_FOR_MESSAGES = 100;

/** What a request's items say. Throws AppError (400) for what one transaction does not hold. */
export const messagesOf = (
  items: readonly InputItem[],
  model: string | null,
  field: string,
  referred: ReferredMessages,
): readonly NewMessage[] => {
  const messages = packMessages(unstoredMessagesOf(items, model, field, referred));
  if (messages !== null) return messages;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${field}: at most ${TURN_MESSAGES_MAX} turns of one speaker; go on from a response or a conversation, or send store: false`,
    facts: { param: field },
  });
};

/** The same where as many turns as there are may be said at once. */
export const unstoredMessagesOf = (
  items: readonly InputItem[],
  model: string | null,
  field: string,
  referred: ReferredMessages,
): readonly NewMessage[] => {
  const messages = itemMessages(items, model, field, referred);
  refuseLarge(messages, field);
  return messages;
};

const refuseLarge = (messages: readonly NewMessage[], field: string): void => {
  if (Buffer.byteLength(JSON.stringify(messages)) <= TURN_BYTES_MAX) return;
  throw new AppError({
    code: 'body_too_large',
    publicMessage: `${field}: at most ${TURN_BYTES_MAX} bytes at once`,
    facts: { param: field },
  });
};

/** An output belongs to a call of the request or of the thread's latest messages: no provider accepts another one. */
export const refuseStrayOutputs = async (
  store: Pick<ThreadStore, 'history'>,
  thread: Thread,
  items: readonly InputItem[],
  referred: ReferredMessages,
): Promise<void> => {
  const calls = new Set<string>();
  const strays: { readonly index: number; readonly id: string }[] = [];
  for (const [index, item] of items.entries()) {
    switch (item.type) {
      case 'function_call':
      case 'custom_tool_call':
      case 'tool_search_call':
        calls.add(item.call_id);
        break;
      case 'function_call_output':
      case 'custom_tool_call_output':
      case 'tool_search_output':
        if (!calls.has(item.call_id)) strays.push({ index, id: item.call_id });
        break;
      case 'item_reference':
        for (const id of callsIn(referred.get(item.id)?.content ?? [])) calls.add(id);
        break;
      default:
    }
  }
  if (strays.length === 0) return;
  const { steps } = await store.history(thread, {
    beforeSeq: null,
    afterSeq: null,
    order: 'desc',
    limit: CALLS_LOOKED_FOR_MESSAGES,
  });
  for (const id of callsIn(steps.flatMap(({ content }) => content))) calls.add(id);
  const stray = strays.find(({ id }) => !calls.has(id));
  if (stray === undefined) return;
  const param = `input.${stray.index}.call_id`;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: there is no function call ${stray.id}`,
    facts: { param },
  });
};

const callsIn = (blocks: readonly Block[]): readonly string[] =>
  blocks.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
