import type { LogRecord } from '../../domain/log-record.ts';
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

/** Records of one batch as columns. A record's place in them is the second half of its id. */
export const encodeLogBlock = (records: readonly LogRecord[]): Buffer => {
  const out = new ByteWriter();
  out.unsigned(records.length);
  writeSenders(out, records);
  writeDeltas(
    out,
    records.map(({ timeMs }) => timeMs),
  );
  writeUnsigned(
    out,
    records.map(({ severity }) => severity),
  );
  writeTemplates(
    out,
    records.map(({ text }) => text),
  );
  writeIds(
    out,
    records.map(({ traceId }) => traceId),
  );
  writeIds(
    out,
    records.map(({ spanId }) => spanId),
  );
  writeRepeated(
    out,
    records.map(({ stack }) => stack),
  );
  writeRepeated(
    out,
    records.map(({ exceptionType }) => exceptionType),
  );
  writeRepeated(
    out,
    records.map(({ eventName }) => eventName),
  );
  writeHttp(
    out,
    records.map(({ http }) => http),
  );
  writeAttributes(
    out,
    records.map(({ attributes }) => attributes),
  );
  return sealed('logs', out);
};

/** Throws `CorruptBlock` for bytes that are no such block, or not all of it. */
export const decodeLogBlock = (bytes: Uint8Array, textCharsMax = Infinity): LogRecord[] => {
  const input = opened('logs', bytes);
  const count = input.count();
  const senders = readSenders(input, count);
  const times = readDeltas(input, count);
  const severities = readUnsigned(input, count);
  const texts = readTemplates(input, count, textCharsMax);
  const traceIds = readIds(input, count, TRACE_BYTES);
  const spanIds = readIds(input, count, SPAN_BYTES);
  const stacks = readRepeated(input, count);
  const exceptionTypes = readRepeated(input, count);
  const eventNames = readRepeated(input, count);
  const https = readHttp(input, count);
  const all = readAttributes(input, count);
  if (input.left > 0) throw new CorruptBlock('a block continues after its end');
  return senders.map(({ source, resource }, index) => ({
    timeMs: times[index] ?? 0,
    source,
    severity: severities[index] ?? 0,
    text: texts[index] ?? '',
    stack: stacks[index] ?? null,
    exceptionType: exceptionTypes[index] ?? null,
    traceId: traceIds[index] ?? null,
    spanId: spanIds[index] ?? null,
    http: https[index] ?? null,
    eventName: eventNames[index] ?? null,
    attributes: all[index] ?? {},
    resource,
  }));
};
