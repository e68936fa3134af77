import type * as z from 'zod';
import type { Claim, Diagnosis } from '../diagnose/diagnosis.ts';
import {
  planDiagnosis,
  type DiagnosisSettings,
  type NoDiagnosis,
} from '../diagnose/plan-diagnosis.ts';
import type { Incident } from '../incidents/incident.ts';
import type { diagnosisSchema, diagnosisSettingsSchema } from './diagnosis-schemas.ts';

const NANO_USD = 1e9;

export const diagnosisSettingsView = (
  { model, bandMin, capNanoUsd }: DiagnosisSettings,
  keyId: string | null,
): z.input<typeof diagnosisSettingsSchema> => ({
  object: 'diagnosis_settings',
  model,
  min_severity: bandMin,
  max_spend_usd_per_day: capNanoUsd === null ? null : capNanoUsd / NANO_USD,
  key_id: keyId,
});

type View = z.input<typeof diagnosisSchema>;

/** What an incident's diagnosis is, or why there is none by now. */
export const diagnosisView = (
  incident: Incident,
  settings: DiagnosisSettings,
  nowMs: number,
): View => {
  if (incident.diagnosis !== null) return writtenView(incident.diagnosis);
  const plan = planDiagnosis(incident, settings, nowMs);
  switch (plan.kind) {
    case 'no':
      return { ...none(WHY_NOT[plan.why]), status: 'not_asked' };
    case 'wait':
      return { ...none('No cause is sure enough yet.'), status: 'waiting', model: settings.model };
    case 'ask':
      return { ...none('The model is being asked.'), status: 'waiting', model: plan.model };
  }
};

const none = (why: string): Omit<View, 'status'> => ({
  why,
  at: null,
  model: null,
  confidence: null,
  summary: [],
  root_cause: [],
  blast_radius: [],
  fix_steps: [],
  dropped_claims: 0,
});

const WHY_NOT: Readonly<Record<NoDiagnosis, string>> = {
  done: '',
  off: 'No model is set: PATCH /v1/diagnosis.',
  over: 'It was over before a model was asked.',
  digest: 'It is a digest of a storm, which has as many causes as services.',
  of_keys: 'It is about keys of the gateway, which have no lines to read.',
  flapping: 'It opens and resolves again and again.',
  below_severity: 'It is below the severity from which incidents are diagnosed.',
};

const writtenView = ({ atMs, model, outcome }: Diagnosis): View =>
  outcome.kind === 'none'
    ? { ...none(outcome.why), status: 'none', at: atMs, model }
    : {
        status: 'given',
        why: null,
        at: atMs,
        model,
        confidence: outcome.confidence,
        summary: claimsView(outcome.summary),
        root_cause: claimsView(outcome.rootCause),
        blast_radius: claimsView(outcome.blastRadius),
        fix_steps: claimsView(outcome.fixSteps),
        dropped_claims: outcome.droppedClaims,
      };

const claimsView = (claims: readonly Claim[]): View['summary'] =>
  claims.map(({ text, cites }) => ({ text, cites: [...cites] }));
