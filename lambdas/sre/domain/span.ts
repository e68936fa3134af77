import type { Attributes, HttpFacts, Source } from './log-record.ts';

/** A span after it was read and masked; its id as a record is `<hash of its block>#<index>`, after the logs of the block. */
export interface Span {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly source: Source;
  readonly name: string;
  /** As OpenTelemetry counts: 1 internal, 2 server, 3 client, 4 producer, 5 consumer; 0 unknown. */
  readonly kind: number;
  /** Since 1970, corrected and clamped as a record's time. */
  readonly startMs: number;
  /** To the microsecond; 0 for a span that ends before it starts. */
  readonly durationMs: number;
  /** Its status says so. */
  readonly isError: boolean;
  /** What its status says, masked; ''. */
  readonly statusText: string;
  /** Of its first exception event. */
  readonly exceptionType: string | null;
  readonly stack: string | null;
  readonly http: HttpFacts | null;
  readonly attributes: Attributes;
  /** What its sender says of itself: one object for many spans. */
  readonly resource: Attributes;
}
