import type { LogRecord, Source } from '../domain/log-record.ts';
import type { Span } from '../domain/span.ts';
import { sourceName } from '../domain/summary.ts';
import { EventReader, failureEvent, operationName, outgoingEvent, twiceEvent } from './event.ts';
import { CLIENT, NONE, PRODUCER, SpanTree } from './span-tree.ts';
import { TraceIndex } from './trace-index.ts';

/** A record and where it stands, which is its id: few of thousands are ever named. */
export interface Line {
  /** Hash of its block. */
  readonly block: string;
  readonly place: number;
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

export const callKey = (service: string, operation: string): string =>
  service + KEY_SEPARATOR + operation;

export const partsOfKey = (
  key: string,
): { readonly service: string; readonly operation: string } => {
  const at = key.indexOf(KEY_SEPARATOR);
  return { service: key.slice(0, at), operation: key.slice(at + 1) };
};

/** Spans and lines of a window as calls. A line belongs to its span's call, else to its service's call in its trace. */
export const callsOf = (spans: readonly Span[], lines: readonly Line[]): readonly Call[] => {
  const calls = new CallMaker();
  const spansByTrace = new TraceIndex(spans, ({ traceId }) => traceId);
  const linesByTrace = new TraceIndex(lines, ({ record }) => record.traceId);
  for (const traceId of spansByTrace.traceIds())
    calls.addTrace(traceId, spansByTrace, linesByTrace);
  for (const traceId of linesByTrace.traceIds())
    if (!spansByTrace.has(traceId)) calls.addTrace(traceId, spansByTrace, linesByTrace);
  return calls.made;
};

const areInTime = (lines: readonly Line[]): boolean => {
  for (let index = 1; index < lines.length; index += 1)
    if ((lines[index - 1]?.record.timeMs ?? 0) > (lines[index]?.record.timeMs ?? 0)) return false;
  return true;
};

/** Reads one trace after another. What it needs for one it uses for the next. */
class CallMaker {
  readonly made: Draft[] = [];
  private readonly services = new Map<Source, string>();
  private readonly operations = new Map<string, Map<string, string>>();
  private readonly keys = new Map<string, Map<string, string>>();
  /** By event or key: what it is called a second time, and as a call of another service. Most calls are of one kind. */
  private readonly twice = new Remembered(twiceEvent);
  private readonly outgoing = new Remembered(outgoingEvent);
  private readonly events = new EventReader();
  private readonly tree = new SpanTree(({ source }) => this.serviceOf(source));
  /** Of the trace that is read: the call of each span by its place, and the first call of each service. */
  private readonly ofSpan: (Draft | null)[] = [];
  private readonly ofService = new Map<string, Draft>();
  private readonly within: number[] = [];
  private readonly ofTrace: Line[] = [];

  addTrace(traceId: string, spans: TraceIndex<Span>, lines: TraceIndex<Line>): void {
    const { tree } = this;
    tree.clear();
    spans.each(traceId, (span) => tree.add(span));
    tree.connect();
    this.ofService.clear();
    for (let place = 0; place < tree.length; place += 1) this.ofSpan[place] = null;
    for (let place = 0; place < tree.length; place += 1)
      if (tree.isEntry(place)) this.addCall(place);
    for (let place = 0; place < tree.length; place += 1)
      if (tree.isEntry(place)) this.connect(place);
    const { ofTrace } = this;
    ofTrace.length = 0;
    lines.each(traceId, (line) => ofTrace.push(line));
    if (!areInTime(ofTrace))
      ofTrace.sort((left, right) => left.record.timeMs - right.record.timeMs);
    for (let index = 0; index < ofTrace.length; index += 1) {
      const line = ofTrace[index];
      if (line !== undefined) this.addLine(line);
    }
  }

  private addLine(line: Line): void {
    const { record } = line;
    const service = this.serviceOf(record.source);
    const event = this.events.eventOf(record.severity, record.text);
    const place = record.spanId === null ? undefined : this.tree.places.get(record.spanId);
    const own = place === undefined ? undefined : this.ofSpan[place];
    const call =
      own?.service === service
        ? own
        : (this.ofService.get(service) ?? this.addLinesOnly(record, service, event));
    call.lines.push(line);
    if (record.timeMs > call.endMs) call.endMs = record.timeMs;
    this.addEvent(call, event);
  }

  private addCall(entry: number): void {
    const { tree, within } = this;
    const span = tree.spanAt(entry);
    const call = this.newCall(
      span.source,
      tree.serviceOf(entry),
      this.operationOf(span),
      span.traceId,
      span.startMs,
    );
    within.push(entry);
    for (let place = within.pop(); place !== undefined; place = within.pop()) {
      this.ofSpan[place] = call;
      this.addSpan(call, place);
      for (let child = tree.firstChildOf(place); child !== NONE; child = tree.nextSiblingOf(child))
        if (!tree.isEntry(child)) within.push(child);
    }
  }

  private addSpan(call: Draft, place: number): void {
    const { tree } = this;
    const span = tree.spanAt(place);
    const isClient = span.kind === CLIENT || span.kind === PRODUCER;
    const operation = this.operationOf(span);
    const endMs = span.startMs + span.durationMs;
    if (endMs > call.endMs) call.endMs = endMs;
    const failure = failureEvent(span, operation);
    if (failure !== null) this.addEvent(call, failure);
    for (let child = tree.firstChildOf(place); child !== NONE; child = tree.nextSiblingOf(child))
      if (tree.isEntry(child) && !tree.isAsync(child)) return;
    call.selves.push({ operation, ms: tree.selfMsOf(place) });
    if (isClient && tree.childCountOf(place) === 0)
      call.unanswered.push({ operation, peer: peerOf(span), isFailed: failure !== null });
  }

  /** Tells the caller whom it called. */
  private connect(entry: number): void {
    const { tree } = this;
    const parent = tree.parentOf(entry);
    if (parent === NONE) return;
    const [call, caller] = [this.ofSpan[entry], this.ofSpan[parent]];
    if (!call || !caller) return;
    call.caller = caller;
    this.addEvent(caller, this.outgoing.of(call.key));
    // A span that waits for several says nothing of any of them alone.
    if (tree.isAsync(entry) || tree.childCountOf(parent) > 1) return;
    const ms = Math.max(0, tree.spanAt(parent).durationMs - tree.spanAt(entry).durationMs);
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
      key: this.keyOf(service, operation),
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
    if (!this.ofService.has(service)) this.ofService.set(service, call);
    return call;
  }

  private addEvent({ events }: Draft, event: string): void {
    events.add(events.has(event) ? this.twice.of(event) : event);
  }

  private keyOf(service: string, operation: string): string {
    let ofService = this.keys.get(service);
    if (ofService === undefined) {
      ofService = new Map();
      this.keys.set(service, ofService);
    }
    const known = ofService.get(operation);
    if (known !== undefined) return known;
    const key = callKey(service, operation);
    ofService.set(operation, key);
    return key;
  }

  private serviceOf(source: Source): string {
    const known = this.services.get(source);
    if (known !== undefined) return known;
    const name = sourceName(source);
    this.services.set(source, name);
    return name;
  }

  private operationOf({ name, http }: Span): string {
    const route = http === null || name.includes(http.route) ? '' : http.route;
    const ofName = this.operations.get(name);
    const known = ofName?.get(route);
    if (known !== undefined) return known;
    const operation = operationName(route === '' ? name : `${name} ${route}`);
    if (ofName === undefined) this.operations.set(name, new Map([[route, operation]]));
    else ofName.set(route, operation);
    return operation;
  }
}

/** What is made of a text, once for each: a window makes the same of thousands of calls. */
class Remembered {
  private readonly made = new Map<string, string>();
  private readonly make: (text: string) => string;

  constructor(make: (text: string) => string) {
    this.make = make;
  }

  of(text: string): string {
    const known = this.made.get(text);
    if (known !== undefined) return known;
    const made = this.make(text);
    this.made.set(text, made);
    return made;
  }
}

const PEER_ATTRIBUTES = ['peer.service', 'server.address', 'net.peer.name'] as const;

const peerOf = ({ attributes }: Span): string => {
  for (const name of PEER_ATTRIBUTES) {
    const value = attributes[name];
    if (typeof value === 'string') return value;
  }
  return '';
};
