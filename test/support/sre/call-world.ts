import { createHash } from 'node:crypto';
import type { Line } from '../../../lambdas/sre/correlate/calls.ts';
import type { LogRecord, Source } from '../../../lambdas/sre/domain/log-record.ts';
import type { Span } from '../../../lambdas/sre/domain/span.ts';
import { seeded, type Seeded } from '../../simulation/seeded.ts';
import { sourceOf } from './entries.ts';
import { recordOf, spanOf } from './records.ts';

/** What is wrong with a service at a moment; what is absent is as usual. */
export interface Trouble {
  /** It fails of itself: an error instead of its last line. */
  readonly fails?: boolean;
  /** The exception that its span has then, instead of a line. */
  readonly exceptionType?: string;
  /** Its own work takes so much longer. */
  readonly slowMs?: number;
  /** Its network does. */
  readonly lateMs?: number;
  /** It is gone: no span, no line, and whoever calls it fails. */
  readonly isDead?: boolean;
  /** What it calls outside does not answer well. */
  readonly outsideFails?: boolean;
  readonly version?: string;
}

/** Something that has no spans: a database, or somebody else's service. */
export interface Outside {
  readonly operation: string;
  readonly peer: string;
}

export interface WorldOptions {
  /** Whom each service calls, one after another; the first takes the requests. */
  readonly services: Readonly<Record<string, readonly string[]>>;
  /** What some of them call first, outside. */
  readonly outside?: Readonly<Record<string, Outside>>;
  /** Services that are told by a queue, and work later. */
  readonly queued?: readonly string[];
  readonly trouble?: (service: string, atMs: number) => Trouble;
  /** What a service's clock is ahead. */
  readonly skewMs?: Readonly<Record<string, number>>;
  readonly requestsAMinute?: number;
  /** Traces that are sampled; lines are kept all the same. */
  readonly sampled?: number;
  readonly hasSpans?: boolean;
  readonly hasLines?: boolean;
  /** Traces are named in lines. */
  readonly hasTraceIds?: boolean;
  readonly sourceOf?: (service: string) => Source;
}

export interface Telling {
  readonly spans: Span[];
  readonly lines: Line[];
}

const [SERVER, CLIENT, PRODUCER, CONSUMER] = [2, 3, 4, 5];
const OWN_MS = 4;

/** A few services that call each other, told as spans and lines: the same options and seed, the same telling. */
export const traffic = (
  options: WorldOptions,
  {
    fromMs,
    toMs,
    seed = 1,
  }: { readonly fromMs: number; readonly toMs: number; readonly seed?: number },
): Telling => {
  const random = seeded(seed * 1_000_003 + Math.floor(fromMs / 1_000));
  const told: Telling = { spans: [], lines: [] };
  const stepMs = 60_000 / (options.requestsAMinute ?? 15);
  const [front = ''] = Object.keys(options.services);
  for (let atMs = fromMs; atMs < toMs; atMs += stepMs) {
    const traceId = hex(`trace ${seed} ${atMs}`, 32);
    const request = new Request(options, random, told, traceId);
    request.call(front, Math.round(atMs + random.below(200)), null, SERVER);
  }
  return told;
};

class Request {
  private readonly options: WorldOptions;
  private readonly random: Seeded;
  private readonly told: Telling;
  private readonly traceId: string;
  private readonly isSampled: boolean;
  private spans = 0;

  constructor(options: WorldOptions, random: Seeded, told: Telling, traceId: string) {
    this.options = options;
    this.random = random;
    this.told = told;
    this.traceId = traceId;
    this.isSampled = random.chance(options.sampled ?? 1);
  }

  /** Returns when it is over and whether it failed. */
  call(
    service: string,
    atMs: number,
    parentSpanId: string | null,
    kind: number,
  ): { readonly endMs: number; readonly failed: boolean } {
    const trouble = this.options.trouble?.(service, atMs) ?? {};
    if (trouble.isDead === true) return { endMs: atMs + 2, failed: true };
    const spanId = this.nextSpanId();
    this.line(
      service,
      atMs,
      spanId,
      9,
      `${service} begins order ${this.random.below(10_000)}`,
      trouble,
    );
    let [endMs, failed] = [atMs + OWN_MS + this.random.below(3) + (trouble.slowMs ?? 0), false];
    const outside = this.options.outside?.[service];
    if (outside !== undefined) {
      failed = trouble.outsideFails === true;
      endMs = this.askOutside(service, outside, endMs, spanId, trouble);
    }
    for (const callee of failed ? [] : (this.options.services[service] ?? [])) {
      const isQueued = this.options.queued?.includes(callee) ?? false;
      const below = this.callOver(service, callee, endMs, spanId, isQueued, trouble);
      if (!isQueued) ({ endMs } = below);
      failed ||= below.failed && !isQueued;
      if (failed) break;
    }
    if (failed)
      this.line(service, endMs, spanId, 17, `${service} gives up: a call failed`, trouble);
    const isBroken = trouble.fails === true || trouble.exceptionType !== undefined;
    if (trouble.fails === true)
      this.line(service, endMs, spanId, 17, `${service} cannot read its configuration`, trouble);
    failed ||= isBroken;
    if (!failed) this.line(service, endMs, spanId, 9, `${service} is done`, trouble);
    this.span(
      service,
      {
        spanId,
        parentSpanId,
        kind,
        name: `POST /${service}`,
        startMs: atMs,
        durationMs: endMs - atMs,
        isError: failed,
        exceptionType: isBroken ? (trouble.exceptionType ?? null) : null,
      },
      trouble,
    );
    return { endMs: endMs + (trouble.lateMs ?? 0), failed };
  }

  /** Returns when it is over. */
  private askOutside(
    service: string,
    { operation, peer }: Outside,
    startMs: number,
    parentSpanId: string,
    trouble: Trouble,
  ): number {
    const durationMs = 2 + this.random.below(3);
    this.span(
      service,
      {
        spanId: this.nextSpanId(),
        parentSpanId,
        kind: CLIENT,
        name: operation,
        startMs,
        durationMs,
        isError: trouble.outsideFails === true,
        attributes: peer === '' ? {} : { 'server.address': peer },
      },
      trouble,
    );
    return startMs + durationMs;
  }

  private callOver(
    service: string,
    callee: string,
    atMs: number,
    parentSpanId: string,
    isQueued: boolean,
    trouble: Trouble,
  ) {
    const spanId = this.nextSpanId();
    const lateMs = this.options.trouble?.(callee, atMs).lateMs ?? 0;
    const waitMs = isQueued ? 3_000 : 1;
    const below = this.call(
      callee,
      atMs + waitMs + lateMs / 2,
      spanId,
      isQueued ? CONSUMER : SERVER,
    );
    const endMs = isQueued ? atMs + 1 : below.endMs + 1;
    this.span(
      service,
      {
        spanId,
        parentSpanId,
        kind: isQueued ? PRODUCER : CLIENT,
        name: isQueued ? `send ${callee}` : 'POST',
        startMs: atMs,
        durationMs: endMs - atMs,
        isError: below.failed && !isQueued,
        attributes: { 'server.address': callee },
      },
      trouble,
    );
    return { endMs, failed: below.failed };
  }

  private nextSpanId(): string {
    this.spans += 1;
    return hex(`${this.traceId} ${this.spans}`, 16);
  }

  private sourceOf(service: string): Source {
    return (this.options.sourceOf ?? sourceOf)(service);
  }

  private clockOf(service: string, atMs: number): number {
    return Math.round(atMs + (this.options.skewMs?.[service] ?? 0));
  }

  private line(
    service: string,
    atMs: number,
    spanId: string,
    severity: number,
    text: string,
    { version }: Trouble,
  ): void {
    if (this.options.hasLines === false) return;
    const record: LogRecord = recordOf({
      timeMs: this.clockOf(service, atMs),
      source: this.sourceOf(service),
      severity,
      text,
      traceId: this.options.hasTraceIds === false ? null : this.traceId,
      spanId: this.options.hasTraceIds === false ? null : spanId,
      resource: version === undefined ? {} : { 'service.version': version },
    });
    this.told.lines.push({ block: this.traceId, place: this.told.lines.length, record });
  }

  private span(
    service: string,
    change: Partial<Span> & Pick<Span, 'startMs'>,
    { version }: Trouble,
  ): void {
    if (this.options.hasSpans === false || !this.isSampled) return;
    this.told.spans.push(
      spanOf({
        traceId: this.traceId,
        source: this.sourceOf(service),
        resource: version === undefined ? {} : { 'service.version': version },
        ...change,
        startMs: this.clockOf(service, change.startMs),
      }),
    );
  }
}

const hex = (text: string, characters: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, characters);
