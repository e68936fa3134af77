const [TRACE, DEBUG, INFO, NOTICE, WARN, ERROR, FATAL, ALERT, EMERGENCY, MAX] = [
  1, 5, 9, 10, 13, 17, 21, 22, 23, 24,
] as const;

/** Names as loggers write them, upper case; numbers as OpenTelemetry's own bridges give them. */
const NAMES: ReadonlyMap<string, number> = new Map<string, number>([
  ['TRACE', TRACE],
  ['TRC', TRACE],
  ['TRCE', TRACE],
  ['VERBOSE', TRACE],
  ['SILLY', TRACE],
  ['FINEST', TRACE],
  ['ALL', TRACE],
  ['DEBUG', DEBUG],
  ['DBG', DEBUG],
  ['DBUG', DEBUG],
  ['FINER', DEBUG],
  ['FINE', DEBUG + 1],
  ['CONFIG', DEBUG + 2],
  ['HTTP', DEBUG + 2],
  ['INFO', INFO],
  ['INF', INFO],
  ['INFORMATION', INFO],
  ['INFORMATIONAL', INFO],
  ['LOG', INFO],
  ['SUCCESS', INFO],
  ['AUDIT', INFO],
  ['NORMAL', INFO],
  ['SYSTEM', INFO],
  ['NOTE', NOTICE],
  ['NOTICE', NOTICE],
  ['WARN', WARN],
  ['WARNING', WARN],
  ['WRN', WARN],
  ['ERROR', ERROR],
  ['ERR', ERROR],
  ['SEVERE', ERROR],
  ['FAILURE', ERROR],
  ['FAIL', ERROR],
  ['FATAL', FATAL],
  ['FTL', FATAL],
  ['CRITICAL', FATAL],
  ['CRIT', FATAL],
  ['DPANIC', FATAL],
  ['PANIC', FATAL],
  ['FAULT', FATAL],
  ['ALERT', ALERT],
  ['EMERG', EMERGENCY],
  ['EMERGENCY', EMERGENCY],
  // One letter, as glog, logcat and mongod have it.
  ['T', TRACE],
  ['D', DEBUG],
  ['I', INFO],
  ['N', NOTICE],
  ['W', WARN],
  ['E', ERROR],
  ['F', FATAL],
  ['C', FATAL],
]);

/** Of syslog (RFC 5424, 6.2.1), by its number. */
const SYSLOG = [EMERGENCY, ALERT, FATAL, ERROR, WARN, NOTICE, INFO, DEBUG];

/** Of pino and bunyan, by tens. */
const TENS = [TRACE, TRACE, DEBUG, INFO, WARN, ERROR, FATAL];

/** Of Python's logging, by tens: its `Level 5` is a level without a name. */
const PYTHON_TENS = [TRACE, DEBUG, INFO, WARN, ERROR, FATAL];

const clamp = (severity: number): number => Math.min(MAX, Math.max(TRACE, severity));

/** 0 unknown, 1 to 24. The number first; above 24, where JavaScript's SDK lets it go, it is 24. Then the text. */
export const severityOf = (number: number, text: string): number =>
  number > 0 ? Math.min(MAX, number) : severityOfText(text);

/** A level as text: a name, `ERROR+8` of Go's slog, `Level 5` of Python, a number of syslog or pino; 0 for no level. */
export const severityOfText = (text: string): number => {
  if (text === '' || text.length > 24) return 0;
  const word = text.trim().toUpperCase();
  const named = NAMES.get(word);
  if (named !== undefined) return named;
  const [, name = '', offset = ''] = OFFSET.exec(word) ?? [];
  const base = NAMES.get(name);
  if (base !== undefined) return clamp(base + Number(offset));
  const [, short = '', step = ''] = SHORT.exec(word) ?? [];
  if (short !== '') return (NAMES.get(short) ?? 0) + Number(step) - 1;
  const python = PYTHON.exec(word)?.[1];
  if (python !== undefined) return PYTHON_TENS[Math.floor(Number(python) / 10)] ?? FATAL;
  return NUMBER.test(word) ? severityOfNumber(Number(word)) : 0;
};

/** OpenTelemetry's short names: `ERROR3`; mongod's `D2` is no more than DEBUG. */
const SHORT = /^(TRACE|DEBUG|INFO|WARN|ERROR|FATAL|D)([1-4])$/;
const OFFSET = /^([A-Z]+)([+-]\d{1,4})$/;
const PYTHON = /^LEVEL (\d{1,4})$/;
const NUMBER = /^\d{1,2}$/;

const severityOfNumber = (level: number): number =>
  (level < 8 ? SYSLOG[level] : TENS[Math.floor(level / 10)]) ?? 0;

/** By a name in any case; 0 for a word that is none. */
export const severityOfName = (word: string): number => NAMES.get(word.toUpperCase()) ?? 0;

export const isLevelName = (word: string): boolean => NAMES.has(word.toUpperCase());

const PRIORITIES_MAX = 191;

/** By a priority of syslog, which has the facility in its upper bits. */
export const severityOfSyslog = (priority: string): number => {
  const number = priority === '' ? Number.NaN : Number(priority);
  return number <= PRIORITIES_MAX ? (SYSLOG[number & 7] ?? 0) : 0;
};
