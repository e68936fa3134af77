import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import {
  answers,
  CALL_ERRORS,
  chapter,
  errorSchema,
  json,
  path,
} from '../../http/openapi-parts.ts';
import {
  compactedSchema,
  conversationSchema,
  itemListSchema,
  itemSchema,
  metadataSchema,
  RESPONSES,
  responseSchema,
} from '../dialects/responses/formats/responses-views.ts';
import {
  COMPACTED,
  CONVERSATION,
  goneOf,
  ITEM,
  itemsOf,
  RESPONSE,
  RESPONSE_REQUEST,
  SAID,
} from './openapi-examples.ts';

const responses = chapter('Responses');

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
    'application/json': { schema: responseSchema, example: RESPONSE },
    'text/event-stream': { schema: z.string() },
  },
};
const itemQuery = z.object({
  limit: z.string().optional(),
  order: z.enum(['asc', 'desc']).optional(),
  after: z.string().optional().describe('id of the last item of the page before'),
});
const gone = (one: { readonly id: string; readonly object: string }) =>
  json(z.looseObject({ id: z.string(), deleted: z.literal(true) }), goneOf(one));
const oneResponse = path('response_id');
const oneConversation = path('conversation_id');
const oneItem = { path: z.object({ conversation_id: z.string(), item_id: z.string() }) };
const newItems = z.array(inputItem);

/** Routes of OpenAI's Responses and Conversations. */
export const responsePaths: ZodOpenApiPathsObject = {
  '/v1/responses': {
    get: {
      ...responses('openResponseSocket', 'Say that responses are served over HTTP alone'),
      ...answers(
        'default',
        '426 where a WebSocket was asked for, else 404',
        json(errorSchema, {
          error: {
            type: 'invalid_request_error',
            code: 'upgrade_required',
            message: 'Responses are served over HTTP alone: POST them here, with stream: true.',
            request_id: 'req_1a2b3c',
          },
        }),
      ),
    },
    post: {
      ...responses('createResponse', 'Answer as OpenAI’s Responses do'),
      requestBody: json(request, RESPONSE_REQUEST),
      ...answers(
        '200',
        'The response: streamed, whole, or with background at once. Headers: x-sluice-emulated (fields that were done in another way), and of who answers x-sluice-model, x-sluice-provider, x-sluice-route (by a route), x-sluice-simulated',
        streamedOrWhole,
        CALL_ERRORS,
      ),
    },
  },
  '/v1/responses/input_tokens': {
    post: {
      ...responses('countResponseTokens', 'Count the input tokens of a response'),
      requestBody: json(request, RESPONSE_REQUEST),
      ...answers(
        '200',
        'The input tokens of the request; nothing is spent. Headers: x-sluice-route (by a name of the project), x-sluice-emulated (input_tokens: an estimate, never less than what is billed), x-sluice-simulated',
        json(
          z.strictObject({ object: z.literal('response.input_tokens'), input_tokens: z.int() }),
          { object: 'response.input_tokens', input_tokens: 11 },
        ),
      ),
    },
  },
  '/v1/responses/compact': {
    post: {
      ...responses('compactResponse', 'Sum up a conversation'),
      requestBody: json(compactRequest, RESPONSE_REQUEST),
      ...answers(
        '200',
        'What the user said, and one item that sums up the rest',
        json(compactedSchema, COMPACTED),
        CALL_ERRORS,
      ),
    },
  },
  '/v1/responses/{response_id}': {
    get: {
      ...responses('getResponse', 'Get a response, or resume its events'),
      requestParams: {
        ...oneResponse,
        query: z.object({
          stream: z.enum(['true', 'false']).optional(),
          starting_after: z.string().optional().describe('sequence number seen last'),
        }),
      },
      ...answers('200', 'The response as it stands, or its events', streamedOrWhole),
    },
    delete: {
      ...responses('deleteResponse', 'Delete a response'),
      requestParams: oneResponse,
      ...answers('200', 'Gone at once', gone(RESPONSE)),
    },
  },
  '/v1/responses/{response_id}/cancel': {
    post: {
      ...responses('cancelResponse', 'Cancel a background response'),
      requestParams: oneResponse,
      ...answers('200', 'The response', json(responseSchema, { ...RESPONSE, status: 'cancelled' })),
    },
  },
  '/v1/responses/{response_id}/input_items': {
    get: {
      ...responses('listInputItems', 'List what came before a response'),
      requestParams: { ...oneResponse, query: itemQuery },
      ...answers(
        '200',
        'What was said before the response, the latest first',
        json(itemListSchema, itemsOf(SAID)),
      ),
    },
  },
  '/v1/conversations': {
    post: {
      ...responses('createConversation', 'Create a conversation'),
      requestBody: json(
        z.looseObject({ items: newItems.nullish(), metadata: metadataSchema.nullish() }),
        { metadata: { page: 'trips' } },
      ),
      ...answers('200', 'The conversation', json(conversationSchema, CONVERSATION)),
    },
  },
  '/v1/conversations/{conversation_id}': {
    get: {
      ...responses('getConversation', 'Get a conversation'),
      requestParams: oneConversation,
      ...answers('200', 'The conversation', json(conversationSchema, CONVERSATION)),
    },
    post: {
      ...responses('updateConversation', 'Replace the metadata of a conversation'),
      requestParams: oneConversation,
      requestBody: json(z.strictObject({ metadata: metadataSchema.nullable() }), {
        metadata: { page: 'trips' },
      }),
      ...answers(
        '200',
        'The conversation; its metadata is what was sent',
        json(conversationSchema, CONVERSATION),
      ),
    },
    delete: {
      ...responses('deleteConversation', 'Delete a conversation'),
      requestParams: oneConversation,
      ...answers('200', 'Gone at once', gone(CONVERSATION)),
    },
  },
  '/v1/conversations/{conversation_id}/items': {
    post: {
      ...responses('createConversationItems', 'Add items to a conversation'),
      requestParams: oneConversation,
      requestBody: json(z.looseObject({ items: newItems }), { items: [SAID] }),
      ...answers('200', 'The items, with their ids', json(itemListSchema, itemsOf(SAID))),
    },
    get: {
      ...responses('listConversationItems', 'List the items of a conversation'),
      requestParams: { ...oneConversation, query: itemQuery },
      ...answers('200', 'Items, the latest first', json(itemListSchema, itemsOf(SAID))),
    },
  },
  '/v1/conversations/{conversation_id}/items/{item_id}': {
    get: {
      ...responses('getConversationItem', 'Get one item'),
      requestParams: oneItem,
      ...answers('200', 'The item', json(itemSchema, ITEM)),
    },
    delete: {
      ...responses('deleteConversationItem', 'Delete one item'),
      requestParams: oneItem,
      ...answers('200', 'The conversation', json(conversationSchema, CONVERSATION)),
    },
  },
};
