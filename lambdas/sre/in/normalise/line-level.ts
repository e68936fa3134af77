import { isLevelName, severityOfName, severityOfSyslog } from './severity.ts';

const HEAD_CHARS = 128;

/**
 * The level that a line names at its head, for those who send lines as they lie in a file; 0 for none. What says it without
 * a doubt comes first: a priority of syslog, a format that has a place for it, a label, then a name.
 */
export const severityInLine = (line: string): number => {
  const head = line.length > HEAD_CHARS ? line.slice(0, HEAD_CHARS) : line;
  return (
    byFormat(head) ||
    severityOfName(LABELLED.exec(head)?.[1] ?? '') ||
    firstName(head, BRACKETED) ||
    firstName(head, CAPITALS) ||
    severityOfName(LEADING.exec(head)?.[1] ?? '') ||
    (THROWN.test(head) || isThrownInRuby(line) ? severityOfName('error') : 0)
  );
};

/** `<11>1 2026-...` of syslog: its last three bits (RFC 5424, 6.2.1). */
const PRIORITY = /^<(\d{1,3})>/;
/** `E0102 15:04:05.678901` of glog and klog, `E/Tag( 12): ` and `01-02 15:04:05.678  12  34 E Tag: ` of Android. */
const LETTER =
  /^(?:([IWEF])\d{4} \d\d:\d\d:\d\d|([VDIWEFA])\/[^(:]{1,60}(?:\(\s{0,5}\d{1,7}\))?: |\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\s+\d+\s+\d+ ([VDIWEFA]) )/;
/** `1:M 30 Nov 2026 08:00:00.123 # ` of Redis and Valkey. */
const REDIS = /^\d{1,7}:[XCSM] \d\d [A-Z][a-z]{2} \d{4} [\d:.]{8,15} ([.*#-]) /;
const REDIS_NAMES: Readonly<Record<string, string>> = {
  '.': 'debug',
  '-': 'info',
  '*': 'notice',
  '#': 'warn',
};
/** Of Android alone: an assertion, and a letter that is no name elsewhere. */
const ANDROID_NAMES: Readonly<Record<string, string>> = { A: 'fatal', V: 'trace' };

/** Each format has its first character: most lines fail there. */
const byFormat = (head: string): number => {
  const first = head.charCodeAt(0);
  if (first === LESS) return severityOfSyslog(PRIORITY.exec(head)?.[1] ?? '');
  const isDigit = first >= 0x30 && first <= 0x39;
  if (!isDigit && (first < 0x41 || first > 0x5a)) return 0;
  const [, klog, brief, dated] = LETTER.exec(head) ?? [];
  const letter = klog ?? brief ?? dated;
  if (letter !== undefined) return severityOfName(ANDROID_NAMES[letter] ?? letter);
  const mark = isDigit ? REDIS.exec(head)?.[1] : undefined;
  return mark === undefined ? 0 : severityOfName(REDIS_NAMES[mark] ?? '');
};

const LESS = 0x3c;

/** `level=error`, `"level":"error"`. */
const LABELLED = /\b(?:level|lvl|severity)["']?\s?[=:]\s?["']?([a-zA-Z]{3,13})\b/;
/** `[error]`, and with the module before it, as Apache has it: `[core:error]`. */
const BRACKETED = /[[<(|]\s?(?:[a-z_\d]{2,20}:)?([a-zA-Z]{3,13})\s?[\])>|]/g;
/** A name in capitals; `ERROR/MainProcess` of Celery names its process after it. */
const CAPITALS = /(?<![\w.$/-])([A-Z]{3,13})(?![\w.$-]|\/(?![A-Z][a-z])|\s?=)/g;

const VALUE = String.raw`: {1,2}(?!<nil>|(?:none|null|nil|0|false|undefined|ok|no)\b)\S`;
/** `error: x` where a message begins: at its head, behind a time, or behind the host and the program of syslog. */
const LEADING = new RegExp(
  String.raw`^(?:\[?\d{2,4}[-/:.][\dT:.,Z+/ -]{6,36}\]?\s{1,4}|(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d [\d:]{8} \S{1,80} [^\s:]{1,80}: )?` +
    String.raw`(trace|trce|debug|dbug|[Ii]nfo|[Nn]otice|[Ww]arn|[Ww]arning|[Ee]rror|err|fail|crit|[Cc]ritical|[Ff]atal|emerg|panic)${VALUE}`,
);
/** `TypeError: x`, `java.io.IOException: y`: what was thrown, printed by itself. */
const THROWN = new RegExp(
  String.raw`^(?:Uncaught |Unhandled )?(?:[A-Za-z_$][\w$.:]{0,120})?(?:Error|Exception)(?: \[\w{1,60}\])?${VALUE}|^\*\* \((?:exit|throw|stop|[A-Z][\w.]{0,80}Error)\) \S`,
);
const RUBY_CHARS_MAX = 1_000;
/** `app.rb:3:in 'f': undefined method 'g' (NoMethodError)`. */
const isThrownInRuby = (line: string): boolean =>
  line.endsWith(')') && line.length <= RUBY_CHARS_MAX && RUBY.test(line);
const RUBY = /^\S{1,300}:\d{1,6}:in [`'"].{1,600}\([A-Z][\w:]{1,80}(?:Error|Exception)\)$/;

const firstName = (head: string, pattern: RegExp): number => {
  for (const [, word = ''] of head.matchAll(pattern))
    if (!ORDINARY.has(word) && isLevelName(word)) return severityOfName(word);
  return 0;
};

/** Names of levels that are ordinary words of a message. */
const ORDINARY = new Set(
  'HTTP ALL LOG http all log Http All Log CONFIG FINE FAIL fail Fail NOTE note Note NORMAL normal Normal SYSTEM system System'.split(
    ' ',
  ),
);
