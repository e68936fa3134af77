import { existsSync, globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { joinLines } from '../../../../lambdas/sre/in/join/join-lines.ts';
import { attributes, text } from '../../../support/otlp/encode.ts';
import { ARRIVAL_MS, nanos, storedLogs } from '../../../support/otlp/read-logs.ts';
import { STACKS } from '../../../support/otlp/stacks.ts';

const KERNEL = [
  '[   50.1] ------------[ cut here ]------------',
  '[   50.2] WARNING: CPU: 0 PID: 36 at net/core/dev.c:215 skb_warn+0x220/0x240',
  '[   50.3] Modules linked in: xt_conntrack',
  '[   50.4] CPU: 0 PID: 36 Comm: kworker/0:1 Not tainted 6.1.0 #15',
  '[   50.5] Call Trace:',
  '[   50.6]  dump_stack+0x1db/0x2d0',
  '[   50.7]  ? skb_warn+0x20/0x20',
  '[   50.8] nf_conntrack: table full, dropping packet',
  '[   50.9] ---[ end trace 0123456789abcdef ]---',
];

const line = (said: string, afterMs = 0): { text: string; timeMs: number } => ({
  text: said,
  timeMs: ARRIVAL_MS + afterMs,
});

const BEFORE = '2026-11-30 08:00:00 INFO served order 7';
const AFTER = '2026-11-30 08:00:01 INFO served order 8';

test('a brace that nothing closes joins nothing behind it', () => {
  const lines = ['Error: x', '    at f (/app/a.js:1:2) {', '  started', 'listening', '}'];
  const joined = joinLines(lines.map((said) => ({ text: said, timeMs: ARRIVAL_MS })));
  expect(joined).toEqual([{ start: 0, end: 2, message: 0 }]);
});

describe('lines that belong together', () => {
  test.each(Object.entries(STACKS))(
    'of a stack of %s are one record, and no line beside it',
    (_, stack) => {
      const lines = [BEFORE, ...stack, AFTER].map((said) => line(said));
      expect(joinLines(lines)).toMatchObject([{ start: 1, end: stack.length + 1 }]);
    },
  );

  test('of two stacks in a row are two records', () => {
    const { Java = [], Python = [] } = STACKS;
    const lines = [...Java, ...Java, ...Python].map((said) => line(said));
    expect(joinLines(lines).map(({ start, end }) => [start, end])).toEqual([
      [0, Java.length],
      [Java.length, Java.length * 2],
      [Java.length * 2, lines.length],
    ]);
  });

  test("of a kernel's report are one up to its end trace, and its rule is not what it says", () => {
    const lines = [BEFORE, ...KERNEL, AFTER].map((said) => line(said));
    expect(joinLines(lines)).toEqual([{ start: 1, end: 10, message: 2 }]);
  });

  test('are not those that are merely indented, nor prose about a place', () => {
    const lines = [
      'SELECT a',
      '  FROM b',
      '    WHERE c',
      'at noon we stop',
      'at the gate (closed',
      '# 1 thing',
      '  - item',
      '\tvalue: 3',
    ];
    expect(joinLines(lines.map((said) => line(said)))).toEqual([]);
  });

  test('are not those that only look like parts of what another runtime says', () => {
    const { Java = [], JavaScript = [] } = STACKS;
    for (const [apart, joined] of [
      [['Error: connection lost', 'it is tried again', 'State: idle'], JavaScript],
      [['FATAL ERROR: there is no configuration', 'Process exited with code 1'], Java],
      [['FATAL ERROR: there is no configuration', '# see the manual'], Java],
    ] as const) {
      const found = joinLines([...apart, ...joined].map((said) => line(said)));
      expect(found).toEqual([
        { start: apart.length, end: apart.length + joined.length, message: apart.length },
      ]);
    }
    const after = ['State: RUNNING', '# a comment', 'Last message: none'];
    for (const lines of [Java, KERNEL])
      for (const said of after)
        expect(joinLines([...lines, said].map((one) => line(one)))[0]?.end).toBe(lines.length);
  });

  test('end after 200 lines, and go on in a record of their own', () => {
    const stack = [
      'java.lang.StackOverflowError',
      ...Array.from({ length: 450 }, (_, at) => `\tat a.B.c(B.java:${at})`),
    ];
    const spans = joinLines(stack.map((said) => line(said))).map(({ start, end }) => end - start);
    expect(spans).toEqual([200, 200, 51]);
  });

  test('end after ten seconds', () => {
    const { Java = [] } = STACKS;
    const lines = Java.map((said, index) => line(said, index * 3_000));
    expect(joinLines(lines)[0]).toEqual({ start: 0, end: 4, message: 0 });
  });
});

describe('records of a sender that sends lines', () => {
  const record = (said: string, over: object = {}) => ({
    timeUnixNano: nanos(ARRIVAL_MS),
    body: text(said),
    ...over,
  });

  test('become one, with the worst severity, the class and all lines', () => {
    const { Python = [] } = STACKS;
    const [before, joined, after, ...none] = storedLogs([
      record(BEFORE),
      ...Python.map((said, index) => record(said, { severityNumber: index === 3 ? 17 : 9 })),
      record(AFTER),
    ]);
    expect(none).toEqual([]);
    expect([before?.text, after?.text]).toEqual([BEFORE, AFTER]);
    expect(joined).toMatchObject({
      text: 'shop.errors.OrderError: no order',
      severity: 17,
      stack: Python.join('\n'),
      exceptionType: 'shop.errors.OrderError',
    });
  });

  test('of two streams that are mixed stay apart', () => {
    const { Java = [], JavaScript = [] } = STACKS;
    const of = (path: string) => ({ attributes: attributes({ 'log.file.path': text(path) }) });
    const mixed = Java.flatMap((said, index) => [
      record(said, of('/a')),
      ...(JavaScript[index] === undefined ? [] : [record(JavaScript[index], of('/b'))]),
    ]);
    expect(storedLogs(mixed).map(({ stack }) => stack)).toEqual([
      Java.join('\n'),
      JavaScript.join('\n'),
    ]);
  });
});

const LOGHUB = '../shared/data/loghub';
const REPORTS = '../shared/data/crash-reports/linux/report';

describe.skipIf(!existsSync(LOGHUB))('on lines of real systems (../shared/data is needed)', () => {
  test.each(globSync(`${LOGHUB}/*/*_2k.log`))('nothing is joined in %s', (path) => {
    const lines = readFileSync(path, 'utf8').split(/\r?\n/);
    expect(joinLines(lines.map((said) => line(said)))).toEqual([]);
  });

  test("nine of ten kernels' reports are joined, into one or two records", () => {
    const pieces = globSync(`${REPORTS}/*`)
      .map((path) => readFileSync(path, 'utf8'))
      .filter((report) => /^TITLE: \S/.test(report))
      .map(
        (report) =>
          joinLines(
            report
              .slice(report.indexOf('\n\n') + 2)
              .split('\n')
              .map((said) => line(said)),
          ).length,
      );
    const joined = pieces.filter((count) => count > 0);
    expect(joined.length / pieces.length).toBeGreaterThan(0.9);
    expect(joined.filter((count) => count <= 2).length / joined.length).toBeGreaterThan(0.9);
  });
});
