import type { Moment, Suspect } from '../domain/cause.ts';
import type { GivenDiagnosis } from '../diagnose/diagnosis.ts';
import type { IncidentState } from '../incidents/incident.ts';
import type { RemediationState } from '../runbooks/remediation.ts';
import type { Band } from '../score/composite.ts';

/** A line of telemetry that shows what is wrong, masked and cut. */
export interface Evidence {
  readonly recordId: string;
  readonly atMs: number;
  readonly service: string;
  readonly text: string;
  /** Where people see it; null: there is no such place. */
  readonly url: string | null;
}

export interface TicketRunbook {
  readonly name: string;
  /** Markdown, shown as text. */
  readonly text: string;
  readonly steps: readonly string[];
}

/** A step that a person allows, or has allowed. */
export interface TicketRemediation {
  readonly id: string;
  readonly title: string;
  readonly state: RemediationState;
  /** Where it is sent. */
  readonly target: string;
  /** What is sent: its parameters, filled. null: it is not to be shown whole, so it is not approved there. */
  readonly sent: string | null;
  /** What an approval names. */
  readonly planHash: string;
  readonly result: string | null;
}

/** What a ticket says, in nobody's format. Rendered again from the incident at each delivery: no destination keeps state of it. */
export interface Ticket {
  readonly incidentId: string;
  readonly generation: number;
  /** Of the incident; of two tickets the higher one counts. */
  readonly revision: number;
  readonly state: IncidentState;
  readonly band: Band;
  /** One line: the service and what is wrong. */
  readonly title: string;
  /** Why it is that bad: the parts of the worst anomaly's score, a sentence each. */
  readonly why: readonly string[];
  readonly environment: string;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  readonly resolvedMs: number | null;
  readonly acknowledgedBy: string | null;
  readonly affected: readonly string[];
  /** From the root to what people see. */
  readonly chain: readonly string[];
  /** Three to five. */
  readonly evidence: readonly Evidence[];
  /** null: none is sure enough. */
  readonly cause: { readonly suspect: Suspect; readonly confidence: number } | null;
  /** What would make the cause surer. */
  readonly gaps: readonly string[];
  readonly timeline: readonly Moment[];
  readonly suggestedFix: string | null;
  /** What a model says, beside all of the above and never in its place; null: none does. */
  readonly diagnosis: (GivenDiagnosis & { readonly model: string }) | null;
  /** What people wrote down for it, the most specific; null: nothing. */
  readonly runbook: TicketRunbook | null;
  /** Steps of runbooks that were proposed, those that wait first. */
  readonly remediations: readonly TicketRemediation[];
  readonly runbookUrl: string | null;
  readonly consoleUrl: string | null;
}
