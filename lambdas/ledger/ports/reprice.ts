import type { Settlement } from '../domain/usage.ts';
import type { Hold, HoldOutcome, HoldRequest } from '../ports.ts';

/**
 * The hold of a call that another model is asked for next. One conditional write ends the old hold and takes the new one; of
 * a project with a cap it is two steps, the end of the old hold first. Whoever dies in between leaves no hold, or one that
 * expires.
 */
export interface HoldPricer {
  /**
   * `billed`: what the old one may have cost. It is settled under the old hold's id, so the new one has another id. Refused:
   * the old hold may stand, and ending it is right either way.
   */
  reprice(hold: Hold, request: HoldRequest, billed: Settlement | null): Promise<HoldOutcome>;
}
