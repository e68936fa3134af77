import type { Attributes, HttpFacts, Source } from '../../domain/log-record.ts';
import { CorruptBlock, type ByteReader, type ByteWriter } from './bytes.ts';
import {
  nulls,
  readNumbers,
  readRepeated,
  readTexts,
  readUnsigned,
  writeNumbers,
  writeRepeated,
  writeTexts,
  writeUnsigned,
} from './columns.ts';
import { readAttributes, writeAttributes } from './attribute-columns.ts';

interface Sent {
  readonly source: Source;
  readonly resource: Attributes;
}

/** Senders once each, and which one sent each record. Records of one sender share its objects. */
export const writeSenders = (out: ByteWriter, records: readonly Sent[]): void => {
  const senders = new Map<Attributes, Map<Source, number>>();
  const known: Sent[] = [];
  const codes = records.map((record) => {
    const { source, resource } = record;
    let bySource = senders.get(resource);
    if (bySource === undefined) {
      bySource = new Map();
      senders.set(resource, bySource);
    }
    const index = bySource.get(source) ?? known.length;
    if (index === known.length) known.push(record);
    bySource.set(source, index);
    return index;
  });
  writeUnsigned(out, codes);
  out.unsigned(known.length);
  writeTexts(
    out,
    known.flatMap(({ source }) => [source.environment, source.namespace, source.service]),
  );
  writeAttributes(
    out,
    known.map(({ resource }) => resource),
  );
};

export const readSenders = (input: ByteReader, count: number): Sent[] => {
  const codes = readUnsigned(input, count);
  const size = input.unsigned();
  const names = readTexts(input, size * 3);
  const resources = readAttributes(input, size);
  const known = resources.map((resource, index): Sent => {
    const [environment = '', namespace = '', service = ''] = names.slice(index * 3, index * 3 + 3);
    return { source: { environment, namespace, service }, resource };
  });
  return codes.map((code) => {
    const sender = known[code];
    if (sender === undefined) throw new CorruptBlock('a sender of a block is unknown');
    return sender;
  });
};

const NO_DURATION = -1;
const SEPARATOR = '\u0000';

export const writeHttp = (out: ByteWriter, all: readonly (HttpFacts | null)[]): void => {
  writeRepeated(
    out,
    all.map((http) =>
      http === null ? null : [http.status, http.method, http.route].join(SEPARATOR),
    ),
  );
  const some = all.filter((http) => http !== null);
  writeNumbers(
    out,
    some.map(({ durationMs }) => durationMs ?? NO_DURATION),
  );
};

export const readHttp = (input: ByteReader, count: number): readonly (HttpFacts | null)[] => {
  const parts = readRepeated(input, count);
  const some = parts.reduce((sum, part) => (part === null ? sum : sum + 1), 0);
  const durations = readNumbers(input, some);
  if (some === 0) return nulls(count);
  let next = 0;
  return parts.map((part) => {
    if (part === null) return null;
    const [status = '', method = '', ...route] = part.split(SEPARATOR);
    const duration = durations[next] ?? NO_DURATION;
    next += 1;
    return {
      status: Number(status),
      method,
      route: route.join(SEPARATOR),
      durationMs: duration < 0 ? null : duration,
    };
  });
};
