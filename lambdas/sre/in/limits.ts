/** A request's body before decompression: base64 makes 4.4 MB of it in the event's 6 MB. */
export const BODY_BYTES_MAX = 4_400_000;

/** The same after decompression. JSON of this size takes some 140 MB while it is parsed. */
export const DECOMPRESSED_BYTES_MAX = 20_971_520;

/** A body may be several zstd frames; each costs a context of its own. */
export const FRAMES_MAX = 4_096;

/** 32 MiB: no frame makes us reserve more, whatever it declares. */
export const ZSTD_WINDOW_LOG_MAX = 25;

/** Messages of one body (records, attributes, values): what bounds the memory of a body that is made of empty ones. */
export const MESSAGES_MAX = 1_000_000;

/** Values, objects and lists of a JSON body: the same. */
export const JSON_VALUES_MAX = 3_000_000;

/** Records of one request; those beyond are rejected, and the answer says so. */
export const RECORDS_MAX = 50_000;

/** Sources of one request; records of those beyond count for `other`, and the answer says so. */
export const SOURCES_MAX = 1_000;

/** Nesting of values: what is deeper is left out. */
export const VALUE_DEPTH_MAX = 8;

/** A message is cut here, and says so. */
export const TEXT_CHARS_MAX = 32_768;

/** A stack is cut here, and says so. */
export const STACK_CHARS_MAX = 65_536;

/** OpenTelemetry's own default limit. */
export const ATTRIBUTES_MAX = 128;

export const ATTRIBUTE_KEY_CHARS_MAX = 200;
export const ATTRIBUTE_CHARS_MAX = 4_096;

/** A name that windows count for. */
export const NAME_CHARS_MAX = 200;

/** What the answer says of what it did not take. */
export const ANSWER_REASONS_MAX = 5;

/** A sender's clock is corrected when it is off by more. */
export const SKEW_MS_MAX = 5_000;

/** A time that is further from its arrival says nothing of its sender's clock: a day. */
export const PLAUSIBLE_MS_MAX = 86_400_000;

/** An event is at most so far after its arrival. */
export const FUTURE_MS_MAX = 60_000;

/** An event is at most so old: older ones are counted where this begins. */
export const PAST_MS_MAX = 7 * 86_400_000;

/** Lines that are sent one by one belong together within so much time and so many lines. */
export const JOIN_MS_MAX = 10_000;
export const JOIN_LINES_MAX = 200;
