import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { answers, CALL_ERRORS, json, path } from '../../http/openapi-parts.ts';
import {
  compactedSchema,
  conversationSchema,
  itemListSchema,
  itemSchema,
  metadataSchema,
  RESPONSES,
  responseSchema,
} from '../dialects/responses/formats/responses-views.ts';

const inputItem = z.looseObject({ type: z.string().optional() });

const request = z
  .looseObject({
    model: z.string(),
    input: z.union([z.string(), z.array(inputItem)]).optional(),
    stream: z.boolean().optional(),
    background: z.boolean().optional(),
    store: z.boolean().optional(),
    previous_response_id: z.string().nullish(),
    conversation: z.union([z.string(), z.looseObject({ id: z.string() })]).nullish(),
  })
  .meta({ id: 'ResponseRequest', description: RESPONSES });

const compactRequest = z
  .looseObject({
    model: z.string(),
    input: z.union([z.string(), z.array(inputItem)]).nullish(),
    instructions: z.string().nullish(),
    previous_response_id: z.string().nullish(),
  })
  .meta({ id: 'CompactRequest', description: RESPONSES });

const streamedOrWhole = {
  content: {
    'application/json': { schema: responseSchema },
    'text/event-stream': { schema: z.string() },
  },
};
const itemQuery = z.object({
  limit: z.string().optional(),
  order: z.enum(['asc', 'desc']).optional(),
  after: z.string().optional().describe('id of the last item of the page before'),
});
const gone = json(z.looseObject({ id: z.string(), deleted: z.literal(true) }));
const oneResponse = path('response_id');
const oneConversation = path('conversation_id');
const oneItem = { path: z.object({ conversation_id: z.string(), item_id: z.string() }) };
const newItems = z.array(inputItem);

/** Routes of OpenAI's Responses and Conversations. */
export const responsePaths: ZodOpenApiPathsObject = {
  '/v1/responses': {
    post: {
      requestBody: json(request),
      ...answers(
        '200',
        'The response: streamed, whole, or with background at once',
        streamedOrWhole,
        CALL_ERRORS,
      ),
    },
  },
  '/v1/responses/input_tokens': {
    post: {
      requestBody: json(request),
      ...answers(
        '200',
        'What the request would be told, counted',
        json(z.strictObject({ object: z.literal('response.input_tokens'), input_tokens: z.int() })),
      ),
    },
  },
  '/v1/responses/compact': {
    post: {
      requestBody: json(compactRequest),
      ...answers(
        '200',
        'What the user said, and one item that sums up the rest',
        json(compactedSchema),
        CALL_ERRORS,
      ),
    },
  },
  '/v1/responses/{response_id}': {
    get: {
      requestParams: {
        ...oneResponse,
        query: z.object({
          stream: z.enum(['true', 'false']).optional(),
          starting_after: z.string().optional().describe('sequence number seen last'),
        }),
      },
      ...answers('200', 'The response as it stands, or its events', streamedOrWhole),
    },
    delete: { requestParams: oneResponse, ...answers('200', 'Gone at once', gone) },
  },
  '/v1/responses/{response_id}/cancel': {
    post: { requestParams: oneResponse, ...answers('200', 'The response', json(responseSchema)) },
  },
  '/v1/responses/{response_id}/input_items': {
    get: {
      requestParams: { ...oneResponse, query: itemQuery },
      ...answers(
        '200',
        'What was said before the response, the latest first',
        json(itemListSchema),
      ),
    },
  },
  '/v1/conversations': {
    post: {
      requestBody: json(
        z.looseObject({ items: newItems.nullish(), metadata: metadataSchema.nullish() }),
      ),
      ...answers('200', 'The conversation', json(conversationSchema)),
    },
  },
  '/v1/conversations/{conversation_id}': {
    get: { requestParams: oneConversation, ...answers('200', 'It', json(conversationSchema)) },
    post: {
      requestParams: oneConversation,
      requestBody: json(z.strictObject({ metadata: metadataSchema.nullable() })),
      ...answers(
        '200',
        'The conversation; its metadata is what was sent',
        json(conversationSchema),
      ),
    },
    delete: { requestParams: oneConversation, ...answers('200', 'Gone at once', gone) },
  },
  '/v1/conversations/{conversation_id}/items': {
    post: {
      requestParams: oneConversation,
      requestBody: json(z.looseObject({ items: newItems })),
      ...answers('200', 'The items, with their ids', json(itemListSchema)),
    },
    get: {
      requestParams: { ...oneConversation, query: itemQuery },
      ...answers('200', 'Items, the latest first', json(itemListSchema)),
    },
  },
  '/v1/conversations/{conversation_id}/items/{item_id}': {
    get: { requestParams: oneItem, ...answers('200', 'The item', json(itemSchema)) },
    delete: {
      requestParams: oneItem,
      ...answers('200', 'The conversation', json(conversationSchema)),
    },
  },
};
