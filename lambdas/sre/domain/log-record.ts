/** Where a record comes from: what windows count for. An absent part is ''. The tenant is the partition, never a field that a sender sets. */
export interface Source {
  readonly environment: string;
  readonly namespace: string;
  readonly service: string;
}

/** A request that a record reports, by either generation of the HTTP conventions. */
export interface HttpFacts {
  /** 0: the record names none. */
  readonly status: number;
  /** '' when the record names none. */
  readonly method: string;
  /** The route's template where there is one, else the path without its query; '' when the record names none. */
  readonly route: string;
  readonly durationMs: number | null;
}

export type AttributeValue = string | number | boolean;
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** A log record after it was read, masked and joined; its id is `<hash of its block>#<index>`. */
export interface LogRecord {
  /** Since 1970, corrected for the sender's skew and clamped; whole milliseconds. */
  readonly timeMs: number;
  readonly source: Source;
  /** 0 unknown, 1 to 24 as OpenTelemetry counts. */
  readonly severity: number;
  /** The message without its stack. */
  readonly text: string;
  /** Lines of an exception or of a dump. */
  readonly stack: string | null;
  readonly exceptionType: string | null;
  /** 32 lower-case hex digits. */
  readonly traceId: string | null;
  /** 16 lower-case hex digits. */
  readonly spanId: string | null;
  readonly http: HttpFacts | null;
  readonly eventName: string | null;
  /** Flat and bounded; what became a field above is not repeated here. */
  readonly attributes: Attributes;
  /** What its sender says of itself besides the source (host, pod, version): one object for many records. */
  readonly resource: Attributes;
}
