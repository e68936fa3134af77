/** A call that was refused because its key is at its cap. */
export interface CapHit {
  readonly keyId: string;
  readonly projectId: string;
  /** What was asked for. */
  readonly model: string;
  readonly atMs: number;
}

/** A key's month at its cap. */
export interface CapMonth {
  readonly keyId: string;
  /** `2026-11`, UTC. */
  readonly month: string;
  /** Minutes in which a call was refused at the cap. */
  readonly minutes: number;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Minutes by the model that was asked for first in each. */
  readonly byModel: Readonly<Record<string, number>>;
}
