import * as z from 'zod';
import { parseJson } from '../../../inference/turn/partial-json.ts';
import { microsFromNanoUsd } from '../../../shared/money.ts';
import { callIdOf } from '../domain/job-ids.ts';
import { JOB_KEPT_MS, SHOWN_RESULT_BYTES_MAX } from '../domain/limits.ts';
import {
  isOver,
  JOB_STATUSES,
  JOB_URLS,
  WEBHOOK_STATUSES,
  type CallResult,
  type Job,
  type JobError,
} from '../domain/job.ts';

const errorView = z.strictObject({ code: z.string(), message: z.string() });

export const resultView = z
  .strictObject({
    id: z.string(),
    custom_id: z.string().nullable(),
    response: z
      .strictObject({
        status_code: z.number().int(),
        request_id: z.string().nullable(),
        content_type: z.string(),
        body: z
          .unknown()
          .describe('JSON as such, other text as a string, bytes as base64; null: too large.'),
      })
      .nullable()
      .describe('What the route answered, errors of it too; null: no answer came.'),
    error: errorView.nullable(),
    cost_micros: z.number().int(),
  })
  .meta({ id: 'JobResult' });
export type ResultView = z.output<typeof resultView>;

export const jobView = z
  .strictObject({
    id: z.string(),
    object: z.literal('job'),
    kind: z.enum(['call', 'batch']),
    url: z.enum(JOB_URLS).nullable().describe('null: of a batch'),
    status: z.enum([...JOB_STATUSES, 'cancelling']),
    counts: z.strictObject({
      total: z.number().int(),
      completed: z.number().int(),
      failed: z.number().int(),
      not_run: z.number().int().describe('Not begun yet, or not to be begun any more.'),
    }),
    cost_micros: z.number().int(),
    error: errorView.nullable().describe('Why the only call failed, or the rest was not begun.'),
    waits_for: errorView.nullable().describe('What keeps it waiting at the moment.'),
    metadata: z.record(z.string(), z.string()),
    webhook: z
      .strictObject({
        url: z.string(),
        status: z.enum(WEBHOOK_STATUSES),
        tries: z.number().int(),
        last: z.string().nullable(),
        secret: z.string().optional().describe('Shown to who makes the job, and never again.'),
      })
      .nullable(),
    key_id: z.string(),
    end_user_id: z.string().nullable(),
    created_at: z.number().int(),
    started_at: z.number().int().nullable(),
    ended_at: z.number().int().nullable(),
    expires_at: z.number().int().nullable().describe('When the job and its results are removed.'),
    result: resultView
      .nullable()
      .optional()
      .describe(
        `Of one call: what it came to, up to ${SHOWN_RESULT_BYTES_MAX} bytes; larger ones are at \`/v1/jobs/{job_id}/results\`.`,
      ),
  })
  .meta({ id: 'Job' });
export type JobView = z.output<typeof jobView>;

export const viewOfJob = (
  job: Job,
  more: { readonly showsSecret?: boolean; readonly result?: CallResult | null } = {},
): JobView => ({
  id: job.jobId,
  object: 'job',
  kind: job.kind,
  url: job.url,
  status: !isOver(job) && job.cancelAskedAtMs !== null ? 'cancelling' : job.status,
  counts: {
    total: job.total,
    completed: job.completed,
    failed: job.failed,
    not_run: job.total - job.completed - job.failed,
  },
  cost_micros: microsFromNanoUsd(job.costNanoUsd),
  error: isOver(job) ? job.error : null,
  waits_for: isOver(job) ? null : job.error,
  metadata: { ...job.metadata },
  webhook:
    job.webhook === null
      ? null
      : {
          url: job.webhook.url,
          status: job.webhook.status,
          tries: job.webhook.tries,
          last: job.webhook.last,
          ...(more.showsSecret === true ? { secret: job.webhook.secret } : {}),
        },
  key_id: job.keyId,
  end_user_id: job.endUserId,
  created_at: job.createdAtMs,
  started_at: job.startedAtMs,
  ended_at: job.endedAtMs,
  expires_at: job.endedAtMs === null ? null : job.endedAtMs + JOB_KEPT_MS,
  ...(more.result === undefined
    ? {}
    : { result: more.result === null ? null : viewOfResult(job, more.result, null) }),
});

/** A line of a batch, as OpenAI's batches have it, with what it cost. */
export const viewOfResult = (
  job: Pick<Job, 'jobId'>,
  result: CallResult,
  customId: string | null,
): ResultView => ({
  id: callIdOf(job, result.index),
  custom_id: customId,
  response:
    result.statusCode === null
      ? null
      : {
          status_code: result.statusCode,
          request_id: result.requestId,
          content_type: result.type,
          body: bodyOf(result),
        },
  error: result.error,
  cost_micros: microsFromNanoUsd(result.costNanoUsd),
});

/** A call that was never begun. */
export const viewOfNotRun = (job: Job, index: number, customId: string | null): ResultView => ({
  id: callIdOf(job, index),
  custom_id: customId,
  response: null,
  error: job.error ?? NOT_RUN,
  cost_micros: 0,
});

const NOT_RUN: JobError = { code: 'cancelled', message: 'The job was cancelled before this call.' };

const bodyOf = ({ type, encoding, content, error }: CallResult): unknown => {
  if (error?.code === 'answer_too_large') return null;
  if (encoding === 'base64' || !/\bjson\b/.test(type)) return content;
  const json = parseJson(content);
  return json === undefined ? content : json;
};
