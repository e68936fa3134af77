import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listOf } from '../../http/lists.ts';
import { answers, CALL_ERRORS, json, path } from '../../http/openapi-parts.ts';
import { MESSAGE_STATUSES } from '../domain/thread.ts';
import { aiChatBody } from '../dialects/ai-sdk/formats/ai-chat-body.ts';
import {
  appendBody,
  historyQuery,
  postMessageBody,
  regenerateBody,
  toolResultBody,
} from '../dialects/native/formats/message-format.ts';
import {
  createThreadBody,
  forkThreadBody,
  listThreadsQuery,
  patchThreadBody,
} from '../dialects/native/formats/thread-format.ts';
import {
  micros,
  runSchema,
  threadSchema,
  time,
  usage,
} from '../dialects/native/formats/native-schemas.ts';
import { responsePaths } from './openapi-responses.ts';
import { toolPaths } from './openapi-tools.ts';

const toolSchema = z.strictObject({
  tool_use_id: z.string(),
  name: z.string(),
  status: z.enum(['completed', 'failed', 'timed_out', 'cancelled', 'denied']),
  latency_ms: z.number(),
  attempts: z.int(),
});

const messageSchema = z
  .looseObject({
    id: z.string(),
    thread_id: z.string(),
    seq: z.int(),
    role: z.enum(['user', 'assistant', 'system']),
    content: z.array(z.looseObject({ type: z.string() })),
    tools: z.array(toolSchema).optional().describe('how its calls went; absent: it has none'),
    status: z.enum(MESSAGE_STATUSES),
    resume_cursor: z.string().optional(),
    stop_reason: z.string().nullable(),
    model: z.string().nullable(),
    provider: z.string().nullable(),
    usage,
    cost_micros: micros,
    request_id: z.string().nullable(),
    run_id: z.string().nullable(),
    end_user_id: z.string().nullable(),
    created_at: time,
    completed_at: time.nullable(),
  })
  .meta({ id: 'Message' });

const thread = path('thread_id');
const turn = {
  content: {
    'application/json': { schema: messageSchema },
    'text/event-stream': { schema: z.string() },
  },
};
const TURN =
  'The answer: streamed, or with stream=false as one message. Headers: x-sluice-thread-id, x-sluice-run-id, x-sluice-seq';
const TURN_ERRORS = {
  ...CALL_ERRORS,
  '409':
    'The request id was used with another body, or the thread is busy and the request does not wait',
} as const;
const stream = { content: { 'text/event-stream': { schema: z.string() } } };
const after = z.object({
  after: z.string().optional().describe('cursor; or header Last-Event-ID'),
});
const message = z.object({ thread_id: z.string(), seq: z.string() });

/** Routes of threads. */
export const threadPaths: ZodOpenApiPathsObject = {
  '/v1/threads': {
    post: {
      requestBody: json(createThreadBody),
      ...answers('201', 'The thread', json(threadSchema)),
    },
    get: {
      requestParams: { query: listThreadsQuery },
      ...answers(
        '200',
        'Threads, latest active first; metadata.<name>=<value> filters',
        json(listOf(threadSchema)),
      ),
    },
  },
  '/v1/threads/{thread_id}': {
    get: { requestParams: thread, ...answers('200', 'The thread', json(threadSchema)) },
    patch: {
      requestParams: thread,
      requestBody: json(patchThreadBody),
      ...answers('200', 'The thread', json(threadSchema)),
    },
    delete: {
      requestParams: thread,
      ...answers('200', 'Gone at once', json(z.looseObject({ deleted: z.literal(true) }))),
    },
  },
  '/v1/threads/{thread_id}/fork': {
    post: {
      requestParams: thread,
      requestBody: json(forkThreadBody),
      ...answers('201', 'A new thread with the history up to seq', json(threadSchema), {
        ...CALL_ERRORS,
        '409': 'The request id was used with another body, or an answer up to seq is not over',
      }),
    },
  },
  '/v1/threads/{thread_id}/messages': {
    post: {
      requestParams: thread,
      requestBody: json(z.union([postMessageBody, appendBody])),
      ...answers('200', TURN, turn, TURN_ERRORS),
    },
    get: {
      requestParams: { ...thread, query: historyQuery },
      ...answers('200', 'A page of history', json(listOf(messageSchema))),
    },
  },
  '/v1/threads/{thread_id}/messages/{seq}/edit': {
    post: {
      requestParams: { path: message },
      requestBody: json(postMessageBody),
      ...answers('200', TURN, turn, TURN_ERRORS),
    },
  },
  '/v1/threads/{thread_id}/messages/{seq}/regenerate': {
    post: {
      requestParams: { path: message },
      requestBody: json(regenerateBody),
      ...answers('200', TURN, turn, TURN_ERRORS),
    },
  },
  '/v1/realtime/tickets': {
    post: {
      requestBody: json(z.strictObject({})),
      ...answers(
        '201',
        'A ticket that opens one socket within 60 seconds',
        json(
          z
            .strictObject({
              object: z.literal('realtime_ticket'),
              ticket: z.string(),
              url: z.string().describe('wss address with the ticket'),
              expires_at: time,
            })
            .meta({ id: 'RealtimeTicket' }),
        ),
      ),
    },
  },
  '/v1/threads/{thread_id}/tool-results/{tool_use_id}': {
    post: {
      requestParams: { path: z.object({ thread_id: z.string(), tool_use_id: z.string() }) },
      requestBody: json(toolResultBody),
      ...answers('202', 'The run; it goes on when every call has its answer', json(runSchema)),
    },
  },
  '/v1/threads/{thread_id}/stream': {
    get: {
      requestParams: { ...thread, query: after },
      ...answers(
        '200',
        'The active run, or the one of the cursor; 204 when nothing runs and nothing is left',
        stream,
      ),
    },
  },
  '/v1/threads/{thread_id}/events': {
    get: {
      requestParams: { ...thread, query: after },
      ...answers(
        '200',
        'message.created, thread.updated, run.started, run.ended as they happen; without a cursor from now on',
        stream,
      ),
    },
  },
  '/v1/ai/chat': {
    post: {
      requestBody: json(aiChatBody),
      ...answers('200', 'The UI message stream of the AI SDK', stream, TURN_ERRORS),
    },
  },
  '/v1/ai/chat/{id}/stream': {
    get: {
      requestParams: {
        ...path('id'),
        query: z.object({
          startIndex: z.string().optional().describe('chunks seen already; -n: the last n'),
        }),
      },
      ...answers(
        '200',
        'The run at work of a chat, or a run by its id; when nothing runs 204, with startIndex a finish',
        stream,
      ),
    },
  },
  ...responsePaths,
  ...toolPaths,
  '/v1/runs/{run_id}': {
    get: { requestParams: path('run_id'), ...answers('200', 'The run', json(runSchema)) },
  },
  '/v1/runs/{run_id}/stream': {
    get: {
      requestParams: { ...path('run_id'), query: after },
      ...answers('200', 'Events after the cursor, to the end', stream),
    },
  },
  '/v1/runs/{run_id}/cancel': {
    post: { requestParams: path('run_id'), ...answers('202', 'The run', json(runSchema)) },
  },
};
