import { firstCharacters } from '../../../shared/characters.ts';
import type { LogRecord } from '../../domain/log-record.ts';
import { STACK_CHARS_MAX } from '../limits.ts';
import { exceptionClassOf } from './exception-class.ts';
import { joinLines, opensJoin } from './join-lines.ts';

/** Attributes that tell streams of one sender apart. */
const STREAM_KEYS = [
  'log.file.path',
  'log.file.name',
  'log.iostream',
  'stream',
  'thread.id',
  'thread.name',
];

/**
 * Joins the records of a batch whose sender makes a record of each line. A joined record stands where its first line stood,
 * with the highest severity of them; its stack is all of its lines.
 */
export const joinRecords = (records: readonly LogRecord[]): readonly LogRecord[] => {
  // Most batches have no such line at all: then streams need not be told apart.
  if (!records.some(mayJoin)) return records;
  const streams = new Map<string, number[]>();
  const resources = new Map<unknown, number>();
  records.forEach((record, index) => {
    if (record.stack !== null) return;
    const stream = streamOf(record, resources);
    const indexes = streams.get(stream);
    if (indexes === undefined) streams.set(stream, [index]);
    else indexes.push(index);
  });
  const replaced = new Map<number, LogRecord | null>();
  for (const indexes of streams.values())
    if (indexes.length > 1) joinStream(records, indexes, replaced);
  if (replaced.size === 0) return records;
  return records.flatMap((record, index) => {
    const replacement = replaced.get(index);
    if (replacement === undefined) return [record];
    return replacement === null ? [] : [replacement];
  });
};

const mayJoin = ({ text, stack }: LogRecord): boolean =>
  stack === null && (opensJoin(text) || text.endsWith(KEY));

/** A resource is one object for all of its records. */
const streamOf = (record: LogRecord, resources: Map<unknown, number>): string => {
  const { source, resource, attributes, traceId, spanId } = record;
  let sender = resources.get(resource);
  if (sender === undefined) {
    sender = resources.size;
    resources.set(resource, sender);
  }
  const keys = STREAM_KEYS.map((key) => attributes[key] ?? '');
  return [sender, source.service, traceId ?? '', spanId ?? '', ...keys].join('\u0000');
};

const KEY = '<private-key>';
/** Lines of a key, with or without what encrypts it, up to its end. */
const KEY_LINE =
  /^\s*(?:[A-Za-z\d+/=]{4,}|(?:Proc-Type|DEK-Info): .{1,80}|-----END .{1,60}-----|)\s*$/;

/** A key that comes as one record a line: only its first line says what it is, so that none of the others is kept. */
const dropKeyLines = (
  records: readonly LogRecord[],
  indexes: readonly number[],
  replaced: Map<number, LogRecord | null>,
): number[] => {
  let isKey = false;
  return indexes.filter((index) => {
    const text = records[index]?.text ?? '';
    if (isKey && KEY_LINE.test(text.slice(0, 400))) {
      replaced.set(index, null);
      isKey = !text.includes('-----END');
      return false;
    }
    isKey = text.endsWith(KEY);
    return true;
  });
};

const joinStream = (
  records: readonly LogRecord[],
  all: readonly number[],
  replaced: Map<number, LogRecord | null>,
): void => {
  const indexes = dropKeyLines(records, all, replaced);
  const lines = indexes.flatMap((index) => records[index] ?? []);
  for (const { start, end, message } of joinLines(lines)) {
    const parts = lines.slice(start, end);
    const [first] = parts;
    const said = lines[message];
    if (first === undefined || said === undefined) continue;
    indexes.slice(start, end).forEach((index) => replaced.set(index, null));
    replaced.set(indexes[start] ?? 0, {
      ...first,
      severity: Math.max(...parts.map(({ severity }) => severity)),
      text: said.text,
      stack: firstCharacters(parts.map(({ text }) => text).join('\n'), STACK_CHARS_MAX),
      exceptionType:
        parts.find(({ exceptionType }) => exceptionType !== null)?.exceptionType ??
        exceptionClassOf(said.text),
    });
  }
};
