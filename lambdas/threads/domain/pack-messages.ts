import { TURN_MESSAGES_MAX } from './limits.ts';
import type { NewMessage } from './thread.ts';

/**
 * Messages that one transaction holds. Where there are more, those of one speaker that follow each other become one; null:
 * there are too many all the same.
 */
export const packMessages = (messages: readonly NewMessage[]): readonly NewMessage[] | null => {
  if (messages.length <= TURN_MESSAGES_MAX) return messages;
  const packed: NewMessage[] = [];
  for (const message of messages) {
    const last = packed.at(-1);
    const isSame = last?.role === message.role && (last.model ?? null) === (message.model ?? null);
    if (last !== undefined && isSame)
      packed[packed.length - 1] = { ...last, content: [...last.content, ...message.content] };
    else packed.push(message);
  }
  return packed.length <= TURN_MESSAGES_MAX ? packed : null;
};
