import { randomBytes } from 'node:crypto';
import { checked, jsonBody } from '../../../http/body.ts';
import type { Handler } from '../../../http/door.ts';
import { listBody } from '../../../http/lists.ts';
import { featureOf, type HttpRequest } from '../../../http/request.ts';
import type { HttpAnswer } from '../../../platform/http-entry.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Report, Timers } from '../../../shared/deps.ts';
import { urlProblem } from '../../../shared/public-address.ts';
import { bodyHash } from '../../domain/body-hash.ts';
import { requestIdReused } from '../../domain/request-id-reused.ts';
import { callerOf, endUserOf, type Caller } from '../../routes/reach.ts';
import { namedRequestId } from '../../routes/request-id.ts';
import { isOver, type Job, type JobWebhook } from '../domain/job.ts';
import { newJobId } from '../domain/job-ids.ts';
import { JOB_BYTES_A_DAY_MAX, JOBS_OPEN_MAX, SHOWN_RESULT_BYTES_MAX } from '../domain/limits.ts';
import { invalid, jobBody, listJobsQuery, readCalls, type JobBody } from '../formats/job-body.ts';
import { viewOfJob } from '../formats/job-view.ts';
import type { JobStarter } from '../ports/job-calls.ts';
import { reachJob, type JobReachDeps } from './job-reach.ts';

export interface JobRouteDeps extends JobReachDeps {
  readonly jobStarter: JobStarter;
  readonly timers: Pick<Timers, 'nowMs'>;
  readonly isLoopbackAllowed: boolean;
  readonly report: Report;
}

/** Calls without a held connection: made, listed, read, cancelled, deleted. */
export const jobRoutes = (deps: JobRouteDeps): Readonly<Record<string, Handler>> => ({
  'POST /v1/jobs': async (request) => {
    const caller = await callerOf(deps, request);
    const body = checked(jobBody, jsonBody(request));
    const { kind, calls } = readCalls(body);
    const job: Job = {
      ...newJob(deps, caller, body),
      kind,
      ...callFacts(kind, calls),
      feature: featureOf(request),
    };
    const requestId = namedRequestId(request, undefined);
    const record =
      requestId === null ? null : { requestId, bodyHash: bodyHash(request.path, body) };
    const made = await deps.jobs.create(job, { calls, headers: passedHeaders(request) }, record);
    if (made.kind === 'reused') throw requestIdReused('idempotency-key');
    if (made.kind === 'full') throw tooMany();
    if (made.kind === 'full_day') throw enoughToday();
    if (made.kind === 'created') await started(deps, made.job);
    return accepted(made.job);
  },
  'GET /v1/jobs': async (request) => {
    const caller = await callerOf(deps, request);
    const query = checked(listJobsQuery, request.query);
    const isWhole = query.scope === 'project';
    if (isWhole && !caller.isAdmin)
      throw invalid('scope', 'takes a key that reads its whole project');
    const { jobs, nextCursor } = await deps.jobs.list({
      projectId: caller.key.projectId,
      ...(isWhole ? {} : { endUserId: endUserOf(caller, query.end_user_id) }),
      limit: query.limit,
      cursor: query.cursor ?? null,
    });
    return {
      status: 200,
      body: listBody(
        jobs.map((job) => viewOfJob(job)),
        nextCursor,
      ),
    };
  },
  'GET /v1/jobs/{job_id}': async (request) => {
    const { job } = await reachJob(deps, request);
    if (job.kind === 'batch') return { status: 200, body: viewOfJob(job) };
    const [result] = isOver(job) ? (await deps.jobs.results(job, 0, 1)).results : [];
    const isShown = result !== undefined && result.content.length <= SHOWN_RESULT_BYTES_MAX;
    return { status: 200, body: viewOfJob(job, { result: isShown ? result : null }) };
  },
  'POST /v1/jobs/{job_id}/cancel': async (request) => {
    const { job } = await reachJob(deps, request);
    if (isOver(job)) return { status: 200, body: viewOfJob(job) };
    const asked = await deps.jobs.askCancel(job, deps.timers.nowMs());
    // Its worker sees it, or one that is started for it.
    if (asked !== null && !isOver(asked)) await started(deps, asked);
    return { status: 202, body: viewOfJob(asked ?? job) };
  },
  'DELETE /v1/jobs/{job_id}': async (request) => {
    const { job } = await reachJob(deps, request);
    await deps.jobs.remove(job, deps.timers.nowMs());
    if (!isOver(job)) await started(deps, job);
    return { status: 200, body: { id: job.jobId, object: 'job', deleted: true } };
  },
});

/** Should the start be lost, the sweep repeats it within a minute. */
const started = async ({ jobStarter, report }: JobRouteDeps, job: Job): Promise<void> => {
  try {
    await jobStarter.startJob(job);
  } catch (error) {
    report('job not started', error);
  }
};

const tooMany = (): AppError =>
  new AppError({
    code: 'concurrency_limited',
    publicMessage: `${JOBS_OPEN_MAX} jobs of this end user are not over yet.`,
    retryAfterSeconds: 30,
  });

const enoughToday = (): AppError =>
  new AppError({
    code: 'rate_limited',
    publicMessage: `The jobs that this end user made today (UTC) have ${JOB_BYTES_A_DAY_MAX} bytes of calls: no more are taken before tomorrow.`,
    retryAfterSeconds: 60,
  });

const accepted = (job: Job): HttpAnswer => ({
  status: 202,
  headers: { location: `/v1/jobs/${job.jobId}` },
  body: viewOfJob(job, { showsSecret: true }),
});

const newJob = (
  deps: JobRouteDeps,
  { key }: Caller,
  body: JobBody,
): Omit<Job, 'kind' | 'url' | 'isStream' | 'total' | 'feature'> => {
  const nowMs = deps.timers.nowMs();
  return {
    projectId: key.projectId,
    endUserId: key.userId,
    jobId: newJobId(),
    keyId: key.keyId,
    onInterrupt: body.on_interrupt,
    metadata: body.metadata ?? {},
    webhook: webhookOf(deps, body),
    status: 'queued',
    epoch: 0,
    writer: null,
    leaseUntilMs: nowMs,
    starts: 0,
    completed: 0,
    failed: 0,
    costNanoUsd: 0,
    error: null,
    cancelAskedAtMs: null,
    deletedAtMs: null,
    createdAtMs: nowMs,
    startedAtMs: null,
    endedAtMs: null,
  };
};

const callFacts = (
  kind: Job['kind'],
  calls: ReturnType<typeof readCalls>['calls'],
): Pick<Job, 'url' | 'isStream' | 'total'> => ({
  url: kind === 'call' ? (calls[0]?.url ?? null) : null,
  isStream: kind === 'call' && calls[0]?.body['stream'] === true,
  total: calls.length,
});

const SECRET_BYTES = 32;

const webhookOf = (
  { isLoopbackAllowed }: JobRouteDeps,
  { webhook }: JobBody,
): JobWebhook | null => {
  if (webhook === undefined) return null;
  const problem = urlProblem(webhook.url, isLoopbackAllowed);
  if (problem !== null) throw invalid('webhook.url', problem);
  return {
    url: webhook.url,
    secret: webhook.secret ?? `whsec_${randomBytes(SECRET_BYTES).toString('hex')}`,
    status: 'waiting',
    tries: 0,
    last: null,
  };
};

/** What a caller says to its provider beside the body. Its key is none of it. */
const passedHeaders = ({ headers }: HttpRequest): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => /^(?:anthropic|openai)-/.test(name)),
  );
