import protobuf from 'protobufjs/light.js';

type Fields = Record<string, protobuf.IField>;

const one = (id: number, type: string): protobuf.IField => ({ id, type });
const many = (id: number, type: string): protobuf.IField => ({ id, type, rule: 'repeated' });

const exported = (items: string): Fields => ({ [items]: many(1, 'Resource_') });
const ofResource = (scopes: string): Fields => ({
  resource: one(1, 'Resource'),
  [scopes]: many(2, 'Scope_'),
});
const ofScope = (items: string, type: string): Fields => ({
  scope: one(1, 'Scope'),
  [items]: many(2, type),
});

const point = { startTimeUnixNano: one(2, 'fixed64'), timeUnixNano: one(3, 'fixed64') };

/**
 * Messages of opentelemetry-proto 1.11.0 by their published numbers, as far as they are read; a field that is not here is
 * skipped. Names are those of OTLP's JSON, so that both encodings come out alike. Read as proto2, presence is explicit: 0,
 * false and '' of a value are told from none, and a text that is no UTF-8 costs nothing but its broken characters.
 * https://github.com/open-telemetry/opentelemetry-proto/tree/v1.11.0/opentelemetry/proto
 */
const messagesOf = (idType: string): Readonly<Record<string, Fields>> => ({
  Resource: { attributes: many(1, 'KeyValue') },
  Scope: { name: one(1, 'string'), version: one(2, 'string') },
  KeyValue: { key: one(1, 'string'), value: one(2, 'AnyValue') },
  AnyValue: {
    stringValue: one(1, 'string'),
    boolValue: one(2, 'bool'),
    intValue: one(3, 'int64'),
    doubleValue: one(4, 'double'),
    arrayValue: one(5, 'ArrayValue'),
    kvlistValue: one(6, 'KeyValueList'),
    bytesValue: one(7, 'bytes'),
  },
  ArrayValue: { values: many(1, 'AnyValue') },
  KeyValueList: { values: many(1, 'KeyValue') },
  LogRecord: {
    timeUnixNano: one(1, 'fixed64'),
    severityNumber: one(2, 'int32'),
    severityText: one(3, 'string'),
    body: one(5, 'AnyValue'),
    attributes: many(6, 'KeyValue'),
    traceId: one(9, idType),
    spanId: one(10, idType),
    observedTimeUnixNano: one(11, 'fixed64'),
    eventName: one(12, 'string'),
  },
  Span: {
    traceId: one(1, idType),
    spanId: one(2, idType),
    parentSpanId: one(4, idType),
    name: one(5, 'string'),
    kind: one(6, 'int32'),
    startTimeUnixNano: one(7, 'fixed64'),
    endTimeUnixNano: one(8, 'fixed64'),
    attributes: many(9, 'KeyValue'),
    events: many(11, 'Event'),
    status: one(15, 'SpanStatus'),
  },
  Event: {
    timeUnixNano: one(1, 'fixed64'),
    name: one(2, 'string'),
    attributes: many(3, 'KeyValue'),
  },
  SpanStatus: { message: one(2, 'string'), code: one(3, 'int32') },
  Metric: {
    name: one(1, 'string'),
    unit: one(3, 'string'),
    gauge: one(5, 'Points'),
    sum: one(7, 'Points'),
    histogram: one(9, 'HistogramPoints'),
    exponentialHistogram: one(10, 'HistogramPoints'),
    summary: one(11, 'SummaryPoints'),
  },
  Points: {
    dataPoints: many(1, 'NumberPoint'),
    aggregationTemporality: one(2, 'int32'),
    isMonotonic: one(3, 'bool'),
  },
  NumberPoint: {
    ...point,
    asDouble: one(4, 'double'),
    asInt: one(6, 'sfixed64'),
    attributes: many(7, 'KeyValue'),
  },
  HistogramPoints: {
    dataPoints: many(1, 'HistogramPoint'),
    aggregationTemporality: one(2, 'int32'),
  },
  HistogramPoint: { ...point, count: one(4, 'fixed64'), sum: one(5, 'double') },
  SummaryPoints: { dataPoints: many(1, 'SummaryPoint') },
  SummaryPoint: { ...point, count: one(4, 'fixed64'), sum: one(5, 'double') },
  Answer: { partialSuccess: one(1, 'PartialSuccess') },
  PartialSuccess: { rejected: one(1, 'int64'), errorMessage: one(2, 'string') },
  /** google.rpc.Status */
  Status: { code: one(1, 'int32'), message: one(2, 'string') },
});

/** What a signal's request holds, by the names of its JSON; `Before`: by those of OTLP before 0.15. */
export const SIGNALS = {
  logs: {
    resources: 'resourceLogs',
    scopes: 'scopeLogs',
    scopesBefore: 'instrumentationLibraryLogs',
    items: 'logRecords',
    itemsBefore: 'logs',
    type: 'LogRecord',
  },
  traces: {
    resources: 'resourceSpans',
    scopes: 'scopeSpans',
    scopesBefore: 'instrumentationLibrarySpans',
    items: 'spans',
    itemsBefore: 'spans',
    type: 'Span',
  },
  metrics: {
    resources: 'resourceMetrics',
    scopes: 'scopeMetrics',
    scopesBefore: 'instrumentationLibraryMetrics',
    items: 'metrics',
    itemsBefore: 'metrics',
    type: 'Metric',
  },
} as const;

export type Signal = keyof typeof SIGNALS;

/** To the library an id may be a message with a decoder of its own: on the wire bytes and messages are alike. */
export const ID = 'Id';

/** A root of its own for each signal: only the envelopes differ, and what a type is told to do stays with its signal. */
export const otlpRoot = (signal: Signal, idType: 'bytes' | typeof ID = 'bytes'): protobuf.Root => {
  const { resources, scopes, items, type } = SIGNALS[signal];
  const messages = {
    ...messagesOf(idType),
    [ID]: {},
    Request: exported(resources),
    Resource_: ofResource(scopes),
    Scope_: ofScope(items, type),
  };
  return protobuf.Root.fromJSON({
    nested: Object.fromEntries(
      Object.entries(messages).map(([name, fields]) => [name, { fields, edition: 'proto2' }]),
    ),
  });
};
