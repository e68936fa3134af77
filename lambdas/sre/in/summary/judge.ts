import type { LogRecord } from '../../domain/log-record.ts';
import { ERROR, IMMEDIATE_GROUPS, WARN, type SignalGroup } from '../../domain/signal.ts';
import { isFrame, isLink, isTraceback } from '../join/frames.ts';
import { KnownTexts } from '../known-texts.ts';

/** What a record is a sign of; the scorer's `signalsOf`. */
export type ReadSignals = (
  record: Pick<LogRecord, 'text' | 'stack' | 'severity' | 'exceptionType'>,
) => readonly SignalOf[];

export interface SignalOf {
  readonly group: SignalGroup;
  readonly weight: number;
  readonly strength: 'strong' | 'weak';
}

interface Judgement {
  /** What the record says of itself. */
  readonly stated: number;
  /** What it counts as. */
  readonly severity: number;
  readonly signals: readonly SignalOf[];
  readonly isStrong: boolean;
  /** Of a stack that was cut: it is counted elsewhere. */
  readonly isPart: boolean;
}

/** A record of nothing but its text and severity is judged as the last one of both. */
export const rememberingJudge = (signalsOf: ReadSignals): ((record: LogRecord) => Judgement) => {
  const known = new KnownTexts<Judgement>();
  return (record) => {
    const { text, stack, severity, exceptionType } = record;
    if (stack !== null || exceptionType !== null) return judgementOf(record, signalsOf);
    const found = known.get(text);
    if (found?.stated === severity) return found;
    const judgement = judgementOf(record, signalsOf);
    known.set(text, judgement);
    return judgement;
  };
};

const judgementOf = (record: LogRecord, signalsOf: ReadSignals): Judgement => {
  const signals = signalsOf(record);
  const isStrong = signals.some(({ strength }) => strength === 'strong');
  const isPart = !isStrong && (isContinuation(record) || isBeginning(record));
  const severity = record.severity || impliedSeverity(record, signals);
  return { stated: record.severity, severity, signals, isStrong, isPart };
};

const UNKNOWN = 0;

/**
 * Lines of a file or of a standard stream often come without a severity. What leaves no doubt counts then as it would at
 * ERROR where one line is enough, and at WARN elsewhere: a burst has to prove it. A stack is the trace of an error, but for
 * that of a warning.
 */
const impliedSeverity = (
  { stack, exceptionType }: LogRecord,
  signals: readonly SignalOf[],
): number => {
  if (signals.some(isImmediate)) return ERROR;
  if (stack !== null || exceptionType !== null)
    return exceptionType?.endsWith('Warning') === true ? WARN : ERROR;
  return signals.some(({ strength }) => strength === 'strong') ? WARN : UNKNOWN;
};

/** One such line is enough. */
export const isImmediate = ({ group, strength }: SignalOf): boolean =>
  strength === 'strong' && IMMEDIATE_GROUPS.includes(group);

/**
 * A record that is nothing but a stack's lines: its head came in the batch before, when an exporter that sends line by line
 * cut the two apart, and was counted there. Within a batch they are one record.
 */
const isContinuation = ({ text, severity }: LogRecord): boolean =>
  isFrame(text) || (severity >= WARN && isLink(text));

/**
 * The other way round in Python, whose tracebacks say at their end what went wrong: one without its end was cut, and the line
 * that closes it, in the batch after it, counts.
 */
const isBeginning = ({ text, exceptionType }: LogRecord): boolean =>
  isTraceback(text) && exceptionType === null;
