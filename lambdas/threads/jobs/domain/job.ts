import type { Settlement } from '../../../ledger/domain/usage.ts';
import type { CallHold } from '../../domain/call-hold.ts';

/** Where a job lives: the partition is built from the caller's own key, so a foreign job cannot be named. */
export interface JobPlace {
  readonly projectId: string;
  /** null: a job of nobody in particular. */
  readonly endUserId: string | null;
  readonly jobId: string;
}

/** The routes whose calls a job makes. */
export const JOB_URLS = [
  '/v1/chat/completions',
  '/v1/messages',
  '/v1/responses',
  '/v1/embeddings',
  '/v1/moderations',
  '/v1/images/generations',
  '/v1/audio/speech',
] as const;
export type JobUrl = (typeof JOB_URLS)[number];

/** One call of a job, as its caller would have made it. */
export interface JobCall {
  /** null: of a job of one call. */
  readonly customId: string | null;
  readonly url: JobUrl;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a job shall do, fixed when it is made. */
export interface JobCalls {
  readonly calls: readonly JobCall[];
  /** The caller's own that pass to the provider. Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

export const JOB_STATUSES = ['queued', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];
export type JobEndStatus = Exclude<JobStatus, 'queued' | 'running'>;

export interface JobError {
  readonly code: string;
  readonly message: string;
}

export const WEBHOOK_STATUSES = ['waiting', 'pending', 'delivered', 'failed'] as const;

/** Who is told when a job is over, and how far that is. */
export interface JobWebhook {
  readonly url: string;
  readonly secret: string;
  readonly status: (typeof WEBHOOK_STATUSES)[number];
  readonly tries: number;
  /** What the last try came to; null: there was none. */
  readonly last: string | null;
}

/** Times are epoch ms, money is nano-USD. */
export interface Job extends JobPlace {
  readonly kind: 'call' | 'batch';
  readonly keyId: string;
  /** null: of a batch, whose calls each have one. */
  readonly url: JobUrl | null;
  readonly isStream: boolean;
  readonly onInterrupt: 'retry' | 'fail';
  readonly feature: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly webhook: JobWebhook | null;
  readonly status: JobStatus;
  readonly epoch: number;
  /** Nonce of the worker at work; null: nobody's. */
  readonly writer: string | null;
  readonly leaseUntilMs: number;
  /** Workers that began since a call came to its end, or one gave the job up to wait. */
  readonly starts: number;
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly costNanoUsd: number;
  /** Why the rest was not begun; null: nothing stopped it. */
  readonly error: JobError | null;
  readonly cancelAskedAtMs: number | null;
  readonly deletedAtMs: number | null;
  readonly createdAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
}

/** Who works on a job: its epoch, and a nonce that is this worker's own. */
export interface JobWriter {
  readonly epoch: number;
  readonly nonce: string;
}

/** A call that began. `again`: its worker died, and it is begun once more. */
export interface JobItem {
  readonly index: number;
  readonly status: 'running' | 'again' | 'done';
  readonly attempt: number;
  readonly epoch: number;
  readonly requestId: string;
  readonly hold: CallHold | null;
  /** A settlement that the ledger may not have yet. */
  readonly unsettled: Settlement | null;
  readonly costNanoUsd: number;
}

/** What a call came to, as its caller would have read it. */
export interface CallResult {
  readonly index: number;
  readonly requestId: string | null;
  /** null: no answer came. */
  readonly statusCode: number | null;
  readonly type: string;
  readonly encoding: 'utf8' | 'base64';
  readonly content: string;
  readonly error: JobError | null;
  readonly costNanoUsd: number;
}

export const isOver = ({ endedAtMs }: Pick<Job, 'endedAtMs'>): boolean => endedAtMs !== null;

/** Did the call come to what its caller asked for? */
export const isSuccess = ({ statusCode, error }: CallResult): boolean =>
  error === null && statusCode !== null && statusCode < 300;
