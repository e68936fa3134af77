import type { HoldWitness } from '../../../ledger/domain/hold.ts';
import type {
  CallResult,
  Job,
  JobCalls,
  JobEndStatus,
  JobError,
  JobItem,
  JobPlace,
  JobWebhook,
  JobWriter,
} from '../domain/job.ts';

/** The request that makes a job, by the name that its caller gave it. */
export interface JobRecord {
  readonly requestId: string;
  readonly bodyHash: string;
}

export type CreateJobResult =
  | { readonly kind: 'created' | 'replayed'; readonly job: Job }
  | { readonly kind: 'reused' }
  /** As many of the end user's jobs as may be are not over. */
  | { readonly kind: 'full' }
  /** The jobs that the end user made today have as many bytes as those of a day may have. */
  | { readonly kind: 'full_day' };

export interface JobPage {
  readonly jobs: readonly Job[];
  readonly nextCursor: string | null;
}

export interface ResultPage {
  readonly results: readonly CallResult[];
  /** More were asked for, and may be there: these have as many bytes as a page may. */
  readonly isCut: boolean;
}

/** What a worker hears when it renews its lease. */
export interface JobWatch {
  readonly isMine: boolean;
  readonly isCancelled: boolean;
}

/** Jobs, their calls and what became of them. Each method is one write, but for `erase`. */
export interface JobStore {
  /**
   * One transaction: the request's record, the job, its calls; one more that is not over. Large calls are announced to the
   * sweep before it.
   */
  create(job: Job, calls: JobCalls, record: JobRecord | null): Promise<CreateJobResult>;
  /** Strong; a deleted one too. null: there is none. */
  get(place: JobPlace): Promise<Job | null>;
  /** The end user of a job, for an admin who knows only its id. */
  whose(projectId: string, jobId: string): Promise<JobPlace | null>;
  /** Newest first; `endUserId` absent: of the whole project. Deleted ones are left out. */
  list(query: {
    readonly projectId: string;
    readonly endUserId?: string | null;
    readonly limit: number;
    readonly cursor: string | null;
  }): Promise<JobPage>;
  calls(place: JobPlace): Promise<JobCalls | null>;
  /** The item that `claim` writes, as a witness of the call's hold. */
  witness(place: JobPlace, index: number): HoldWitness;
  /** Every call that began. */
  items(place: JobPlace): Promise<readonly JobItem[]>;
  /** Takes a job for this worker: epoch + 1 on condition of the epoch and the lease that were read. */
  start(job: Job, writer: JobWriter, nowMs: number): Promise<Job | null>;
  renew(place: JobPlace, writer: JobWriter, nowMs: number): Promise<JobWatch>;
  /**
   * Names the money of a call before its provider is asked, in one transaction with the check that the job is this
   * worker's and shall not stop. false: it may not be asked.
   */
  claim(place: JobPlace, writer: JobWriter, item: JobItem): Promise<boolean>;
  /** One transaction: a call's end, its result, the job's figures. false: the call has another worker. */
  finish(
    place: JobPlace,
    writer: JobWriter,
    item: JobItem,
    end: { readonly result: CallResult | null; readonly addNanoUsd: number },
  ): Promise<boolean>;
  /** The ledger has the call's settlement. */
  settled(place: JobPlace, item: JobItem): Promise<void>;
  /** One transaction: the job is over, one less that is not. false: it has another worker. */
  end(
    job: Job,
    writer: JobWriter,
    end: {
      readonly status: JobEndStatus;
      readonly error: JobError | null;
      readonly nowMs: number;
    },
  ): Promise<boolean>;
  /** Gives the job up, for another worker to take from `atMs` on. */
  handOver(place: JobPlace, writer: JobWriter, atMs: number, error: JobError | null): Promise<void>;
  /** Asks a job to stop; null: there is none. */
  askCancel(place: JobPlace, nowMs: number): Promise<Job | null>;
  /** Marks it deleted, and asks it to stop; the sweep removes the rest. false: there is none. */
  remove(place: JobPlace, nowMs: number): Promise<boolean>;
  /** Results from this index on, those that are there, in order. */
  results(place: JobPlace, fromIndex: number, limit: number): Promise<ResultPage>;
  /** Counts a try of the webhook that is due; null: somebody else makes it. */
  beginNotice(job: Job, nextMs: number): Promise<JobWebhook | null>;
  endNotice(place: JobPlace, webhook: JobWebhook, atMs: number): Promise<void>;
  /** Jobs that the sweep is due to look at. */
  due(nowMs: number, limit: number): Promise<readonly JobPlace[]>;
  later(place: JobPlace, atMs: number): Promise<void>;
  /** Removes the calls of a job that is due and not there, and keeps it from coming; begun again when it died. */
  abandon(place: JobPlace, nowMs: number): Promise<void>;
  /** Removes everything of a job; begun again when it died. */
  erase(place: JobPlace): Promise<void>;
}
