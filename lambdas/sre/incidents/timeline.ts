/** What a step of an incident's life was. */
export type StepKind =
  | 'opened'
  | 'joined'
  | 'worse'
  | 'cause'
  | 'diagnosed'
  | 'not_diagnosed'
  | 'acknowledged'
  | 'assigned'
  | 'investigating'
  | 'mitigated'
  | 'resolved'
  | 'reopened'
  | 'merged'
  | 'took_in'
  | 'unmerged'
  | 'gave_back'
  | 'snoozed'
  | 'woke'
  | 'called_noise'
  | 'remediation'
  | 'noted';

/** One revision of an incident, as its timeline and the audit trail show it. Each revision has exactly one. */
export interface Step {
  readonly revision: number;
  readonly atMs: number;
  /** Who did it: a key's id, a person's name, a destination; `sluice` when nobody did. */
  readonly by: string;
  readonly kind: StepKind;
  /** A sentence. */
  readonly text: string;
  /** Of news that are reported once, however often they are sent; absent: they are no such news. */
  readonly reference?: string;
}

/** Nobody did it. */
export const SLUICE = 'sluice';
