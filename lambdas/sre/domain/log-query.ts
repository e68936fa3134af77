import type { LogRecord } from './log-record.ts';
import { attributeOf } from './shown-attributes.ts';

/** What a record has to meet; null and empty parts let every record through. */
export interface LogFilter {
  /** Words that follow one another, each sequence somewhere in the record; lower case. */
  readonly phrases: readonly (readonly string[])[];
  readonly service: string | null;
  readonly environment: string | null;
  readonly severityMin: number;
  readonly traceId: string | null;
  readonly attributes: Readonly<Record<string, string>>;
  /** Both included, epoch ms. */
  readonly fromMs: number;
  readonly toMs: number;
}

const HISTOGRAM_BARS = 60;

/** How long a bar of a histogram is: whole seconds, some sixty bars. The first one begins with the range. */
export const barSpanMs = ({ fromMs, toMs }: Pick<LogFilter, 'fromMs' | 'toMs'>): number =>
  Math.max(1_000, Math.ceil((toMs - fromMs + 1) / HISTOGRAM_BARS / 1_000) * 1_000);

interface Word {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

const WORD = /[\p{L}\p{N}_]+/gu;

const wordsOf = (text: string): readonly Word[] =>
  [...text.matchAll(WORD)].map((match) => ({
    text: match[0].toLowerCase(),
    from: match.index,
    to: match.index + match[0].length,
  }));

/** The words of a text as a search compares them, in order. */
export const wordTextsOf = (text: string): readonly string[] =>
  wordsOf(text).map((word) => word.text);

/** What is in quotes is a phrase; so is what punctuation holds together (`db.pool`). All of them must be there. */
export const phrasesOf = (q: string): readonly (readonly string[])[] =>
  [...q.matchAll(/"([^"]*)"|(\S+)/g)]
    .map(([, quoted, plain]) => wordsOf(quoted ?? plain ?? '').map(({ text }) => text))
    .filter((phrase) => phrase.length > 0);

/** Does a record meet it? */
export const matches = (filter: LogFilter, record: LogRecord): boolean =>
  record.timeMs >= filter.fromMs &&
  record.timeMs <= filter.toMs &&
  record.severity >= filter.severityMin &&
  (filter.service === null || record.source.service === filter.service) &&
  (filter.environment === null || record.source.environment === filter.environment) &&
  (filter.traceId === null || record.traceId === filter.traceId) &&
  hasAttributes(filter.attributes, record) &&
  hasPhrases(filter.phrases, record);

const hasAttributes = (wanted: LogFilter['attributes'], record: LogRecord): boolean =>
  Object.entries(wanted).every(
    ([name, value]) => String(attributeOf(record, name) ?? '') === value,
  );

const hasPhrases = (phrases: LogFilter['phrases'], record: LogRecord): boolean => {
  if (phrases.length === 0) return true;
  const texts = textsOf(record);
  const lower = texts.map((text) => text.toLowerCase());
  // Most records lack the first word: to look for it is cheaper than to take them apart.
  if (!phrases.every(([first = '']) => lower.some((text) => text.includes(first)))) return false;
  const words = texts.map(wordsOf);
  return phrases.every((phrase) => words.some((text) => placesOf(text, phrase).length > 0));
};

/** What words are looked for in; no phrase spans two of them. */
export const textsOf = ({ text, stack, exceptionType }: LogRecord): readonly string[] => [
  text,
  stack ?? '',
  exceptionType ?? '',
];

/** Where phrases are in a text, in order, as character offsets. */
export const highlightsOf = (
  phrases: LogFilter['phrases'],
  text: string,
): readonly (readonly [number, number])[] => {
  const words = wordsOf(text);
  return phrases
    .flatMap((phrase) => placesOf(words, phrase))
    .toSorted(([left], [right]) => left - right);
};

const placesOf = (
  words: readonly Word[],
  phrase: readonly string[],
): readonly (readonly [number, number])[] =>
  words.flatMap((first, index) => {
    if (!phrase.every((text, offset) => words[index + offset]?.text === text)) return [];
    return [[first.from, words[index + phrase.length - 1]?.to ?? first.to] as const];
  });
