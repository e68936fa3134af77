const [TRACE, DEBUG, INFO, NOTICE, WARN, ERROR, FATAL, ALERT, EMERGENCY, MAX] = [
  1, 5, 9, 10, 13, 17, 21, 22, 23, 24,
] as const;

/** Names as loggers write them, upper case; numbers as OpenTelemetry's own bridges give them. */
const NAMES: ReadonlyMap<string, number> = new Map<string, number>([
  ['TRACE', TRACE],
  ['TRC', TRACE],
  ['VERBOSE', TRACE],
  ['SILLY', TRACE],
  ['FINEST', TRACE],
  ['ALL', TRACE],
  ['DEBUG', DEBUG],
  ['DBG', DEBUG],
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
  ['NOTICE', NOTICE],
  ['WARN', WARN],
  ['WARNING', WARN],
  ['WRN', WARN],
  ['ERROR', ERROR],
  ['ERR', ERROR],
  ['SEVERE', ERROR],
  ['FAILURE', ERROR],
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
  const python = PYTHON.exec(word)?.[1];
  if (python !== undefined) return PYTHON_TENS[Math.floor(Number(python) / 10)] ?? FATAL;
  return NUMBER.test(word) ? severityOfNumber(Number(word)) : 0;
};

const OFFSET = /^([A-Z]+)([+-]\d{1,4})$/;
const PYTHON = /^LEVEL (\d{1,4})$/;
const NUMBER = /^\d{1,2}$/;

const severityOfNumber = (level: number): number =>
  (level < 8 ? SYSLOG[level] : TENS[Math.floor(level / 10)]) ?? 0;

const HEAD_CHARS = 96;

/** `level=error`, `"level":"error"`, and a name in capitals or in brackets near the line's head. */
const LABELLED = /\b(?:level|lvl|severity)["']?\s?[=:]\s?["']?([a-zA-Z]{3,13})\b/;
const BRACKETED = /[[<(|]\s?([a-zA-Z]{3,13})\s?[\])>|]/g;
const CAPITALS = /(?<![\w.$/-])([A-Z]{3,13})(?![\w.$/-]|\s?=)/g;
/** `E0102 15:04:05.678901` of glog and klog. */
const KLOG = /^([IWEF])\d{4} \d\d:\d\d:\d\d/;
const KLOG_NAMES: Readonly<Record<string, number>> = { I: INFO, W: WARN, E: ERROR, F: FATAL };

/** The level that a line names at its head, for those who send lines as they lie in a file; 0 for none. */
export const severityInLine = (line: string): number => {
  const head = line.length > HEAD_CHARS ? line.slice(0, HEAD_CHARS) : line;
  const klog = KLOG_NAMES[KLOG.exec(head)?.[1] ?? ''];
  if (klog !== undefined) return klog;
  const labelled = NAMES.get((LABELLED.exec(head)?.[1] ?? '').toUpperCase());
  return labelled ?? (firstName(head, BRACKETED) || firstName(head, CAPITALS));
};

const firstName = (head: string, pattern: RegExp): number => {
  for (const [, word = ''] of head.matchAll(pattern)) {
    const severity = NAMES.get(word.toUpperCase());
    if (severity !== undefined && !ORDINARY.has(word)) return severity;
  }
  return 0;
};

/** Names of levels that are ordinary words of a message. */
const ORDINARY = new Set([
  'HTTP',
  'ALL',
  'LOG',
  'http',
  'all',
  'log',
  'Http',
  'All',
  'Log',
  'CONFIG',
  'FINE',
]);
