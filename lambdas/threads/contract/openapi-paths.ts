import { FORK_ANSWERS } from './openapi-forks.ts';
import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listOf } from '../../http/lists.ts';
import {
  answers,
  CALL_ERRORS,
  chapter,
  filters,
  json,
  pageOf,
  path,
  type RoomContract,
} from '../../http/openapi-parts.ts';
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
import { AI_CHAT, goneOf, MESSAGE, RUN, THREAD, TICKET, TURN_REQUEST } from './openapi-examples.ts';
import { jobPaths } from './openapi-jobs.ts';
import { responsePaths } from './openapi-responses.ts';
import { projectPaths, toolPaths } from './openapi-tools.ts';

const threads = chapter('Threads');
const runs = chapter('Runs');
const aiSdk = chapter('AI SDK');

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
    route: z.string().optional().describe('how a run by a route came to its model'),
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
    'application/json': { schema: messageSchema, example: MESSAGE },
    'text/event-stream': { schema: z.string() },
  },
};
const TURN =
  'The answer: streamed, or with stream=false as one message. Headers: x-sluice-thread-id, x-sluice-run-id, x-sluice-seq, and of who answers x-sluice-model, x-sluice-provider, x-sluice-route (by a route), x-sluice-simulated';
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

const PATHS: ZodOpenApiPathsObject = {
  '/v1/threads': {
    post: {
      ...threads('createThread', 'Create a thread'),
      requestBody: json(createThreadBody, { title: 'Trains to Lisbon' }),
      ...answers('201', 'The thread', json(threadSchema, THREAD)),
    },
    get: {
      ...threads('listThreads', 'List threads'),
      requestParams: { query: listThreadsQuery.extend(filters('metadata')) },
      ...answers(
        '200',
        'Threads, latest active first; metadata.<name>=<value> filters',
        json(listOf(threadSchema), pageOf(THREAD)),
      ),
    },
  },
  '/v1/threads/{thread_id}': {
    get: {
      ...threads('getThread', 'Get a thread'),
      requestParams: thread,
      ...answers('200', 'The thread', json(threadSchema, THREAD)),
    },
    patch: {
      ...threads('updateThread', 'Change the title or the metadata of a thread'),
      requestParams: thread,
      requestBody: json(patchThreadBody, { title: 'Trains to Lisbon' }),
      ...answers('200', 'The thread', json(threadSchema, THREAD)),
    },
    delete: {
      ...threads('deleteThread', 'Delete a thread with all its messages'),
      requestParams: thread,
      ...answers(
        '200',
        'Gone at once',
        json(z.looseObject({ deleted: z.literal(true) }), goneOf(THREAD)),
      ),
    },
  },
  '/v1/threads/{thread_id}/fork': {
    post: {
      ...threads('forkThread', 'Copy a thread up to one of its messages'),
      requestParams: thread,
      requestBody: json(forkThreadBody, { seq: 1 }),
      ...FORK_ANSWERS,
    },
  },
  '/v1/threads/{thread_id}/messages': {
    post: {
      ...threads('postMessage', 'Say something and get the answer, streamed and stored'),
      requestParams: thread,
      requestBody: json(z.union([postMessageBody, appendBody]), TURN_REQUEST),
      ...answers('200', TURN, turn, TURN_ERRORS),
    },
    get: {
      ...threads('listMessages', 'Read the history of a thread'),
      requestParams: { ...thread, query: historyQuery },
      ...answers('200', 'A page of history', json(listOf(messageSchema), pageOf(MESSAGE))),
    },
  },
  '/v1/threads/{thread_id}/messages/{seq}/edit': {
    post: {
      ...threads('editMessage', 'Say a message differently; what followed it is superseded'),
      requestParams: { path: message },
      requestBody: json(postMessageBody, TURN_REQUEST),
      ...answers('200', TURN, turn, TURN_ERRORS),
    },
  },
  '/v1/threads/{thread_id}/messages/{seq}/regenerate': {
    post: {
      ...threads('regenerateMessage', 'Answer a message again'),
      requestParams: { path: message },
      requestBody: json(regenerateBody, { model: 'gpt-4o-mini' }),
      ...answers('200', TURN, turn, TURN_ERRORS),
    },
  },
  '/v1/realtime/tickets': {
    post: {
      ...runs('createRealtimeTicket', 'Get a ticket that opens a socket'),
      requestBody: json(z.strictObject({}), {}),
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
          TICKET,
        ),
      ),
    },
  },
  '/v1/threads/{thread_id}/tool-results/{tool_use_id}': {
    post: {
      requestParams: { path: z.object({ thread_id: z.string(), tool_use_id: z.string() }) },
      ...threads('answerToolCall', 'Give the result of a tool call, or approve it'),
      requestBody: json(toolResultBody, { content: 'Trains at 08:12 and 16:40' }),
      ...answers(
        '202',
        'The run; it continues when every call has its answer',
        json(runSchema, { ...RUN, status: 'active', ended_at: null }),
      ),
    },
  },
  '/v1/threads/{thread_id}/stream': {
    get: {
      ...runs('streamThread', 'Resume the answer of a thread'),
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
      ...threads('watchThread', 'Watch what happens in a thread'),
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
      ...aiSdk('chat', 'Answer a chat of the AI SDK (useChat)'),
      requestBody: json(aiChatBody, AI_CHAT),
      ...answers('200', 'The UI message stream of the AI SDK', stream, TURN_ERRORS),
    },
  },
  '/v1/ai/chat/{id}/stream': {
    get: {
      ...aiSdk('resumeChat', 'Resume the answer of a chat'),
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
  '/v1/runs/{run_id}': {
    get: {
      ...runs('getRun', 'Get a run'),
      requestParams: path('run_id'),
      ...answers('200', 'The run', json(runSchema, RUN)),
    },
  },
  '/v1/runs/{run_id}/stream': {
    get: {
      ...runs('streamRun', 'Read the events of a run after a cursor'),
      requestParams: { ...path('run_id'), query: after },
      ...answers('200', 'Events after the cursor, to the end', stream),
    },
  },
  '/v1/runs/{run_id}/cancel': {
    post: {
      ...runs('cancelRun', 'Stop a run; what it has so far is kept'),
      requestParams: path('run_id'),
      ...answers('202', 'The run', json(runSchema, { ...RUN, status: 'cancelled' })),
    },
  },
};

/** Routes of threads. */
export const threadContract: RoomContract = {
  paths: { ...PATHS, ...responsePaths, ...jobPaths, ...toolPaths, ...projectPaths },
  tags: [
    { name: 'Threads', description: 'Conversations that are stored while they are streamed' },
    { name: 'Runs', description: 'Answers at work: their events, resumed from any cursor' },
    { name: 'AI SDK', description: 'The UI message stream, for useChat' },
    { name: 'Responses', description: "OpenAI's Responses and Conversations" },
    { name: 'Jobs', description: 'Calls that nobody waits for, one or many, and their results' },
    { name: 'Tools', description: 'Webhooks and MCP servers that a turn may call' },
    { name: 'Project', description: 'Settings of the whole project' },
  ],
};
