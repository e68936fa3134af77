import type { Tier, TierBook } from '../domain/tier.ts';
import type { KeptSetting } from './settings.ts';

/** The tiers of a project, all in one item. */
export interface TierStore {
  read(projectId: string): Promise<{ readonly book: TierBook; readonly seen: KeptSetting | null }>;
  /** false: somebody changed them since they were seen, and nothing is written. */
  write(change: {
    readonly projectId: string;
    readonly seen: KeptSetting | null;
    readonly book: TierBook;
    readonly name: string;
    readonly action: 'created' | 'changed' | 'removed';
    /** null: it is gone. */
    readonly tier: Tier | null;
    readonly byKeyId: string;
    readonly atMs: number;
  }): Promise<boolean>;
}
