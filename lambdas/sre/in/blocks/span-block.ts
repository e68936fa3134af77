import type { Span } from '../../domain/span.ts';
import { readAttributes, writeAttributes } from './attribute-columns.ts';
import { ByteWriter, CorruptBlock } from './bytes.ts';
import {
  readDeltas,
  readIds,
  readRepeated,
  readUnsigned,
  writeDeltas,
  writeIds,
  writeRepeated,
  writeUnsigned,
} from './columns.ts';
import { opened, sealed } from './frame.ts';
import { readHttp, readSenders, writeHttp, writeSenders } from './shared-columns.ts';
import { readTemplates, writeTemplates } from './templates.ts';

const [TRACE_BYTES, SPAN_BYTES] = [16, 8];
const MICROSECONDS = 1_000;
const KINDS = 6;

/** Spans of one batch as columns. */
export const encodeSpanBlock = (spans: readonly Span[]): Buffer => {
  const out = new ByteWriter();
  out.unsigned(spans.length);
  writeSenders(out, spans);
  writeDeltas(
    out,
    spans.map(({ startMs }) => startMs),
  );
  writeUnsigned(
    out,
    spans.map(({ durationMs }) => Math.round(durationMs * MICROSECONDS)),
  );
  writeUnsigned(
    out,
    spans.map(({ kind, isError }) => kind + (isError ? KINDS : 0)),
  );
  writeTemplates(
    out,
    spans.map(({ name }) => name),
  );
  writeTemplates(
    out,
    spans.map(({ statusText }) => statusText),
  );
  writeIds(
    out,
    spans.map(({ traceId }) => traceId),
  );
  writeIds(
    out,
    spans.map(({ spanId }) => spanId),
  );
  writeIds(
    out,
    spans.map(({ parentSpanId }) => parentSpanId),
  );
  writeRepeated(
    out,
    spans.map(({ stack }) => stack),
  );
  writeRepeated(
    out,
    spans.map(({ exceptionType }) => exceptionType),
  );
  writeHttp(
    out,
    spans.map(({ http }) => http),
  );
  writeAttributes(
    out,
    spans.map(({ attributes }) => attributes),
  );
  return sealed('traces', out);
};

/** Throws `CorruptBlock` for bytes that are no such block, or not all of it. */
export const decodeSpanBlock = (bytes: Uint8Array): Span[] => {
  const input = opened('traces', bytes);
  const count = input.count();
  const senders = readSenders(input, count);
  const starts = readDeltas(input, count);
  const durations = readUnsigned(input, count);
  const kinds = readUnsigned(input, count);
  const names = readTemplates(input, count);
  const statusTexts = readTemplates(input, count);
  const traceIds = readIds(input, count, TRACE_BYTES);
  const spanIds = readIds(input, count, SPAN_BYTES);
  const parents = readIds(input, count, SPAN_BYTES);
  const stacks = readRepeated(input, count);
  const exceptionTypes = readRepeated(input, count);
  const https = readHttp(input, count);
  const all = readAttributes(input, count);
  if (input.left > 0) throw new CorruptBlock('a block continues after its end');
  return senders.map(({ source, resource }, index) => ({
    traceId: traceIds[index] ?? '',
    spanId: spanIds[index] ?? '',
    parentSpanId: parents[index] ?? null,
    source,
    name: names[index] ?? '',
    kind: (kinds[index] ?? 0) % KINDS,
    startMs: starts[index] ?? 0,
    durationMs: (durations[index] ?? 0) / MICROSECONDS,
    isError: (kinds[index] ?? 0) >= KINDS,
    statusText: statusTexts[index] ?? '',
    exceptionType: exceptionTypes[index] ?? null,
    stack: stacks[index] ?? null,
    http: https[index] ?? null,
    attributes: all[index] ?? {},
    resource,
  }));
};
