import type { SignalGroup } from '../../domain/signal.ts';
import { FAILURE_CLASSES } from './exceptions.ts';
import { firstKeys, initialsByKey, readPattern, type Pattern } from './pattern.ts';
import type { Shape, Strength } from './signal.ts';
import { AUTH } from './table/auth.ts';
import { CONNECTION } from './table/connection.ts';
import { CRASH_KERNEL } from './table/crash-kernel.ts';
import { CRASH_PROCESS } from './table/crash-process.ts';
import { DATABASE } from './table/database.ts';
import { DEPENDENCY } from './table/dependency.ts';
import { OOM } from './table/oom.ts';
import { RESOURCE } from './table/resource.ts';
import { SERVERS } from './table/servers.ts';
import { TIMEOUT } from './table/timeout.ts';
import { WORD_KEYS } from './words.ts';

/** Grows with each change of the table: an anomaly names the table that found it. */
export const SIGNALS_VERSION = 3;

export const SHAPES: readonly Shape[] = [
  ...OOM,
  ...CRASH_KERNEL,
  ...CRASH_PROCESS,
  ...RESOURCE,
  ...DEPENDENCY,
  ...DATABASE,
  ...TIMEOUT,
  ...CONNECTION,
  ...AUTH,
  ...SERVERS,
];

/** What a dump shows around a failure: it is no signal of its own. */
const DUMP_PATTERNS: readonly string[] = [
  'Call Trace:',
  'Backtrace:',
  'RIP: #',
  'Tainted: *',
  'Modules linked in:',
  'Hardware name:',
  'goroutine # running',
  'stack backtrace:',
  'Traceback most recent call last',
  'Register|Registers dump',
  'end trace',
];

export interface Rule {
  readonly pattern: Pattern;
  /** null: the pattern shows a dump. */
  readonly signal: {
    readonly group: SignalGroup;
    readonly strength: Strength;
    readonly name: string;
    /** The pattern is the name of a class. */
    readonly isClass: boolean;
  } | null;
}

const rules: readonly Rule[] = [
  ...SHAPES.flatMap(({ patterns, group, strength, name }) =>
    patterns.map((source) => ({
      pattern: readPattern(source),
      signal: { group, strength, name, isClass: false },
    })),
  ),
  ...FAILURE_CLASSES.map(({ name, group }): Rule => ({
    pattern: readPattern(name),
    signal: { group, strength: 'strong', name: `${group}.class`, isClass: true },
  })),
  ...DUMP_PATTERNS.map((source) => ({ pattern: readPattern(source), signal: null })),
];

const NONE: readonly Rule[] = [];
const byFirstWord = Array.from({ length: WORD_KEYS }, () => NONE);
for (const rule of rules)
  for (const key of new Set(firstKeys(rule.pattern)))
    byFirstWord[key] = [...(byFirstWord[key] ?? NONE), rule];

/** Rules that may begin with a word, by its key. */
export const rulesOf = (key: number): readonly Rule[] => byFirstWord[key] ?? NONE;

export const SECOND_INITIALS: Int32Array = initialsByKey(rules.map(({ pattern }) => pattern));
