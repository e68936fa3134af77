import * as z from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { listOf } from '../../http/lists.ts';
import { answers, CALL_ERRORS, chapter, json, pageOf, path } from '../../http/openapi-parts.ts';
import { jobBody, listJobsQuery, resultsQuery } from '../jobs/formats/job-body.ts';
import { jobView, resultView } from '../jobs/formats/job-view.ts';
import { goneOf } from './openapi-examples.ts';

const jobs = chapter('Jobs');
const JOB_ID = 'job_7h3k9m2p5r8t1v4w6y0z';
const MADE_AT = 1_796_000_000_000;
const CHAT = {
  model: 'gpt-4o-mini',
  max_tokens: 200,
  messages: [{ role: 'user', content: 'Sum up the report.' }],
};

const BATCH: z.input<typeof jobBody> = {
  requests: [
    { custom_id: 'report-1', url: '/v1/chat/completions', body: CHAT },
    {
      custom_id: 'report-2',
      url: '/v1/messages',
      body: { ...CHAT, model: 'claude-haiku-4-5' },
    },
  ],
  metadata: { of: 'november' },
  webhook: { url: 'https://app.example/jobs' },
};

const JOB: z.input<typeof jobView> = {
  id: JOB_ID,
  object: 'job',
  kind: 'batch',
  url: null,
  status: 'completed',
  counts: { total: 2, completed: 2, failed: 0, not_run: 0 },
  cost_micros: 410,
  error: null,
  waits_for: null,
  metadata: { of: 'november' },
  webhook: {
    url: 'https://app.example/jobs',
    status: 'delivered',
    tries: 1,
    last: 'status 200',
  },
  key_id: 'key_4m2t6q8r0v5w7y3b',
  end_user_id: 'ada',
  created_at: MADE_AT,
  started_at: MADE_AT + 120,
  ended_at: MADE_AT + 3_400,
  expires_at: MADE_AT + 3_400 + 2_592_000_000,
};

const QUEUED: z.input<typeof jobView> = {
  ...JOB,
  status: 'queued',
  counts: { total: 2, completed: 0, failed: 0, not_run: 2 },
  cost_micros: 0,
  webhook: {
    url: 'https://app.example/jobs',
    status: 'waiting',
    tries: 0,
    last: null,
    secret: 'whsec_shown-this-once',
  },
  started_at: null,
  ended_at: null,
  expires_at: null,
};

const LINE: z.input<typeof resultView> = {
  id: `${JOB_ID}_0`,
  custom_id: 'report-1',
  response: {
    status_code: 200,
    request_id: 'req_4m2t6q8r0v5w7y3b01kbfvw800q3n5s7t9x1z4c6',
    content_type: 'application/json',
    body: { object: 'chat.completion' },
  },
  error: null,
  cost_micros: 205,
};

const gone = z.strictObject({ id: z.string(), object: z.string(), deleted: z.literal(true) });
const after = z.object({
  after: z.string().optional().describe('cursor; or header Last-Event-ID'),
});

/** Routes of jobs. */
export const jobPaths: ZodOpenApiPathsObject = {
  '/v1/jobs': {
    post: {
      ...jobs('createJob', 'Make one call, or a batch of them, without a held connection'),
      requestParams: {
        header: z.object({
          'idempotency-key': z
            .string()
            .optional()
            .describe('The same one with the same body is the same job, for 7 days.'),
        }),
      },
      requestBody: json(jobBody, BATCH),
      ...answers('202', 'The job, with the secret of its webhook', json(jobView, QUEUED), {
        ...CALL_ERRORS,
        '409': 'The idempotency key was used with another body',
      }),
    },
    get: {
      ...jobs('listJobs', 'List jobs, the newest first'),
      requestParams: { query: listJobsQuery },
      ...answers('200', 'A page of jobs', json(listOf(jobView), pageOf(JOB))),
    },
  },
  '/v1/jobs/{job_id}': {
    get: {
      ...jobs('getJob', 'Get a job: how far it is, what it cost, and the answer of a single call'),
      requestParams: path('job_id'),
      ...answers('200', 'The job', json(jobView, JOB)),
    },
    delete: {
      ...jobs('deleteJob', 'Delete a job and its results; one at work is cancelled'),
      requestParams: path('job_id'),
      ...answers('200', 'Gone at once', json(gone, goneOf(JOB))),
    },
  },
  '/v1/jobs/{job_id}/cancel': {
    post: {
      ...jobs(
        'cancelJob',
        'Stop a job: calls at work are paid for what came, the rest is not begun',
      ),
      requestParams: path('job_id'),
      ...answers('202', 'It stops; 200 when it is over already', json(jobView, JOB)),
    },
  },
  '/v1/jobs/{job_id}/stream': {
    get: {
      ...jobs('streamJob', 'Read the stream of a single call from any place'),
      requestParams: { ...path('job_id'), query: after },
      ...answers('200', "The route's own events, each with an id to come back to", {
        content: { 'text/event-stream': { schema: z.string() } },
      }),
    },
  },
  '/v1/jobs/{job_id}/results': {
    get: {
      ...jobs(
        'listJobResults',
        'Read the answers of a batch, or the answer of a single call as it is',
      ),
      requestParams: { ...path('job_id'), query: resultsQuery },
      ...answers(
        '200',
        'Of a batch: lines of JSON in the order of its requests; header x-sluice-next-cursor while there may be more',
        { content: { 'application/x-ndjson': { schema: resultView, example: LINE } } },
        {
          ...CALL_ERRORS,
          '409': 'The single call is not over',
        },
      ),
    },
  },
};
