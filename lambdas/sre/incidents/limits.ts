/** Members of one incident, so that its claims can be freed in one transaction. */
export const MEMBERS_MAX = 80;
/** Ids that an incident keeps of its anomalies, the newest. */
export const ANOMALIES_MAX = 100;
/** Anomalies that are placed in one transaction: each may write five items of a hundred. */
export const PLACED_AT_ONCE_MAX = 15;
/** Live incidents of a tenant: from then on what would open or reopen one goes into the digest. */
export const LIVE_MAX = 100;

/** New incidents of a tenant within this time; what comes beyond them goes to one digest. */
export const STORM_BUDGET = 10;
export const STORM_SPAN_MS = 600_000;

/** Quiet for so long is resolved. */
export const QUIET_MS = 900_000;
/** The end of an anomaly is reported when it was not seen for so long. */
export const ENDED_AFTER_MS = 300_000;
/** What is over for so long opens nothing; what was resolved for less is reopened. */
export const RECENT_MS = 3_600_000;
/** Nobody reports the end of an hour of a key's usage. */
export const USAGE_QUIET_MS = RECENT_MS + QUIET_MS;

/** So many turns within this time are flapping. */
export const FLAPPING_TURNS = 4;
export const FLAPPING_SPAN_MS = 1_200_000;
export const TURNS_KEPT = 8;

/** Silences of a tenant that are not over, noises among them. */
export const SILENCES_MAX = 1_000;
/** The longest that a silence may last. */
export const SILENCE_MS_MAX = 366 * 86_400_000;

/** Of an incident: from then on it takes no note. */
export const NOTED_REVISIONS_MAX = 5_000;
