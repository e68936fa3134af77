import type { Json } from '../../inference/turn/turn.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { Incident } from '../incidents/incident.ts';
import type { DiagnosisTask, DiagnosisTurn } from '../diagnose/diagnosis.ts';
import type { Runbook } from '../diagnose/material.ts';
import type { DiagnosisSettings } from '../diagnose/plan-diagnosis.ts';

/** Throws AppError `storage_unavailable`. */
export interface DiagnosisQueue {
  send(tasks: readonly DiagnosisTask[], afterMs: number): Promise<void>;
}

/** What projects set. Throws AppError `storage_unavailable`. */
export interface DiagnosisSettingsBook {
  get(tenant: string): Promise<DiagnosisSettings>;
  put(tenant: string, settings: DiagnosisSettings): Promise<void>;
}

export type ClaimOutcome =
  | { readonly kind: 'claimed'; readonly tries: number }
  | { readonly kind: 'held'; readonly untilMs: number };

/** Who is asking a model about an incident: one at a time. Throws AppError `storage_unavailable`. */
export interface DiagnosisClaims {
  /** `tries`: attempts that were begun, this one included. `held`: another one is at work, or died, until then. */
  claim(
    turn: DiagnosisTurn,
    attempt: { readonly attemptId: string; readonly nowMs: number; readonly leaseMs: number },
  ): Promise<ClaimOutcome>;
  /** The next attempt need not wait for the lease; of an attempt that lost it nothing happens. */
  release(turn: DiagnosisTurn, attemptId: string): Promise<void>;
}

export interface ModelQuestion {
  /** Who pays. */
  readonly keyId: string;
  readonly model: string;
  readonly feature: string;
  readonly system: string;
  readonly user: string;
  readonly schemaName: string;
  readonly schema: Readonly<Record<string, Json>>;
  /** Of the answer: what is beyond it is not waited for. */
  readonly charsMax: number;
  readonly timeoutMs: number;
}

export interface ModelWords {
  readonly text: string;
  /** `cut`: it was longer than it may be, or than the model may say. `refused`: the model does not want to. */
  readonly end: 'whole' | 'cut' | 'refused';
}

/**
 * One metered call: held before it, settled after it whatever comes of it. Throws AppError for what the ledger refuses
 * and for what the provider does.
 */
export interface QuestionModel {
  ask(question: ModelQuestion): Promise<ModelWords>;
}

/** The team's own text for an incident; null: there is none that fits. */
export interface RunbookFinder {
  find(incident: Incident, anomalies: readonly Anomaly[]): Promise<Runbook | null>;
}
