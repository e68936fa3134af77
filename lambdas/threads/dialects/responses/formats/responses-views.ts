import * as z from 'zod';
import type { DeepReadonly } from '../../../../shared/deep-readonly.ts';

/** OpenAI's own document describes these bodies; docs/dialects.md says which fields of them are served. */
export const RESPONSES = 'As in https://platform.openai.com/docs/api-reference/responses';
const CONVERSATIONS = 'As in https://platform.openai.com/docs/api-reference/conversations';

const seconds = z.int().describe('epoch seconds, UTC');
export const metadataSchema = z.record(z.string(), z.string());

export const itemSchema = z.looseObject({ type: z.string(), id: z.string() });

export const responseSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('response'),
    status: z.enum(['queued', 'in_progress', 'completed', 'incomplete', 'cancelled', 'failed']),
    model: z.string(),
    output: z.array(itemSchema),
  })
  .meta({ id: 'Response', description: RESPONSES });
export type ResponseView = DeepReadonly<z.infer<typeof responseSchema>>;

export const compactedSchema = z
  .looseObject({
    id: z.string(),
    object: z.literal('response.compaction'),
    created_at: seconds,
    output: z.array(itemSchema),
    usage: z.looseObject({ input_tokens: z.int(), output_tokens: z.int(), total_tokens: z.int() }),
  })
  .meta({ id: 'CompactedResponse', description: RESPONSES });
export type CompactedView = DeepReadonly<z.infer<typeof compactedSchema>>;

export const conversationSchema = z
  .strictObject({
    id: z.string(),
    object: z.literal('conversation'),
    created_at: seconds,
    metadata: metadataSchema,
  })
  .meta({ id: 'Conversation', description: CONVERSATIONS });
export type ConversationView = DeepReadonly<z.infer<typeof conversationSchema>>;

export const itemListSchema = z
  .strictObject({
    object: z.literal('list'),
    data: z.array(itemSchema),
    first_id: z.string().describe('empty in an empty list'),
    last_id: z.string().describe('empty in an empty list'),
    has_more: z.boolean(),
  })
  .meta({ id: 'ItemList' });
export type ItemListView = DeepReadonly<z.infer<typeof itemListSchema>>;
