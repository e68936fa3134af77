import * as z from 'zod';
import { itemKeyText } from '../../../../http/item-key-text.ts';
import { contentSchema } from '../../../formats/read-content.ts';
import { turnSettings } from '../../../formats/turn-settings.ts';
import { contentOf } from './part-content.ts';

const part = z.looseObject({ type: z.string() });
const message = z.looseObject({
  /** The latest one's is the id of the request. */
  id: itemKeyText.optional(),
  role: z.enum(['system', 'user', 'assistant']),
  parts: z.array(part).max(1_000),
});
export type UiMessage = z.infer<typeof message>;
export type UiPart = z.infer<typeof part>;

/**
 * The body that `DefaultChatTransport` sends; what Sluice adds (`model` and the settings of a turn) comes by the
 * transport's own `body` option. Other shapes become this one by `plainPage`. https://ai-sdk.dev/docs/ai-sdk-ui/transport
 */
export const aiChatBody = z.looseObject({
  id: z.string().min(1).max(256),
  messages: z.array(message).min(1).max(10_000),
  trigger: z.enum(['submit-message', 'regenerate-message']).default('submit-message'),
  messageId: z.string().max(256).optional(),
  /** The list is all that the page shows: what the thread has after the place where it ends is replaced. */
  replace_rest: z.boolean().optional(),
  ...turnSettings,
  /** Absent: it waits for a run at work, and ends one that waits for somebody. */
  concurrency: turnSettings.concurrency.unwrap().optional(),
});
export type AiChatBody = z.infer<typeof aiChatBody>;

/** What a person says must be something. */
export const saidContent = z.object({ content: contentSchema });

/** The latest message of the person, as content of our own route; null: the last message is no person's. */
export const saidLast = (
  body: AiChatBody,
): { readonly id: string | undefined; readonly content: readonly object[] } | null => {
  const last = body.messages.at(-1);
  if (last?.role !== 'user') return null;
  return { id: last.id, content: last.parts.flatMap((each, index) => contentOf(each, index)) };
};
