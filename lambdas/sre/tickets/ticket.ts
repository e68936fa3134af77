import type { Moment, Suspect } from '../domain/cause.ts';
import type { IncidentState } from '../incidents/incident.ts';
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

/** What a ticket says, in nobody's format. Rendered anew from the incident at each delivery: no destination keeps state of it. */
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
  readonly runbookUrl: string | null;
  readonly consoleUrl: string | null;
}
