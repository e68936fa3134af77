import { AppError } from '../../shared/app-error.ts';
import type { Timers } from '../../shared/deps.ts';
import { claimText } from '../diagnose/claim-text.ts';
import type { DiagnosisOutcome } from '../diagnose/diagnosis.ts';
import { ANSWER_CHARS_MAX, CALL_MS_MAX } from '../diagnose/limits.ts';
import { itemsOf, withinBytes } from '../diagnose/material.ts';
import { confidenceMaxOf, type DiagnosisSettings } from '../diagnose/plan-diagnosis.ts';
import { readDiagnosisAnswer } from '../formats/diagnosis-answer.ts';
import { DIAGNOSIS_SCHEMA, diagnosisPrompt } from '../formats/diagnosis-prompt.ts';
import type { Incident } from '../incidents/incident.ts';
import type { ModelWords, QuestionModel } from '../ports/diagnoses.ts';
import { DIAGNOSIS_FEATURE, diagnosisKey, type DiagnosisKeyDeps } from './diagnosis-key.ts';
import { gatherMaterial, type GatherDeps } from './gather-material.ts';

export interface AskDeps extends GatherDeps, DiagnosisKeyDeps {
  readonly model: QuestionModel;
  /** What hides secrets, personal data and what the project hides besides, as telemetry is stored. */
  readonly maskOf: (tenant: string, nowMs: number) => Promise<(text: string) => string>;
  readonly timers: Timers;
  /** Nobody's to guess. */
  readonly newBoundary: () => string;
}

export interface AskInput {
  readonly incident: Incident;
  readonly settings: DiagnosisSettings;
  readonly model: string;
}

/** `again`: the provider or the ledger may think otherwise in a while. */
export type Asked = DiagnosisOutcome | { readonly kind: 'again'; readonly why: string };

/** One question to a model, and what is left of its answer at the door. Throws AppError `storage_unavailable`. */
export const askAboutIncident = async (
  deps: AskDeps,
  { incident, settings, model }: AskInput,
): Promise<Asked> => {
  const { tenant } = incident;
  const nowMs = deps.timers.nowMs();
  const [material, mask] = await Promise.all([
    gatherMaterial(deps, incident, nowMs),
    deps.maskOf(tenant, nowMs),
  ]);
  const items = withinBytes(itemsOf(material, mask));
  const { system, user } = diagnosisPrompt(items, deps.newBoundary());
  const keyId = await diagnosisKey(deps, { tenant, settings, nowMs });
  let words: ModelWords;
  try {
    words = await deps.model.ask({
      keyId,
      model,
      feature: DIAGNOSIS_FEATURE,
      system,
      user,
      schemaName: 'diagnosis',
      schema: DIAGNOSIS_SCHEMA,
      charsMax: ANSWER_CHARS_MAX,
      timeoutMs: CALL_MS_MAX,
    });
  } catch (error) {
    if (!(error instanceof AppError) || error.code === 'storage_unavailable') throw error;
    return { kind: error.retryable ? 'again' : 'none', why: whyNot(error, mask) };
  }
  if (words.end === 'refused') return { kind: 'none', why: 'The model refused to answer.' };
  if (words.end === 'cut')
    return { kind: 'none', why: 'The answer of the model was too long, and is not used.' };
  return readDiagnosisAnswer(words.text, {
    knownIds: new Set(items.map(({ id }) => id)),
    confidenceMax: confidenceMaxOf(incident.cause),
    mask,
  });
};

/** The words of a provider are nobody's that we know. */
const whyNot = ({ code, publicMessage }: AppError, mask: (text: string) => string): string => {
  switch (code) {
    case 'project_cap_exceeded':
      return 'The cap of the project is reached.';
    case 'key_cap_exceeded':
    case 'in_flight_budget_exhausted':
      return 'The daily cap of its key is reached.';
    case 'request_exceeds_budget':
      return 'One question may cost more than the daily cap of its key.';
    case 'invalid_api_key':
      return 'Its key is paused, revoked or expired.';
    case 'model_not_priced':
      return 'The model has no price here, so that no cap can hold it: set max_spend_usd_per_day to null if it runs on machines of your own.';
    default:
      return claimText(publicMessage, mask);
  }
};
