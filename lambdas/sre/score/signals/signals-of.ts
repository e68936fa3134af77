import {
  ERROR,
  IMMEDIATE_GROUPS,
  SIGNAL_WEIGHTS,
  WARN,
  type SignalGroup,
} from '../../domain/signal.ts';
import { INFO, isClientFault, severityInText, UNKNOWN } from './context.ts';
import { isDatabaseCode } from './exceptions.ts';
import { SIGNAL_LIMITS } from './limits.ts';
import { isNegated } from './negation.ts';
import { endsClause, matchAt } from './pattern.ts';
import { rulesOf, SECOND_INITIALS, type Rule } from './shapes.ts';
import type { Signal, Strength } from './signal.ts';
import { Words } from './words.ts';

/** What a record is judged by; see LogRecord. */
export interface Evidence {
  readonly text: string;
  readonly stack: string | null;
  /** 0 unknown, 1 to 24 as OpenTelemetry counts. */
  readonly severity: number;
  readonly exceptionType: string | null;
}

const { textCharsMax, stackCharsMax, linesMax } = SIGNAL_LIMITS;
const EXCERPT_CHARS_MAX = 200;
/** A dump leaves half of the doubt. */
const DOUBT_WITH_DUMP = 0.5;

const NONE: readonly Signal[] = [];

/**
 * What a record is a sign of, one signal a group, the strongest. Linear in the text: each character is read once, and
 * only a word that begins a pattern is looked at again.
 */
export const signalsOf = (evidence: Evidence): readonly Signal[] => reader.read(evidence);

/** Holds its buffers, so that a record without signals, nearly every one, allocates nothing. */
class SignalReader {
  private readonly words = new Words();
  private signals: Signal[] = [];
  private severity: number = UNKNOWN;
  private hasDump = false;
  private isClientFault = false;

  read({ text, stack, severity, exceptionType }: Evidence): readonly Signal[] {
    if (severity !== UNKNOWN && severity < INFO) return NONE;
    if (this.signals.length > 0) this.signals = [];
    this.severity = severity;
    this.hasDump = false;
    this.isClientFault = false;
    this.readLines(text, textCharsMax);
    if (stack !== null) this.readLines(stack, stackCharsMax);
    if (exceptionType !== null && severity >= WARN) this.readType(exceptionType);
    if (this.signals.length === 0) return NONE;
    const signals = this.signals.filter(
      (signal) => !this.isClientsOwn(signal) && !this.isOfAnother(signal),
    );
    return this.hasDump ? signals.map(withDump) : signals;
  }

  /** The status of a bad request says so to its sender: whatever else the line says, nothing is broken here. */
  private isClientsOwn({ group, strength }: Signal): boolean {
    if (!this.isClientFault) return false;
    const isBeyondDoubt = strength === 'strong' && IMMEDIATE_GROUPS.includes(group);
    return !isBeyondDoubt || this.severity < ERROR;
  }

  /** What ran out of memory crashed for that, and is one anomaly: of the immediate groups a record has one. */
  private isOfAnother({ group }: Signal): boolean {
    const rank = IMMEDIATE_GROUPS_BY_RANK.indexOf(group);
    return this.signals.some((other) => {
      const theirs = IMMEDIATE_GROUPS_BY_RANK.indexOf(other.group);
      return theirs !== -1 && theirs < rank;
    });
  }

  private readLines(text: string, charsMax: number): void {
    const end = Math.min(text.length, charsMax);
    let at = 0;
    for (let line = 0; at < end && line < linesMax; line += 1) {
      const next = text.indexOf('\n', at);
      const lineEnd = next === -1 || next > end ? end : next;
      const isWhole = at === 0 && lineEnd === text.length;
      this.readLine(isWhole ? text : text.slice(at, lineEnd));
      at = lineEnd + 1;
    }
  }

  private readLine(line: string): void {
    if (isFrame(line)) return;
    const { words } = this;
    words.read(line, SECOND_INITIALS);
    if (words.candidateCount === 0) return;
    let isMatched = false;
    for (let index = 0; index < words.candidateCount; index += 1) {
      const from = words.candidates[index] ?? 0;
      for (const rule of rulesOf(words.keys[index] ?? 0))
        if (this.judge(rule, from)) isMatched = true;
    }
    if (isMatched && isClientFault(words)) this.isClientFault = true;
  }

  private judge({ pattern, signal }: Rule, from: number): boolean {
    const { words } = this;
    if (signal !== null && this.signals.length > 0 && this.isKnown(signal)) return false;
    const end = matchAt(pattern, words, from);
    if (end === -1) return false;
    if (signal === null) {
      this.hasDump = true;
      return false;
    }
    if (this.severity === UNKNOWN) this.severity = severityInText(words);
    if (!this.counts(signal, from) || isNegated(words, from, end, this.severity)) return false;
    const { group, name, strength } = signal;
    this.keep(group, name, strength, excerptOf(words, from, end));
    return true;
  }

  /** Asked before the pattern is tried, because it is cheaper. */
  private isKnown({ group, strength }: NonNullable<Rule['signal']>): boolean {
    const known = this.signals.find((signal) => signal.group === group);
    return known !== undefined && (known.strength === 'strong' || strength === 'weak');
  }

  private counts({ strength, isClass }: NonNullable<Rule['signal']>, from: number): boolean {
    if (isClass && leadsLine(this.words, from)) return true;
    if (isClass)
      return this.severity >= WARN && endsClause(this.words.text, this.words.ends[from] ?? 0);
    return this.severity >= WARN || strength === 'strong';
  }

  private keep(group: SignalGroup, shape: string, strength: Strength, excerpt: string): void {
    const signal: Signal = { group, weight: SIGNAL_WEIGHTS[group], shape, strength, excerpt };
    this.signals = [...this.signals.filter((one) => one.group !== group), signal];
  }

  private readType(type: string): void {
    if (!isDatabaseCode(type)) this.readLine(type.slice(0, EXCERPT_CHARS_MAX));
    else if (
      !this.signals.some(({ group, strength }) => group === 'database' && strength === 'strong')
    )
      this.keep('database', 'database.sqlstate', 'strong', type);
  }
}

/** The cause before what it leads to. */
const IMMEDIATE_GROUPS_BY_RANK: readonly SignalGroup[] = ['oom', 'resource', 'crash'];

const reader = new SignalReader();

const withDump = (signal: Signal): Signal => ({
  ...signal,
  weight: Math.round(1_000 - (1_000 - signal.weight) * DOUBT_WITH_DUMP),
});

/** Frames name code, and code is named after what it handles. */
const isFrame = (line: string): boolean => {
  let at = 0;
  while (at < line.length && line.charCodeAt(at) <= 32) at += 1;
  return (
    at > 0 &&
    (line.startsWith('at ', at) || line.startsWith('File "', at) || line.startsWith('... ', at))
  );
};

const excerptOf = (words: Words, from: number, end: number): string => {
  const start = words.starts[from] ?? 0;
  return words.text.slice(start, Math.min(words.ends[end - 1] ?? start, start + EXCERPT_CHARS_MAX));
};

/** Whether nothing but `Caused by:` and the packages stand before a class. */
const leadsLine = (words: Words, index: number): boolean => {
  let from = index;
  while (from > 0 && words.text[(words.starts[from] ?? 0) - 1] === '.') from -= 1;
  if (from === 0) return (words.starts[0] ?? 0) === 0;
  return from === 2 && words.word(1) === 'by' && words.word(0) === 'Caused';
};
