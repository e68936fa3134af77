import type { LogRecord, Source } from '../domain/log-record.ts';
import type { Span } from '../domain/span.ts';
import { sourceName } from '../domain/summary.ts';
import { EventReader, failureEvent, operationName, outgoingEvent, twiceEvent } from './event.ts';
import {
  CLIENT,
  isAsync,
  isEntry,
  PRODUCER,
  selfMsOf,
  treeOf,
  type SpanNode,
} from './span-tree.ts';

/** A record and its id. */
export interface Line {
  readonly id: string;
  readonly record: LogRecord;
}

/** What one service did for one request: all of its spans under one entry span, and its lines. */
export interface Call {
  readonly source: Source;
  /** `sourceName` of it. */
  readonly service: string;
  readonly operation: string;
  /** Service and entry operation: calls of one key are alike. */
  readonly key: string;
  readonly traceId: string;
  readonly startMs: number;
  readonly endMs: number;
  /** The call that made this one; null: none that is at hand. */
  readonly caller: Call | null;
  /** Each once; what came twice or more has a second event. */
  readonly events: ReadonlySet<string>;
  /** Own time of each of its spans that called nobody. */
  readonly selves: readonly { readonly operation: string; readonly ms: number }[];
  /** What it waited for others beyond what they did. */
  readonly gaps: readonly Gap[];
  readonly unanswered: readonly Unanswered[];
  readonly lines: readonly Line[];
}

export interface Gap {
  readonly callee: Call;
  readonly ms: number;
}

/** A client span that has no span of another service under it. */
export interface Unanswered {
  readonly operation: string;
  /** What the client says of whom it calls; '' when it says nothing. */
  readonly peer: string;
  readonly isFailed: boolean;
}

interface Draft extends Call {
  endMs: number;
  caller: Call | null;
  readonly events: Set<string>;
  readonly selves: { operation: string; ms: number }[];
  readonly gaps: Gap[];
  readonly unanswered: Unanswered[];
  readonly lines: Line[];
}

/** In no name: names are masked text. */
const KEY_SEPARATOR = '\u0001';

const callKey = (service: string, operation: string): string => service + KEY_SEPARATOR + operation;

export const partsOfKey = (
  key: string,
): { readonly service: string; readonly operation: string } => {
  const at = key.indexOf(KEY_SEPARATOR);
  return { service: key.slice(0, at), operation: key.slice(at + 1) };
};

/** Spans and lines of a window as calls. A line belongs to its span's call, else to its service's call in its trace. */
export const callsOf = (spans: readonly Span[], lines: readonly Line[]): readonly Call[] => {
  const calls = new CallMaker();
  for (const trace of Map.groupBy(spans, ({ traceId }) => traceId).values()) calls.addTrace(trace);
  for (const line of lines.toSorted((left, right) => left.record.timeMs - right.record.timeMs))
    calls.addLine(line);
  return calls.made;
};

class CallMaker {
  readonly made: Draft[] = [];
  private readonly bySpan = new Map<string, Draft>();
  private readonly byTrace = new Map<string, Draft>();
  private readonly services = new Map<Source, string>();
  private readonly operations = new Map<string, string>();
  private readonly events = new EventReader();

  addTrace(spans: readonly Span[]): void {
    const entries = treeOf(spans, ({ source }) => this.serviceOf(source)).filter(isEntry);
    for (const entry of entries) this.addCall(entry);
    for (const entry of entries) this.connect(entry);
  }

  /** A line without a trace belongs to no call. */
  addLine(line: Line): void {
    const { record } = line;
    if (record.traceId === null) return;
    const service = this.serviceOf(record.source);
    const event = this.events.eventOf(record.severity, record.text);
    const own = record.spanId === null ? undefined : this.bySpan.get(record.spanId);
    const call =
      own?.service === service
        ? own
        : (this.byTrace.get(record.traceId + service) ?? this.addLinesOnly(record, service, event));
    call.lines.push(line);
    call.endMs = Math.max(call.endMs, record.timeMs);
    addEvent(call, event);
  }

  private addCall(entry: SpanNode): void {
    const { span, service } = entry;
    const call = this.newCall(
      span.source,
      service,
      this.operationOf(span),
      span.traceId,
      span.startMs,
    );
    const within = [entry];
    for (let node = within.pop(); node !== undefined; node = within.pop()) {
      this.bySpan.set(node.span.spanId, call);
      this.addSpan(call, node);
      for (const child of node.children) if (!isEntry(child)) within.push(child);
    }
  }

  private addSpan(call: Draft, node: SpanNode): void {
    const { span } = node;
    const isClient = span.kind === CLIENT || span.kind === PRODUCER;
    const operation = this.operationOf(span);
    call.endMs = Math.max(call.endMs, span.startMs + span.durationMs);
    const failure = failureEvent(span, operation);
    if (failure !== null) addEvent(call, failure);
    if (node.children.some((child) => isEntry(child) && !isAsync(child))) return;
    call.selves.push({ operation, ms: selfMsOf(node) });
    if (isClient && node.children.length === 0)
      call.unanswered.push({ operation, peer: peerOf(span), isFailed: failure !== null });
  }

  /** Tells the caller whom it called. */
  private connect(entry: SpanNode): void {
    const { span, parent } = entry;
    const call = this.bySpan.get(span.spanId);
    const caller = parent === null ? undefined : this.bySpan.get(parent.span.spanId);
    if (call === undefined || caller === undefined || parent === null) return;
    call.caller = caller;
    addEvent(caller, outgoingEvent(call.key));
    // A span that waits for several tells of none of them alone.
    if (isAsync(entry) || parent.children.length > 1) return;
    const ms = Math.max(0, parent.span.durationMs - span.durationMs);
    caller.gaps.push({ callee: call, ms });
  }

  private addLinesOnly(
    { source, traceId, timeMs }: LogRecord,
    service: string,
    event: string,
  ): Draft {
    return this.newCall(source, service, `~${event.slice(2)}`, traceId ?? '', timeMs);
  }

  private newCall(
    source: Source,
    service: string,
    operation: string,
    traceId: string,
    startMs: number,
  ): Draft {
    const call: Draft = {
      source,
      service,
      operation,
      key: callKey(service, operation),
      traceId,
      startMs,
      endMs: startMs,
      caller: null,
      events: new Set(),
      selves: [],
      gaps: [],
      unanswered: [],
      lines: [],
    };
    this.made.push(call);
    const place = traceId + service;
    if (!this.byTrace.has(place)) this.byTrace.set(place, call);
    return call;
  }

  private serviceOf(source: Source): string {
    return remembered(this.services, source, sourceName);
  }

  private operationOf({ name, http }: Span): string {
    const full =
      http === null || http.route === '' || name.includes(http.route)
        ? name
        : `${name} ${http.route}`;
    return remembered(this.operations, full, operationName);
  }
}

const addEvent = ({ events }: Draft, event: string): void => {
  events.add(events.has(event) ? twiceEvent(event) : event);
};

const PEER_ATTRIBUTES = ['peer.service', 'server.address', 'net.peer.name'] as const;

const peerOf = ({ attributes }: Span): string => {
  for (const name of PEER_ATTRIBUTES) {
    const value = attributes[name];
    if (typeof value === 'string') return value;
  }
  return '';
};

const remembered = <Key, Value>(
  known: Map<Key, Value>,
  key: Key,
  make: (key: Key) => Value,
): Value => {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make(key);
  known.set(key, made);
  return made;
};
