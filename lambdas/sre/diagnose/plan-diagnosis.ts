import { isWorse } from '../domain/anomaly.ts';
import { CONFIDENCE_HIGH, CONFIDENCE_MIN, type Cause } from '../domain/cause.ts';
import type { Incident } from '../incidents/incident.ts';
import { isOfKey } from '../incidents/near.ts';
import type { Band } from '../score/composite.ts';
import { CAUSE_WAIT_MS } from './limits.ts';
import { isDiagnosed, type Confidence } from './diagnosis.ts';

/** What a project set for diagnoses. */
export interface DiagnosisSettings {
  /** null: no model is asked. */
  readonly model: string | null;
  /** Incidents below it are not looked at by a model. */
  readonly bandMin: Band;
  /** Of each day (UTC); null: none, for a model that has no price. */
  readonly capNanoUsd: number | null;
  /** Which of the keys that the project had for it is in use: a key that was revoked stays so, and is followed by another. */
  readonly keyNumber: number;
}

export const NO_DIAGNOSES: DiagnosisSettings = {
  model: null,
  bandMin: 'high',
  capNanoUsd: 1_000_000_000,
  keyNumber: 1,
};

export type DiagnosisPlan =
  | { readonly kind: 'ask'; readonly model: string }
  /** It has no cause yet. */
  | { readonly kind: 'wait'; readonly untilMs: number }
  | { readonly kind: 'no'; readonly why: NoDiagnosis };

/** Why no model is asked about an incident. */
export type NoDiagnosis =
  | 'done'
  | 'off'
  | 'over'
  | 'digest'
  | 'of_keys'
  | 'below_severity'
  | 'flapping';

/** Whether a model is asked about an incident as it is now: once each time that it is open, whatever becomes of it then. */
export const planDiagnosis = (
  incident: Incident,
  { model, bandMin }: DiagnosisSettings,
  nowMs: number,
): DiagnosisPlan => {
  const no = (why: NoDiagnosis): DiagnosisPlan => ({ kind: 'no', why });
  if (isDiagnosed(incident)) return no('done');
  if (model === null) return no('off');
  if (incident.resolvedMs !== null || incident.mergedInto !== null) return no('over');
  // A storm has as many causes as services; what a key spent has no lines to read.
  if (incident.isDigest) return no('digest');
  if (incident.members.every(({ kind }) => isOfKey(kind))) return no('of_keys');
  if (isWorse(bandMin, incident.band)) return no('below_severity');
  // What turns again and again is one question, and each answer costs.
  if (incident.flappingSinceMs !== null) return no('flapping');
  const isReopened = incident.generation > 1;
  const openMs = (isReopened ? incident.turnsMs.at(-1) : null) ?? incident.openedMs;
  const untilMs = openMs + CAUSE_WAIT_MS;
  // The cause of one that opened again is of before until somebody has looked.
  return (isNamed(incident.cause) && !isReopened) || nowMs >= untilMs
    ? { kind: 'ask', model }
    : { kind: 'wait', untilMs };
};

const isNamed = (cause: Cause | null): boolean =>
  cause !== null && cause.root !== null && cause.confidence >= CONFIDENCE_MIN;

/** The most that a model may be sure of an incident: as sure as what was counted, and no more. */
export const confidenceMaxOf = (cause: Cause | null): Confidence => {
  if (cause === null || !isNamed(cause)) return 'low';
  return cause.confidence >= CONFIDENCE_HIGH ? 'high' : 'medium';
};
