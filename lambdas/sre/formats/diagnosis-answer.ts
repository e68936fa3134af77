import * as z from 'zod';
import { claimText } from '../diagnose/claim-text.ts';
import {
  CONFIDENCES,
  type Claim,
  type Confidence,
  type DiagnosisOutcome,
} from '../diagnose/diagnosis.ts';
import { ANSWER_CHARS_MAX, CITES_MAX, CLAIMS_MAX } from '../diagnose/limits.ts';

/** Members that are no claim are no reason to refuse the others. */
const claims = z.array(z.unknown()).max(50);
const claim = z.object({
  text: z.string().min(1),
  cites: z.array(z.string().max(200)).min(1).max(50),
});
const answer = z.object({
  summary: claims,
  root_cause: claims,
  blast_radius: claims,
  fix_steps: claims,
  // A word that is none is the least.
  confidence: z.enum(CONFIDENCES).catch('low'),
});

export interface AnswerDoor {
  /** Ids of the records that the model was given. */
  readonly knownIds: ReadonlySet<string>;
  readonly confidenceMax: Confidence;
  readonly mask: (text: string) => string;
}

/**
 * What is left of a model's words at the door: a claim that cites nothing, or anything that the model was not given, is
 * dropped; confidence is no higher than what was counted; all text is plain. An answer of another form is none.
 */
export const readDiagnosisAnswer = (
  text: string,
  { knownIds, confidenceMax, mask }: AnswerDoor,
): DiagnosisOutcome => {
  if (text.length > ANSWER_CHARS_MAX) return none('The answer of the model was too long.');
  const { data } = answer.safeParse(jsonOf(text));
  if (data === undefined)
    return none('The answer of the model had not the form that was asked for.');
  let droppedClaims = 0;
  const kept = (all: readonly unknown[], max: number): readonly Claim[] => {
    const good = all.flatMap((one) => claimOf(one, knownIds, mask) ?? []);
    droppedClaims += all.length - good.length;
    return good.slice(0, max);
  };
  const given = {
    kind: 'given',
    confidence: lower(data.confidence, confidenceMax),
    summary: kept(data.summary, CLAIMS_MAX.summary),
    rootCause: kept(data.root_cause, CLAIMS_MAX.rootCause),
    blastRadius: kept(data.blast_radius, CLAIMS_MAX.blastRadius),
    fixSteps: kept(data.fix_steps, CLAIMS_MAX.fixSteps),
  } as const;
  return given.rootCause.length === 0 && given.summary.length === 0
    ? none('Nothing that the model said of the cause named a record that it was given.')
    : { ...given, droppedClaims };
};

const none = (why: string): DiagnosisOutcome => ({ kind: 'none', why });

const claimOf = (
  value: unknown,
  knownIds: ReadonlySet<string>,
  mask: (text: string) => string,
): Claim | null => {
  const { data } = claim.safeParse(value);
  if (data === undefined || !data.cites.every((id) => knownIds.has(id))) return null;
  const text = claimText(data.text, mask);
  return text === '' ? null : { text, cites: [...new Set(data.cites)].slice(0, CITES_MAX) };
};

const lower = (one: Confidence, other: Confidence): Confidence =>
  CONFIDENCES.indexOf(one) < CONFIDENCES.indexOf(other) ? one : other;

/** Models that keep to no schema put JSON into a block of Markdown. */
const FENCED = /^```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/;

const jsonOf = (text: string): unknown => {
  const trimmed = text.trim();
  try {
    return JSON.parse(FENCED.exec(trimmed)?.[1] ?? trimmed);
  } catch {
    return null;
  }
};
