/** Limits of threads, each with its unit in its name. */
export const WAITING_RUNS_MAX = 100;
export const CHUNK_EVENTS_MAX = 64;
export const CHUNK_BYTES_MAX = 4_096;
/** Chunks that one read of a log returns: who got fewer events has come to the end of what is stored. */
export const READ_CHUNKS_MAX = 200;
/** How far apart puts of deltas begin: not far while the reader waits for the first words, then farther. */
export const FIRST_SECOND_MS = 1_000;
export const FIRST_WINDOW_MS = 40;
export const LATER_WINDOW_MS = 90;
/** A producer that is further ahead of the store than this waits for it. */
export const PENDING_BYTES_MAX = 65_536;
/** Longer than runs live: one that waits for somebody, up to a day each time, needs its first chunks at its end. */
export const CHUNK_TTL_MS = 604_800_000;
export const REQUEST_TTL_MS = 604_800_000;
export const LEASE_MS = 15_000;
export const LEASE_RENEW_MS = 5_000;
export const CANCEL_POLL_MS = 1_000;
export const TAIL_MIN_MS = 50;
export const TAIL_MAX_MS = 250;
/** How often a reader that sees nothing new looks at the run itself. */
export const RUN_LOOK_MS = 1_000;
/** How often a reader of a thread's events looks, how long it does so at most, and how many messages it reports at once. */
export const EVENTS_PAUSE_MIN_MS = 100;
export const EVENTS_PAUSE_MAX_MS = 1_000;
export const EVENTS_STREAM_MS = 300_000;
export const EVENTS_MISSED_MESSAGES = 1_000;
export const ACTION_WAIT_MS = 86_400_000;
export const STARTS_MAX = 5;
/** A run that nobody began for so long after it could have been ends as failed: its viewers wait for it. */
export const START_WAIT_MS = 300_000;
/** The longest that any function runs: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const FUNCTION_MS_MAX = 900_000;
/** A function with less time left hands the run over between steps. */
export const HAND_OVER_MS = 60_000;
/** What a batch of tools takes beside the slowest of them: servers that list their tools, and the writes. */
export const TOOL_MARGIN_MS = 10_000;
export const LOOP_DEFAULT = 8;
export const LOOP_MAX = 50;
export const BLOCKS_MAX = 1_000;
export const BLOCK_BYTES_MAX = 262_144;
/** What one step lists as left out of what its model was given. */
export const OMISSIONS_MAX = 100;
export const ROW_BYTES_MAX = 307_200;
export const PAGE_BYTES_MAX = 1_048_576;
export const PAGE_MESSAGES_MAX = 200;
export const TITLE_CHARS_MAX = 200;
/** Titles that a model writes: what it reads of each message, how much it may say, what is kept of it. */
export const TITLE_MESSAGES = 4;
export const TITLE_SOURCE_CHARS_MAX = 2_000;
export const TITLE_ANSWER_TOKENS = 40;
export const TITLE_SHOWN_CHARS_MAX = 80;
export const TITLE_TRIES_MAX = 3;
export const TITLE_TRY_MS = 30_000;
/** Messages of an origin that a fork reads at once, and rows that it writes at once. */
export const FORK_PAGE_MESSAGES = 100;
export const FORK_WRITES_AT_ONCE = 32;
/** A fork that nobody continues is erased after so long; longer than any function lives. */
export const FORK_WAIT_MS = 3_600_000;
export const METADATA_ENTRIES_MAX = 16;
export const METADATA_CHARS_MAX = 512;
/** Of clients of an alias, whose values are of any kind: twice as many, as two changes at once may leave, fit an item of 400 KB. */
export const ALIAS_METADATA_ENTRIES_MAX = 32;
export const ALIAS_METADATA_BYTES_MAX = 4_096;
/** Tools of a project, those of its MCP servers not counted. */
export const TOOLS_MAX = 500;
/** What a model is offered at once: OpenAI accepts 128 tools. https://platform.openai.com/docs/api-reference/chat/create */
export const OFFERED_MAX = 128;
export const TOOL_NAME_CHARS_MAX = 128;
export const TOOL_DESCRIPTION_CHARS_MAX = 4_096;
export const TOOL_SCHEMA_BYTES_MAX = 16_384;
export const TOOL_URL_CHARS_MAX = 2_048;
export const TOOL_TIMEOUT_DEFAULT_MS = 30_000;
export const TOOL_TIMEOUT_MIN_MS = 100;
export const TOOL_TIMEOUT_MAX_MS = 120_000;
export const TOOL_ANSWER_BYTES_MAX = 262_144;
export const WEBHOOK_TRIES_MAX = 3;
/** Before the second try; twice that before the third. */
export const WEBHOOK_PAUSE_MS = 250;
/** How many tools one search finds. */
export const TOOLS_FOUND_MAX = 8;
/** How long a function goes by a project's settings that it has read. */
export const PROJECT_TTL_MS = 30_000;
export const PROJECTS_KEPT_MAX = 1_000;
/** How often a stream that stays open over a wait looks for its end. */
export const WAIT_LOOK_MS = 1_000;
export const MCP_SERVERS_MAX = 20;
export const MCP_HEADERS_MAX = 16;
export const MCP_HEADER_CHARS_MAX = 4_096;
export const MCP_ANSWER_BYTES_MAX = 1_048_576;
export const MCP_LIST_TIMEOUT_MS = 5_000;
/** How long a server's list of tools is kept, and how long a server that did not answer is left alone. */
export const MCP_LIST_TTL_MS = 60_000;
export const MCP_FAILED_TTL_MS = 10_000;
export const MCP_LISTS_MAX = 200;
export const MCP_PAGES_MAX = 10;
/** Threads that one socket may watch. */
export const SUBSCRIPTIONS_MAX = 100;
/** Sockets that may watch one thread. */
export const VIEWERS_MAX = 200;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html */
export const SOCKET_MAX_MS = 7_200_000;
export const TICKET_TTL_MS = 60_000;
/** A frame of more than 32 KB is metered as two, and 24 KB of JSON may be escaped once more on the way. */
export const FRAME_BYTES_MAX = 24_576;
/**
 * How far apart frames to one viewer begin at least: less far than puts after the first second, so that each of those
 * is posted at once.
 */
export const FRAME_PAUSE_MS = 80;
/** Sockets that `fan-out` posts to at the same time. */
export const VIEWERS_AT_ONCE = 20;
/** How often a producer looks who watches, and how often while somebody waits for whoever served it before. */
export const VIEWERS_LOOK_MS = 500;
export const FORMER_LOOK_MS = 100;
/** How long an ended run's viewers are served before those that are behind are cut; they come back with their cursor. */
export const DRAIN_MS = 2_000;
/** Longer than a drain: after it, whoever served a viewer before is dead. */
export const FORMER_POSTER_MS = 3_000;
export const POST_TRIES_MAX = 3;
export const POST_PAUSE_MS = 200;
/** Runs that one subscribe replays. */
export const REPLAY_RUNS_MAX = 100;
/** API Gateway answers for a route that takes 29 s. */
export const REPLAY_MS = 20_000;
/** Items of one request in OpenAI's dialect; DynamoDB accepts 100 writes in a transaction, of 4 MB together. */
export const INPUT_ITEMS_MAX = 4_000;
/** What a run's item holds of its request; an item holds 400 KB. */
export const SETTINGS_BYTES_MAX = 262_144;
export const TURN_MESSAGES_MAX = 90;
export const TURN_BYTES_MAX = 3_500_000;
/** What the user said, beside a summary: all of it goes into one request again. */
export const COMPACT_KEPT_BYTES_MAX = 3_000_000;
export const COMPACT_KEPT_MESSAGES_MAX = 500;
/** A summary as it is sent back. */
export const COMPACTION_CHARS_MAX = 262_144;
/** Of why a person refused a call, which the model reads. */
export const REASON_CHARS_MAX = 2_000;
