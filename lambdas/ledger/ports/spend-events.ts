import type { Period } from '../domain/key.ts';
import type { ProjectShard } from '../domain/project-cap.ts';

interface CapFacts {
  readonly projectId: string;
  readonly window: string;
  readonly capNanoUsd: number;
  readonly spentNanoUsd: number;
}
interface ProjectCapFacts extends CapFacts {
  readonly epoch: number;
  readonly period: Period;
}

/** What a settlement, a refusal or a changed cap made true of a key or of a project in its window. */
export type SpendEvent =
  | ({
      readonly kind: 'KeyCapWarned';
      readonly keyId: string;
      readonly threshold: number;
    } & CapFacts)
  | ({ readonly kind: 'KeyCapReached'; readonly keyId: string } & CapFacts)
  | ({
      readonly kind: 'ProjectCapWarned';
      readonly threshold: number;
      /** false: it was as far when its cap was last changed, and nothing is new if it was told of a lower one. */
      readonly isCrossedAnew: boolean;
    } & ProjectCapFacts)
  | ({ readonly kind: 'ProjectCapReached' } & ProjectCapFacts);

/** The counters of a project's cap. */
export interface ProjectSpending {
  /** Every one, all of one revision; none: the project never had a cap. Throws AppError `storage_unavailable`. */
  shards(projectId: string): Promise<readonly ProjectShard[]>;
}

/**
 * Notifies the bus, once for each key or project, window and threshold. In a window that never ends it is once for each cap
 * that is higher than any before: who raised it wants to be warned again.
 */
export interface SpendEvents {
  /** `pending`: another instance sends it, or died at it; ask again some seconds later. Throws when the bus fails. */
  tell(event: SpendEvent): Promise<'told' | 'pending'>;
}
