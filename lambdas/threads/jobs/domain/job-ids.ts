import { randomBytes } from 'node:crypto';
import { crockford } from '../../../shared/crockford.ts';
import type { RunPlace } from '../../domain/thread-ids.ts';
import type { JobPlace } from './job.ts';

/** `job_` and 100 random bits as 20 characters of Crockford base32. */
export const newJobId = (): string => `job_${crockford(randomBytes(20))}`;

export const isJobId = (text: string): boolean => /^job_[0-9a-z]{20}$/.test(text);

/** The one run of a job in the chunk log: cursors of its stream have this seq. */
export const JOB_RUN_SEQ = 1;

export const runOfJob = ({ projectId, endUserId, jobId }: JobPlace): RunPlace => ({
  projectId,
  endUserId,
  threadId: jobId,
  seq: JOB_RUN_SEQ,
});

/** Names one call of a job, for whoever asks for it twice. */
export const callIdOf = ({ jobId }: Pick<JobPlace, 'jobId'>, index: number): string =>
  `${jobId}_${index}`;
