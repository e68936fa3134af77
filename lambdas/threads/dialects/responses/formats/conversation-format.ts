import * as z from 'zod';
import type { Thread } from '../../../domain/thread.ts';
import { conversationIdOf } from './responses-ids.ts';
import { inputItems } from './responses-input.ts';
import { metadata } from './responses-request.ts';
import type { ConversationView } from './responses-views.ts';

/** https://platform.openai.com/docs/api-reference/conversations/create */
const ITEMS_AT_ONCE_MAX = 20;

const items = inputItems(ITEMS_AT_ONCE_MAX);

export const createConversationBody = z.strictObject({
  items: items.nullish(),
  metadata: metadata.nullish(),
});
export const updateConversationBody = z.strictObject({ metadata: metadata.nullable() });
export const createItemsBody = z.strictObject({ items: items.min(1, 'at least one') });

/** A thread as a conversation. */
export const conversationView = ({
  threadId,
  createdAtMs,
  metadata: entries,
}: Thread): ConversationView => ({
  id: conversationIdOf(threadId),
  object: 'conversation',
  created_at: Math.floor(createdAtMs / 1_000),
  metadata: entries,
});
