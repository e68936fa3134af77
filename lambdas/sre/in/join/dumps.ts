/** `<4>[  12.345678][ T1194] ` and what a syslog daemon puts before it. */
const PREFIX =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,80} kernel: )?(?:kernel: )?(?:\[\s{0,8}\d{1,8}\.\d{1,9}\]\s?)?(?:\[\s{0,6}[TC]\d{1,8}\]\s?)?/;

const bare = (line: string): string => {
  const head = line.length > LINE_CHARS_READ ? line.slice(0, LINE_CHARS_READ) : line;
  return head.slice(PREFIX.exec(head)?.[0].length ?? 0);
};

const LINE_CHARS_READ = 400;

/** One look at a line in place of one for each of them. */
const anyOf = (patterns: readonly RegExp[]): RegExp =>
  new RegExp(patterns.map(({ source }) => source).join('|'));

/** What a runtime says of its own end: the line that opens it, and those that belong to it. */
const RUNTIMES = [
  {
    // V8
    opens: /^<--- Last few GCs --->|^FATAL ERROR: .{0,200}(?:JavaScript heap|v8::|napi_)/,
    part: anyOf([
      /^<--- JS stacktrace --->/,
      /^\[\d{1,10}:0x[\da-f]{4,16}\]\s{1,10}\d{1,12} ms: /,
      /^FATAL ERROR: \S/,
      /^-{5} (?:Native|JavaScript) stack trace -{5}/,
      /^\s{0,3}\d{1,3}: 0x[\da-f]{4,16}\b/,
    ]),
  },
  {
    // the JVM
    opens:
      /^# (?:A fatal error has been detected by|There is insufficient memory for) the Java Runtime Environment/,
    part: /^#(?:\s|$)/,
  },
];

/** First lines of a report, by a kernel or a runtime. */
const HEADER = anyOf([
  /^-{4,}\[ cut here \]-{4,}/,
  /^(?:NMI )?(?:watchdog: )?BUG: \S/,
  /^WARNING: (?:CPU: \d|possible |suspicious |inconsistent |bad unlock|held lock|lock held|kmalloc|refcount|stack |locking )/,
  /^Kernel panic - not syncing/,
  /^(?:general protection fault|divide error|invalid opcode|stack segment|double fault|unchecked MSR)\b.{0,60}[:[]/,
  /^Unable to handle (?:kernel|k[a-z]{2,8})\b/,
  /^(?:Internal error: )?Oops\b/,
  /^Internal error: /,
  /^kernel BUG at /,
  /^INFO: (?:task \S{1,60} blocked|rcu|lockdep|trying to register|possible|suspicious|inconsistent)/,
  /^rcu: INFO: /,
  /^PANIC: \S/,
  /^unreferenced object 0x/,
  /^UBSAN: /,
  /^={10,}$/,
  /^unregister_netdevice: waiting/,
  /^(?:\[ BUG: |\[ INFO: )/,
  ...RUNTIMES.map(({ opens }) => opens),
]);

const END = /^-{2,}\[ end (?:trace|Kernel panic)/;

/** Lines inside of a report: traces, registers, code, memory, locks, modules. */
const PART = anyOf([
  /^\s{0,12}(?:\? )?(?:\[<[\da-f]{8,16}>\] )?(?:\? )?[\w.$]{1,120}\+0x[\da-f]{1,8}\/0x[\da-f]{1,8}/,
  /^\s{0,12}\[<[\da-f]{8,16}>\]/,
  /^\s{0,4}(?:Call [Tt]race|Stack|Code|Modules linked in|Hardware name|Workqueue|Backtrace|Exception stack|Tainted|Comm|task|Process|pstate|pc|lr|sp|Mem abort info|Data abort info|swapper|user pgtable|irq event stamp|hardirqs last|softirqs last|Kernel Offset|Memory state|Disabling lock|Last potentially|Call trace|Unwind|Allocated by|Freed by|Dumping ftrace|Rebooting in|Object|Padding|Bytes|Allocated|Freed|last function|Preemption disabled|CPU features|Memory Limit|page dumped|raw|Dead loop|Showing all locks)\b.{0,6}[:( ]/,
  /^\s{0,4}(?:CPU|PID|UID): ?\d/,
  /^\s{0,4}(?:[RE](?:IP|SP|AX|BX|CX|DX|SI|DI|BP|FLAGS)|R\d{1,2}|[CDEFGS]S|CR\d|DR\d|PKRU|ORIG_RAX|[xw]\d{1,2}|NIP|LR|GPR\d\d|MSR|CFAR|sp|pc|lr|fp|[ra]\d|PGD|pgd|epc|ra)\s{0,2}:\s{0,2}[\da-fA-Fx([:]/,
  /^\s{0,4}<\/?(?:TASK|IRQ|NMI|EOE|#?[A-Z]{2,3}|INTERRUPT)>/,
  /^\s{0,4}(?:Read|Write) of size \d/,
  /^\s{0,4}(?:The buggy address|which belongs to|located \d|page:|flags: 0x|raw: |This frame has|\[\d+, \d+\) ')/,
  /^\s{0,4}>?[\da-f]{8,16}: (?:[\da-f]{2}\b ?){4}/,
  /^\s{0,4}[\da-f]{2,8}: +(?:[\da-f]{8,16} ?){1,8}/,
  /^\s{0,4}(?:[\da-f]{8,16} ?){2,8}$/,
  /^\s{0,8}#\d{1,2}: /,
  /^\s{0,4}-> ?#\d/,
  /^\s{0,8}(?:lock\(|\*\*\* DEADLOCK|CPU\d\s{2,}CPU\d|-{4,}\s|but task is|which lock|other info|stack backtrace|\d+ locks? held|is trying to|already depends|already holding|the existing dependency|no locks held|and this task|Possible unsafe|may lead to)/,
  /^\s{0,8}[\w<>]{1,80} ?\{?[-.+?]{2,8}\}?.{0,6}, at:/,
  /^-{2,}\[/,
  /\b(?:Not tainted|Tainted: )/,
  /\b(?:NMI backtrace for cpu|Sending NMI|self-detected stall|detected stalls|GPs behind|jiffies)/,
  /^\^$/,
  /^\s{0,60}\^+\s*$/,
]);

export const opensDump = (line: string): boolean => mayOpen(line) && HEADER.test(bare(line));

/** What a report, or what stands before it, begins with. */
const STARTS = new Uint8Array(128);
for (const start of '<[-=#BFIKNOPUWdgikrsu') STARTS[start.charCodeAt(0)] = 1;
const [FIRST_CAPITAL, LAST_CAPITAL, SPACE] = [0x41, 0x5a, 0x20];

/** Most lines fail here, by a look at a few characters: a month has three letters, and a day of two places follows. */
const mayOpen = (line: string): boolean => {
  const first = line.charCodeAt(0);
  if (STARTS[first] === 1) return true;
  if (first < FIRST_CAPITAL || first > LAST_CAPITAL) return false;
  return line.charCodeAt(3) === SPACE && line.charCodeAt(6) === SPACE;
};

export const closesDump = (line: string): boolean => END.test(bare(line));

/** Does a line belong to the report that `first` opens? */
export const isDumpPart = (line: string, first: string): boolean => {
  const runtime = RUNTIMES.find(({ opens }) => opens.test(first));
  if (runtime !== undefined) return runtime.part.test(line);
  const body = bare(line);
  return PART.test(body) || HEADER.test(body);
};

/** Nothing but a frame of a report, or what came before it: the report says more in another line. */
export const isDumpRule = (line: string): boolean => RULE.test(bare(line).trim());

const RULE =
  /^(?:[-=]{4,}(?:\[ cut here \])?[-=]*|<--- .{1,40} --->|\[\d{1,10}:0x[\da-f]{4,16}\]\s{1,10}\d{1,12} ms: .*|)$/;
