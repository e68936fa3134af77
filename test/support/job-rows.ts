import type { Job, JobPlace } from '../../lambdas/threads/jobs/domain/job.ts';
import { KEY_ID, PROJECT } from './key-items.ts';

export const JOB_PLACE: JobPlace = {
  projectId: PROJECT,
  endUserId: 'ada#J#_',
  jobId: `job_${'0'.repeat(20)}`,
};

/** A job of so many calls that nobody has begun. */
export const jobOfCalls = (
  nowMs: number,
  {
    count = 1,
    isStream = false,
    onInterrupt = 'retry',
    hasWebhook = false,
    place = JOB_PLACE,
  }: {
    readonly count?: number;
    readonly isStream?: boolean;
    readonly onInterrupt?: Job['onInterrupt'];
    readonly hasWebhook?: boolean;
    readonly place?: JobPlace;
  } = {},
): Job => ({
  ...place,
  kind: isStream ? 'call' : 'batch',
  keyId: KEY_ID,
  url: isStream ? '/v1/chat/completions' : null,
  isStream,
  onInterrupt,
  feature: null,
  metadata: { of: 'me' },
  webhook: hasWebhook
    ? { url: 'https://example.com/', secret: 's', status: 'waiting', tries: 0, last: null }
    : null,
  status: 'queued',
  epoch: 0,
  writer: null,
  leaseUntilMs: nowMs,
  starts: 0,
  total: count,
  completed: 0,
  failed: 0,
  costNanoUsd: 0,
  error: null,
  cancelAskedAtMs: null,
  deletedAtMs: null,
  createdAtMs: nowMs,
  startedAtMs: null,
  endedAtMs: null,
});
