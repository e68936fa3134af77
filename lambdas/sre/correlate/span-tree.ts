import type { Span } from '../domain/span.ts';

/** A span among those of its trace. */
export interface SpanNode {
  readonly span: Span;
  /** `sourceName` of its source. */
  readonly service: string;
  parent: SpanNode | null;
  readonly children: SpanNode[];
}

export const CLIENT = 3;
export const PRODUCER = 4;
const SERVER = 2;
const CONSUMER = 5;

/** Spans of one trace by their parents. A parent that is not at hand is none. */
export const treeOf = (
  spans: readonly Span[],
  nameOf: (span: Span) => string,
): readonly SpanNode[] => {
  const nodes = new Map<string, SpanNode>();
  for (const span of spans)
    nodes.set(span.spanId, { span, service: nameOf(span), parent: null, children: [] });
  for (const node of nodes.values()) {
    const parent = nodes.get(node.span.parentSpanId ?? '');
    if (parent === undefined || isAbove(node, parent)) continue;
    node.parent = parent;
    parent.children.push(node);
  }
  return [...nodes.values()];
};

/** Deeper than any request: a chain of all spans of a look would take minutes. */
const DEPTH_MAX = 500;

/** Ids that a sender mixed up make no circle. What is too deep to be sure of begins a tree of its own. */
const isAbove = (node: SpanNode, parent: SpanNode): boolean => {
  let hops = 0;
  for (let above: SpanNode | null = parent; above !== null; above = above.parent) {
    hops += 1;
    if (above === node || hops > DEPTH_MAX) return true;
  }
  return false;
};

/** Where a call begins: with the service, or where a service calls itself over the wire. */
export const isEntry = ({ span, service, parent }: SpanNode): boolean =>
  parent === null ||
  parent.service !== service ||
  ((span.kind === SERVER || span.kind === CONSUMER) &&
    (parent.span.kind === CLIENT || parent.span.kind === PRODUCER));

/** Nobody waits for it. */
export const isAsync = ({ span, parent }: SpanNode): boolean =>
  span.kind === CONSUMER || parent?.span.kind === PRODUCER;

/** Among more siblings than this a span is not compared with each: they are a loop, and none hands over to another. */
const SIBLINGS_MAX = 200;

/**
 * A span's time without what others did in it: its children, and siblings that began later and ran beside it (reactive
 * servers hand over to those). Of another service's span the length alone is used: its clock may be off.
 */
export const selfMsOf = ({ span, service, parent, children }: SpanNode): number => {
  const beside = parent?.service === service ? parent.children : [];
  const siblings = beside.length > SIBLINGS_MAX ? [] : beside;
  if (children.length === 0 && siblings.length < 2) return span.durationMs;
  const [from, to] = [span.startMs, span.startMs + span.durationMs];
  const busy: (readonly [number, number])[] = [];
  let remoteMs = 0;
  for (const child of children)
    if (child.service === service) busy.push(intervalOf(child));
    else if (!isAsync(child)) remoteMs += child.span.durationMs;
  for (const sibling of siblings)
    if (sibling.service === service && sibling.span.startMs > from) busy.push(intervalOf(sibling));
  return Math.max(0, span.durationMs - coveredMs(busy, from, to) - remoteMs);
};

const intervalOf = ({ span }: SpanNode): readonly [number, number] => [
  span.startMs,
  span.startMs + span.durationMs,
];

const coveredMs = (intervals: (readonly [number, number])[], from: number, to: number): number => {
  let [covered, at] = [0, from];
  for (const [start, end] of intervals.toSorted(([left], [right]) => left - right)) {
    const [first, last] = [Math.max(at, start), Math.min(to, end)];
    if (last <= first) continue;
    covered += last - first;
    at = last;
  }
  return covered;
};
