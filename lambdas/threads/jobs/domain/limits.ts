/** Limits of jobs, each with its unit in its name. */
export const JOB_REQUESTS_MAX = 1_000;
/** Of the calls of one job as JSON; an event of a function has 6 MB. */
export const JOB_BYTES_MAX = 5_000_000;
export const CUSTOM_ID_CHARS_MAX = 256;
export const WEBHOOK_URL_CHARS_MAX = 2_048;
/** A job that did not come so long after its object was about to be written never will: longer than any function lives. */
export const JOB_DRAFT_MS = 3_600_000;
/** Jobs of one end user that are not over. */
export const JOBS_OPEN_MAX = 200;
/** Of the calls of the jobs that one end user makes in a day of UTC: they are kept as long as their jobs. */
export const JOB_BYTES_A_DAY_MAX = 10_000_000_000;
/** What a job of less counts for: it has rows of its own. */
export const JOB_BYTES_MIN = 10_000;
/** Calls of one job at the same time. */
export const JOB_CALLS_AT_ONCE = 8;
/** What is not begun so long after a job was made is not begun any more. */
export const JOB_AGE_MAX_MS = 86_400_000;
/** A job and its results are kept so long after its end. */
export const JOB_KEPT_MS = 2_592_000_000;
/** No call begins in a function that has less time left: another function takes over. */
export const CALL_MS_MIN = 300_000;
/** A job that nothing can be done for within this time gives its function back, and is begun again by the sweep. */
export const PARK_MS = 5_000;
/** How often a worker renews its lease, and looks whether it shall stop. */
export const WATCH_MS = 2_000;
/** Starts in a row of which no call came to its end and none waited. */
export const JOB_STARTS_MAX = 5;
/** Begun again after its worker died, a call is paid for once more. */
export const CALL_ATTEMPTS_MAX = 2;
/** Asked again when its provider was busy or failed before it answered. */
export const PROVIDER_TRIES_MAX = 4;
export const PROVIDER_PAUSE_MS = 1_000;
export const PROVIDER_PAUSE_MAX_MS = 60_000;
/** An answer beyond it is paid for and not kept. */
export const RESULT_BYTES_MAX = 20_971_520;
/** Of one page of results. */
export const RESULTS_PAGE_BYTES_MAX = 4_194_304;
export const RESULTS_PAGE_DEFAULT = 100;
export const RESULTS_PAGE_MAX = 1_000;
/** A result that the job itself shows. */
export const SHOWN_RESULT_BYTES_MAX = 1_048_576;
export const NOTICE_TIMEOUT_MS = 10_000;
/** Before the second try of a webhook, the third and so on; after the last one it has failed. */
export const NOTICE_PAUSES_MS: readonly number[] = [
  60_000, 120_000, 300_000, 900_000, 1_800_000, 3_600_000, 7_200_000,
];
/** Jobs that one sweep looks at, and items that it removes at most. */
export const JOBS_A_SWEEP_MAX = 200;
