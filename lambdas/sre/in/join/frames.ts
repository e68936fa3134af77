/** A longer line is no frame: what is read of it stays bounded. */
const FRAME_CHARS_MAX = 1_000;

/** `    (app 1.0.0) lib/x.ex:3: Mod.f/1` */
const ELIXIR_FRAME = /^\s+\([\w.]{1,60} [\d.a-z-]{1,30}\) \S{1,200}\.(?:exs?|erl):\d{1,6}: /;

const PATTERNS: readonly RegExp[] = [
  // Python: File "/app/main.py", line 3, in f
  /^\s*(?:\|\s+)?File "[^"]{1,500}", line \d/,
  // Java: ... 12 more, ... 3 common frames omitted
  /^\s*\.\.\. ?\d{1,6} (?:more|common frames)/,
  // PHP, gdb, ASan, Dart: #0 /app/x.php(3): f(), #1  0x4f in main, #2      main (file:///x.dart:3:5)
  /^\s*#\d{1,3}:?\s+(?:0x[\da-f]{4,16}\b|\/|\{main\}|\[internal|[A-Z]:\\|[\w$.:<>~*&, ]{1,200}\()/,
  // Go: goroutine 1 [running]:, and where a frame is
  /^goroutine \d{1,12} .{0,100}\[[^\]]{1,100}\]:/,
  /^\s+\S{1,300}\.(?:go|s):\d{1,6}(?: \+0x[\da-f]{1,16})?$/,
  /^created by [\w./*()-]{1,300}/,
  // Ruby: from app.rb:3:in 'f'
  /^\s*(?:from )?\S{1,300}\.rb:\d{1,6}:in [`'"][^`'"]{1,200}['"]$/,
  ELIXIR_FRAME,
  // .NET
  /^\s*--- End of (?:inner exception )?stack trace/,
  // Perl
  /^\s+\S{1,300}\(.{0,200}\) called at \S{1,300} line \d/,
  // Apple: 3   CoreFoundation   0x00000001a2b3c4d5 f + 12
  /^\d{1,3}\s{2,}\S{1,100}\s{1,40}0x[\da-f]{8,16} /,
  // Swift 5.9: 0 [ra] 0x00005581a2b3c4d5 f() + 12 in app at /app/main.swift:3:5
  /^\d{1,3}\s{1,4}(?:\[\w{1,10}\] )?0x[\da-f]{8,16} .{1,400} in \S/,
];

/** Opens what belongs to the stack above it: the cause of an exception, or its end. */
const LINKS: readonly RegExp[] = [
  /^\s*(?:Caused by|Suppressed|Wrapped by|caused by): ?\S/,
  /^\s*\[(?:cause|errors)\]: /,
  /^\s*-{3}> \S/,
  /^(?:During handling of the above exception|The above exception was the direct cause)/,
  /^(?:Stack trace|stack backtrace|Backtrace|Current stack trace):\s*$/i,
  // Python's faulthandler
  /^(?:Current t|T)hread 0x[\da-f]{4,16}.{0,100} \(most recent call first\):/,
  // Swift 5.9
  /^Thread \d{1,6} .{0,100}crashed:/,
  /^\s*thrown in \S{1,300} on line \d/,
  /^\[signal SIG[A-Z]{2,8}/,
  /^note: (?:run with|Some details)/,
  /^\[Previous line repeated \d/,
  /^panic: .{0,400}\[recovered/,
  /^\tpanic: /,
];

/** A line of a stack trace by itself, in Java, JavaScript, Python, Go, Rust, .NET, Ruby, PHP, C and others. */
export const isFrame = (line: string): boolean =>
  line.length <= FRAME_CHARS_MAX && mayBeFrame(line) && (isAt(line) || PATTERN.test(line));

/** One look at a line in place of one for each of them. */
const PATTERN = new RegExp(PATTERNS.map(({ source }) => source).join('|'));

/** Frames are indented, or begin with one of these: most lines fail here. */
const STARTS = new Uint8Array(128);
for (const start of ' \t\v\fafgcF#.-|(') STARTS[start.charCodeAt(0)] = 1;

const [QUOTE, APOSTROPHE] = [0x22, 0x27];

const mayBeFrame = (line: string): boolean => {
  const first = line.charCodeAt(0);
  if (STARTS[first] === 1) return true;
  const last = line.charCodeAt(line.length - 1);
  if ((last === APOSTROPHE || last === QUOTE) && line.includes('.rb:')) return true;
  // Apple's are numbered; a date has more digits.
  return first >= 0x30 && first <= 0x39 && /^\d{1,3}\s/.test(line);
};

/** A line that joins two stacks, or ends one. */
export const isLink = (line: string): boolean =>
  line.length <= FRAME_CHARS_MAX && LINKS.some((pattern) => pattern.test(line));

/** `at f (file:1:2)`, `at com.x.Y.z(Y.java:3)`, `at X.Y() in /x.cs:line 3`, `at ./src/main.rs:4:5`: not `at noon`. */
const isAt = (line: string): boolean => {
  const body = line.trimStart();
  if (!body.startsWith('at ')) return false;
  // Node writes an error's own members behind its last frame: `at f (file:1:2) {`.
  const end = body.trimEnd().replace(/ \{$/, '');
  return (
    (end.endsWith(')') && end.includes('(')) ||
    PLACE.test(end.slice(-24)) ||
    end.endsWith('<anonymous>') ||
    // logback and log4j add the jar: at a.b(C.java:3) ~[x.jar:1.0]
    (end.endsWith(']') && /\) ~?\[/.test(end))
  );
};

const PLACE = /:(?:line )?\d{1,7}(?::\d{1,7})?$/;

/** What is a frame only inside of a stack: by itself it is ordinary text. */
export const isFrameInStack = (line: string, before: string): boolean => {
  if (line.length > FRAME_CHARS_MAX) return false;
  // Python's source line and its carets stand below their frame.
  if (PYTHON_FRAME.test(before)) return /^\s{2,}\S/.test(line);
  return (
    CARETS.test(line) ||
    (ELIXIR_END.test(line) && (ELIXIR_FRAME.test(before) || ELIXIR_END.test(before))) ||
    RUST_FRAME.test(line) ||
    GO_FUNCTION.test(line) ||
    (GO_FUNCTION.test(before) && /^\s+\S{1,300}:\d{1,6}/.test(line))
  );
};

/** Of a traceback: faulthandler, whose frames say `line 3 in f`, prints no source below them and closes with no class. */
const PYTHON_FRAME = /^\s*(?:\|\s+)?File "[^"]{0,500}"(?!, line \d{1,9} in )/;
/** What a process was at when it ended, below its stack. */
const ELIXIR_END = /^(?:Last message(?: \(from .{1,100}\))?|State|Initial Call|Ancestors): /;
const CARETS = /^[\s|]*[~^]{1,200}[~^\s]{0,200}$/;
const RUST_FRAME = /^\s{1,6}\d{1,4}: \S/;
const GO_FUNCTION = /^[\w./*()[\]-]{1,300}\([\w., {}*?&:-]{0,300}\)$/;

const CLASS = String.raw`(?:[A-Za-z_$*][\w$.:\\/-]{0,200})?`;

/** Opens a stack trace, though its frames may come some lines of a message later. */
const HEADERS: readonly RegExp[] = [
  /^Traceback \(most recent call last\):/,
  /^(?:panic|fatal error): \S/,
  /^thread '[^']{0,100}' (?:\(\d+\) )?(?:has )?panicked at /,
  /^Exception in thread "/,
  /^Unhandled (?:exception|rejection)/i,
  /^(?:PHP )?Fatal error: /,
  /^\S{1,300}\.swift:\d{1,6}: Fatal error: /,
  /^\*\*\* Program crashed: \S/,
  /^Fatal Python error: \S/,
  /^(?:\[error\] )?(?:GenServer|Task|Process|:gen_\w{2,20}|Agent) .{1,300} (?:terminating|raised an exception|started from .{1,200} terminating)$/,
  /^\*\* \((?:[A-Z][\w.]{1,200}|exit|stop|EXIT .{1,80})\) /,
  /^==\d{1,10}==\s?(?:ERROR|WARNING): [A-Z][A-Za-z]{2,10}Sanitizer: /,
  /^\s*(?:Exception Group )?Traceback/,
  new RegExp(
    String.raw`^(?:Uncaught )?${CLASS}(?:Error|Exception|Throwable|Fault|Panic|Interrupt|Exit)(?:\b|_)`,
  ),
];

export const isHeader = (line: string): boolean =>
  HEADERS.some((pattern) =>
    pattern.test(line.length > FRAME_CHARS_MAX ? line.slice(0, 300) : line),
  );

/** What closes a Python traceback: the class, then its message. */
const CLOSING = /^[A-Za-z_][\w.]{0,200}(?::\s|$)/;

export const isTraceback = (line: string): boolean => line.startsWith('Traceback (most recent');
export const isPythonFrame = (line: string): boolean => PYTHON_FRAME.test(line);
export const isClosing = (line: string): boolean => CLOSING.test(line);

const MEMBERS_OPEN = /^\s+at .* \{$/;
export const opensMembers = (line: string): boolean =>
  line.length <= FRAME_CHARS_MAX && line.endsWith('{') && MEMBERS_OPEN.test(line);
