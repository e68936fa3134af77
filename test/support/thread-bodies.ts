const MODEL = 'gpt-4o-mini';

/** Bodies that routes of threads take, so that what is strange is the one thing that is wrong with them. */
export const THREAD_BODIES: Readonly<Record<string, object>> = {
  'POST /v1/threads': {},
  'PATCH /v1/threads/{thread_id}': { title: 'a' },
  'POST /v1/threads/{thread_id}/fork': { seq: 1 },
  'POST /v1/threads/{thread_id}/messages': { model: MODEL, content: 'hi', max_tokens: 100 },
  'POST /v1/threads/{thread_id}/messages/{seq}/edit': { model: MODEL, content: 'hi' },
  'POST /v1/threads/{thread_id}/messages/{seq}/regenerate': { model: MODEL },
  'POST /v1/threads/{thread_id}/tool-results/{tool_use_id}': { content: 'x' },
  'POST /v1/responses': { model: MODEL, input: 'hi' },
  'POST /v1/responses/input_tokens': { model: MODEL, input: 'hi' },
  'POST /v1/responses/compact': { model: MODEL, input: 'hi' },
  'POST /v1/conversations': {},
  'POST /v1/conversations/{conversation_id}': { metadata: {} },
  'POST /v1/conversations/{conversation_id}/items': { items: [{ role: 'user', content: 'hi' }] },
  'POST /v1/ai/chat': {
    id: 'chat',
    model: MODEL,
    messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'hi' }] }],
  },
};

/** What of threads is listed in pages. */
export const THREAD_LISTS = [
  '/v1/threads',
  '/v1/threads/{thread_id}/messages',
  '/v1/responses/{response_id}/input_items',
  '/v1/conversations/{conversation_id}/items',
];
