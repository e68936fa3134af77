/** So long an incident without a cause waits for one: causes are looked for until 90 seconds after the last anomaly. */
export const CAUSE_WAIT_MS = 120_000;

/** Calls of a model for one incident, those that failed before an answer and those of workers that died. */
export const TRIES_MAX = 3;
export const RETRY_MS = 30_000;
/** One call, from its question to the end of its answer. */
export const CALL_MS_MAX = 60_000;
/** Longer than the function lives, so that what a lease covers is over when it is. */
export const LEASE_MS = 150_000;

/** All records of one question, as they are sent. */
export const INPUT_BYTES_MAX = 24_000;
export const LINES_MAX = 10;
export const LINE_CHARS_MAX = 600;
export const ANOMALIES_TOLD_MAX = 8;
export const DEPLOYS_MAX = 10;
/** Deployments so long before the beginning may be its cause. */
export const DEPLOYS_MS = 3_600_000;
export const RUNBOOK_CHARS_MAX = 6_000;
export const SIMILAR_MAX = 3;
/** Incidents that are compared, the newest. */
export const PAST_MAX = 200;
export const NOTES_MAX = 5;
export const NOTE_CHARS_MAX = 300;
export const NAME_CHARS_MAX = 100;

/** A longer answer is not read to its end, and refused. */
export const ANSWER_CHARS_MAX = 16_000;
export const CLAIM_CHARS_MAX = 400;
export const CITES_MAX = 8;
/** Claims of each part of an answer. */
export const CLAIMS_MAX = { summary: 2, rootCause: 3, blastRadius: 3, fixSteps: 6 } as const;
