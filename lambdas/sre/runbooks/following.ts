import type { Outcome, Remediation } from './remediation.ts';

/** What somebody else does in its own time. */
export interface Following {
  /** Its name there: an execution of Systems Manager, a run of GitHub. */
  readonly id: string;
  /** How often it was asked. Each look has one message, which names its number. */
  readonly looks: number;
  /** Who takes longer is asked no more. */
  readonly untilMs: number;
}

/** As long as a job of GitHub may take on its own runners. */
export const FOLLOW_MS = 6 * 3_600_000;
const LOOK_AFTER_MS = [10_000, 20_000, 30_000, 60_000, 120_000] as const;
const LOOK_MS_MAX = 300_000;
/** With five tries of the last look. */
const LOST_MS = 3_600_000;

/** How long after a look the next one is, by their number: at most 80 until nobody asks any more. */
export const lookAfterMs = (look: number): number => LOOK_AFTER_MS[look] ?? LOOK_MS_MAX;

/** Somebody else is at it, and is asked how it went. */
export const isFollowed = ({
  state,
  following,
}: Pick<Remediation, 'state' | 'following'>): boolean =>
  state === 'handed_over' && following !== null;

/** Its messages are lost: nobody waits for it for ever. */
export const isLost = (remediation: Remediation, nowMs: number): boolean =>
  isFollowed(remediation) && nowMs >= (remediation.following?.untilMs ?? 0) + LOST_MS;

/** It was asked, and continues. */
export const lookedAt = (remediation: Remediation, following: Following): Remediation => ({
  ...remediation,
  revision: remediation.revision + 1,
  following: { ...following, looks: following.looks + 1 },
});

/** It continues, and nobody asks any more. */
export const TOO_LONG: Outcome = {
  state: 'timed_out',
  result: `It was not over after ${FOLLOW_MS / 3_600_000} hours: look there.`,
  url: null,
};

/** Nobody could be asked, to the last look. */
export const neverHeard = (why: string): Outcome => ({
  state: 'unknown',
  result: `Nobody could be asked how it ended: look there. ${why}`,
  url: null,
});

/** Its holder is late, or never comes back. */
export const LEFT_ALONE: Outcome = {
  state: 'unknown',
  result:
    'Whoever did it stopped in the middle. It may have been done: look there before you propose it again.',
  url: null,
};
