import type { Hold } from '../../../ledger/ports.ts';
import type { HoldWitness } from '../../../ledger/domain/hold.ts';
import type { Settlement } from '../../../ledger/domain/usage.ts';
import type { AppError } from '../../../shared/app-error.ts';
import type { Job, JobCall, JobError, JobPlace } from '../domain/job.ts';

/** The money of one call, as its worker hears of it. */
export interface CallMoney {
  /** Called with each hold before a provider is asked. What it throws ends the call, and nothing is held. */
  held(hold: Hold, model: string, provider: string): Promise<void>;
  /** Another hold took the place of that one, for another model; `billedNanoUsd`: what was settled of the former. */
  moved(hold: Hold, model: string, provider: string, billedNanoUsd: number): Promise<void>;
  /** What the call cost: the ledger gets it when the answer is stored. */
  owed(hold: Hold, settlement: Settlement): Promise<void>;
  /** The hold was given back: nothing was asked, or nothing came of it. */
  released(hold: Pick<Hold, 'holdId'>): Promise<void>;
}

/** Why a worker must stop: the job is cancelled, or has another worker. */
export type JobHalt = 'cancelled' | 'fenced';

export interface AskedCall {
  readonly job: Job;
  readonly call: JobCall;
  readonly index: number;
  /** The caller's own headers that pass. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
  readonly holdId: string;
  readonly deadlineMs: number;
  readonly money: CallMoney;
  /** Why the call shall stop; null: it shall not. */
  readonly halt: () => JobHalt | null;
  /** The item that names the call's hold. */
  readonly witness: HoldWitness;
}

/** An answer as the call's route gives it. `error`: the route refused it, and `body` says so in its dialect. */
export interface CallAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  readonly error: AppError | null;
  /** Of a call whose money somebody else looks after. */
  readonly costNanoUsd: () => Promise<number>;
  /** Asked when its body came: it continues elsewhere, and whoever asks for it again gets the rest. */
  isOpen(): Promise<boolean>;
  /** Asked when its body came: why it failed, though its status is a good one. Absent: its body does not say. */
  failure?(): JobError | null;
}

/** Makes the calls of jobs as their routes do. */
export interface JobCaller {
  ask(asked: AskedCall): Promise<CallAnswer>;
}

/** Starts a worker in a function of its own, at least once. */
export interface JobStarter {
  startJob(place: JobPlace): Promise<void>;
}

/** Posts to an address that a caller chose, signed. What came of it, in words; `isDelivered`: it said 2xx. */
export type NotifyJob = (
  webhook: { readonly url: string; readonly secret: string },
  id: string,
  body: string,
) => Promise<{ readonly isDelivered: boolean; readonly words: string }>;
