import { AppError } from '../../../../shared/app-error.ts';
import { TURN_BYTES_MAX, TURN_MESSAGES_MAX } from '../../../domain/limits.ts';
import { packMessages } from '../../../domain/pack-messages.ts';
import type { NewMessage, Thread } from '../../../domain/thread.ts';
import { saidMessages, type InputItem } from '../formats/responses-input.ts';
import type { ThreadStore } from '../../../ports/store.ts';

const CALLS_LOOKED_FOR_MESSAGES = 100;

/** What a request's items say. Throws AppError (400) for what one transaction does not take. */
export const messagesOf = (
  items: readonly InputItem[],
  model: string | null,
  field: string,
): readonly NewMessage[] => {
  const messages = packMessages(saidMessages(items, model, field));
  if (messages === null)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: `${field}: at most ${TURN_MESSAGES_MAX} turns of one speaker; go on from a response or a conversation`,
      facts: { param: field },
    });
  refuseLarge(messages, field);
  return messages;
};

/** The same where nothing is written: as many turns as there are. */
export const unstoredMessagesOf = (
  items: readonly InputItem[],
  model: string,
  field: string,
): readonly NewMessage[] => {
  const messages = saidMessages(items, model, field);
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

/** An output belongs to a call of the request or of the thread's latest messages: no provider takes another one. */
export const refuseStrayOutputs = async (
  store: Pick<ThreadStore, 'history'>,
  thread: Thread,
  items: readonly InputItem[],
): Promise<void> => {
  const calls = new Set<string>();
  const strays: { readonly index: number; readonly id: string }[] = [];
  for (const [index, item] of items.entries()) {
    if (item.type === 'function_call') calls.add(item.call_id);
    if (item.type === 'function_call_output' && !calls.has(item.call_id))
      strays.push({ index, id: item.call_id });
  }
  if (strays.length === 0) return;
  const { steps } = await store.history(thread, {
    beforeSeq: null,
    afterSeq: null,
    order: 'desc',
    limit: CALLS_LOOKED_FOR_MESSAGES,
  });
  for (const block of steps.flatMap(({ content }) => content))
    if (block.type === 'tool_use') calls.add(block.id);
  const stray = strays.find(({ id }) => !calls.has(id));
  if (stray === undefined) return;
  const param = `input.${stray.index}.call_id`;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: there is no function call ${stray.id}`,
    facts: { param },
  });
};
