import { AppError } from '../../shared/app-error.ts';

const TRIES_MAX = 5;

/** Who changes which named thing of a project's settings, and when. */
export interface SettingAsked {
  readonly projectId: string;
  readonly byKeyId: string;
  readonly name: string;
  readonly nowMs: number;
}

/**
 * Reads a setting and writes it changed, once more when somebody else's change came in between: `attempt` then answers null.
 * `what` names the setting to its admins. Throws AppError `storage_unavailable` when others never stop.
 */
export const changeSetting = async <T>(
  what: string,
  attempt: () => Promise<T | null>,
): Promise<T> => {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const outcome = await attempt();
    if (outcome !== null) return outcome;
  }
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: `The ${what} change too fast; try again.`,
  });
};
