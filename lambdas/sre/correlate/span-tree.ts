import type { Span } from '../domain/span.ts';
import { Intervals } from './intervals.ts';

export const CLIENT = 3;
export const PRODUCER = 4;
const SERVER = 2;
const CONSUMER = 5;

/** No span: of a parent, a child or a sibling. */
export const NONE = -1;
const FIRST_ROOM = 64;
/** Deeper than any request: a chain of all spans of a look would take minutes. */
const DEPTH_MAX = 500;
/** Among more siblings than this a span is not compared with each: they are a loop, and none hands over to another. */
const SIBLINGS_MAX = 200;

/**
 * Spans of one trace by their parents, as columns by the place of a span. It is loaded with one trace after another and
 * keeps its room: a look has thousands of traces, and an object for each span would be most of what it needs.
 */
export class SpanTree {
  length = 0;
  /** Longer than `length` where a trace before had more. */
  private readonly spans: Span[] = [];
  /** `sourceName` of each span's source. */
  private readonly services: string[] = [];
  readonly places = new Map<string, number>();
  private parents = new Int32Array(FIRST_ROOM);
  private firstChildren = new Int32Array(FIRST_ROOM);
  private nextSiblings = new Int32Array(FIRST_ROOM);
  private childCounts = new Int32Array(FIRST_ROOM);
  private readonly nameOf: (span: Span) => string;
  private readonly busy = new Intervals();

  constructor(nameOf: (span: Span) => string) {
    this.nameOf = nameOf;
  }

  clear(): void {
    this.length = 0;
    this.places.clear();
  }

  /** Of spans that one id names, the last one counts. */
  add(span: Span): void {
    const place = this.places.get(span.spanId) ?? this.length;
    if (place === this.length) {
      this.places.set(span.spanId, place);
      this.length += 1;
    }
    this.spans[place] = span;
    this.services[place] = this.nameOf(span);
  }

  /** After the last span. A parent that is not at hand is none. */
  connect(): void {
    this.makeRoom();
    const { parents, firstChildren, nextSiblings, childCounts, length } = this;
    parents.fill(NONE, 0, length);
    firstChildren.fill(NONE, 0, length);
    childCounts.fill(0, 0, length);
    for (let place = 0; place < length; place += 1) {
      const parent = this.places.get(this.spanAt(place).parentSpanId ?? '') ?? NONE;
      if (parent !== NONE && !this.isAbove(place, parent)) parents[place] = parent;
    }
    for (let place = length - 1; place >= 0; place -= 1) {
      const parent = this.parentOf(place);
      if (parent === NONE) continue;
      nextSiblings[place] = firstChildren[parent] ?? NONE;
      firstChildren[parent] = place;
      childCounts[parent] = this.childCountOf(parent) + 1;
    }
  }

  /** Ids that a sender mixed up make no circle. What is too deep to be sure of begins a tree of its own. */
  private isAbove(place: number, parent: number): boolean {
    let hops = 0;
    for (let above = parent; above !== NONE; above = this.parentOf(above)) {
      hops += 1;
      if (above === place || hops > DEPTH_MAX) return true;
    }
    return false;
  }

  private makeRoom(): void {
    if (this.length <= this.parents.length) return;
    const room = Math.max(this.length, 2 * this.parents.length);
    this.parents = new Int32Array(room);
    this.firstChildren = new Int32Array(room);
    this.nextSiblings = new Int32Array(room);
    this.childCounts = new Int32Array(room);
  }

  spanAt(place: number): Span {
    const span = this.spans[place];
    if (span === undefined) throw new RangeError(`a trace has no span ${place}`);
    return span;
  }

  serviceOf(place: number): string {
    return this.services[place] ?? '';
  }

  parentOf(place: number): number {
    return this.parents[place] ?? NONE;
  }

  childCountOf(place: number): number {
    return this.childCounts[place] ?? 0;
  }

  firstChildOf(place: number): number {
    return this.firstChildren[place] ?? NONE;
  }

  nextSiblingOf(place: number): number {
    return this.nextSiblings[place] ?? NONE;
  }

  /** Where a call begins: with the service, or where a service calls itself over the wire. */
  isEntry(place: number): boolean {
    const parent = this.parentOf(place);
    if (parent === NONE || this.services[parent] !== this.services[place]) return true;
    const { kind } = this.spanAt(place);
    const above = this.spanAt(parent).kind;
    return (kind === SERVER || kind === CONSUMER) && (above === CLIENT || above === PRODUCER);
  }

  /** Nobody waits for it. */
  isAsync(place: number): boolean {
    const parent = this.parentOf(place);
    return (
      this.spanAt(place).kind === CONSUMER ||
      (parent !== NONE && this.spanAt(parent).kind === PRODUCER)
    );
  }

  /**
   * A span's time without what others did in it: its children, and siblings that began later and ran beside it (reactive
   * servers hand over to those). Of another service's span the length alone is used: its clock may be off.
   */
  selfMsOf(place: number): number {
    const { busy } = this;
    const { startMs, durationMs } = this.spanAt(place);
    const firstBeside = this.firstBeside(place);
    if (firstBeside === NONE && this.childCountOf(place) === 0) return durationMs;
    const service = this.services[place];
    busy.clear();
    let remoteMs = 0;
    for (let child = this.firstChildOf(place); child !== NONE; child = this.nextSiblingOf(child))
      if (this.services[child] === service) this.addBusy(child);
      else if (!this.isAsync(child)) remoteMs += this.spanAt(child).durationMs;
    for (let beside = firstBeside; beside !== NONE; beside = this.nextSiblingOf(beside))
      if (this.services[beside] === service && this.spanAt(beside).startMs > startMs)
        this.addBusy(beside);
    return Math.max(0, durationMs - busy.coveredMs(startMs, startMs + durationMs) - remoteMs);
  }

  private addBusy(place: number): void {
    const { startMs, durationMs } = this.spanAt(place);
    this.busy.add(startMs, startMs + durationMs);
  }

  /** The first of the spans that are beside it under a span of its own service. */
  private firstBeside(place: number): number {
    const parent = this.parentOf(place);
    return parent === NONE ||
      this.services[parent] !== this.services[place] ||
      this.childCountOf(parent) > SIBLINGS_MAX ||
      this.childCountOf(parent) === 1
      ? NONE
      : this.firstChildOf(parent);
  }
}
