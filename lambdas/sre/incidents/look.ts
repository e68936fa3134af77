/** Asks for another look at anomalies, at an incident, or at all that is live in a tenant. */
export interface LookRequest {
  readonly tenant: string;
  readonly anomalyIds: readonly string[];
  /** Whose cause to look for again; null: nobody's. */
  readonly incidentId: string | null;
  /** Whether to look after everything that is live. */
  readonly isSweep: boolean;
  readonly delaySeconds: number;
}
