/** How sure a diagnosis is, the least first. */
export const CONFIDENCES = ['low', 'medium', 'high'] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** One sentence of a model, cleaned and cut, and the records that it names for it. */
export interface Claim {
  readonly text: string;
  /** Ids of records that the model was given, one at least. */
  readonly cites: readonly string[];
}

/** What a model says of an incident: words beside what was counted, which they never change. */
export interface GivenDiagnosis {
  readonly kind: 'given';
  /** Never above what the deterministic cause allows. */
  readonly confidence: Confidence;
  readonly summary: readonly Claim[];
  readonly rootCause: readonly Claim[];
  readonly blastRadius: readonly Claim[];
  readonly fixSteps: readonly Claim[];
  /** Claims that named no record of the input, or one that is not in it. */
  readonly droppedClaims: number;
}

export type DiagnosisOutcome =
  | GivenDiagnosis
  /** Why there is none: a sentence. */
  | { readonly kind: 'none'; readonly why: string };

/** The one diagnosis that an incident gets each time that it is open, or why it got none. */
export interface Diagnosis {
  readonly atMs: number;
  /** Of the incident when it was asked about; absent: 1. */
  readonly generation?: number;
  readonly model: string;
  readonly outcome: DiagnosisOutcome;
}

/** An incident as it is open: in its next generation it is another question. */
export interface DiagnosisTurn extends DiagnosisTask {
  readonly generation: number;
}

/** Whether a diagnosis is of the incident as it is open. */
export const isDiagnosed = ({
  diagnosis,
  generation,
}: {
  readonly diagnosis: { readonly generation?: number | undefined } | null;
  readonly generation: number;
}): boolean => diagnosis !== null && (diagnosis.generation ?? 1) >= generation;

/** Asks whether an incident is to be diagnosed, perhaps more than once: whoever is asked reads the incident. */
export interface DiagnosisTask {
  readonly tenant: string;
  readonly incidentId: string;
}
