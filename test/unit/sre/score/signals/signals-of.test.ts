import { describe, expect, test } from 'vitest';
import { SIGNAL_LIMITS } from '../../../../../lambdas/sre/score/signals/limits.ts';
import { ERROR, SIGNAL_WEIGHTS, WARN } from '../../../../../lambdas/sre/domain/signal.ts';
import { INFO } from '../../../../../lambdas/sre/score/signals/context.ts';
import { signalsOf, type Evidence } from '../../../../../lambdas/sre/score/signals/signals-of.ts';
import { charactersRead, hostileLine, randomOf } from '../../../../support/hostile-lines.ts';

const groupsOf = (text: string, severity = 0, rest: Partial<Evidence> = {}): string =>
  signalsOf({ text, stack: null, severity, exceptionType: null, ...rest })
    .map(({ group }) => group)
    .join();

describe('severity', () => {
  test.each([
    ['connect ECONNREFUSED 10.0.0.1:80', 0, 'connection'],
    ['connect ECONNREFUSED 10.0.0.1:80', INFO, 'connection'],
    ['connect ECONNREFUSED 10.0.0.1:80', 5, ''],
    ['Failed to connect to kafka', 0, ''],
    ['Failed to connect to kafka', INFO, ''],
    ['Failed to connect to kafka', WARN, 'connection'],
    ['12:00:01 ERROR o.a.Client - Failed to connect to kafka', 0, 'connection'],
    ['[error] 12#0: Failed to connect to kafka', 0, 'connection'],
    ['an error: Failed to connect to kafka', 0, ''],
    ['ALERT exited abnormally with [1]', 0, ''],
  ])('"%s" at %i: "%s"', (text, severity, groups) => {
    expect(groupsOf(text, severity)).toBe(groups);
  });
});

describe('negation', () => {
  test.each([
    ['no deadlock detected', ''],
    ['not a connection refused', ''],
    ["wasn't connection refused", ''],
    ['0 connection refused', ''],
    ['code=0 connection refused', 'connection'],
    ['10 connection refused', 'connection'],
    ['connection refused: 0', ''],
    ['deadlock detected: 0.5 s later', 'database'],
    ['deadlock detected: 0', ''],
    ['deadlock detected = false', ''],
    ['panic: no result', 'crash'],
    ['no space left on device', 'resource'],
    ['out of memory errors today: 0', ''],
    ['deadlock detected errors today: 3', 'database'],
    ['connection refused, retries left: 0', 'connection'],
    ['deadlock detected, resolved by a retry', ''],
    ['deadlock detected, not resolved', 'database'],
    ['there is no problem: connection refused', 'connection'],
    ['retries when connection refused', ''],
  ])('"%s": "%s"', (text, groups) => {
    expect(groupsOf(text, INFO)).toBe(groups);
  });

  test('a condition before the shape counts below WARN alone', () => {
    expect(groupsOf('gave up if connection refused', ERROR)).toBe('connection');
  });
});

describe('classes of exceptions', () => {
  test.each([
    ['java.net.ConnectException: x', INFO, 'connection'],
    ['Retrying after java.net.ConnectException', INFO, ''],
    ['Retrying after java.net.ConnectException', WARN, 'connection'],
    ['Caused by: java.sql.SQLException: x', INFO, 'database'],
    ['Heap dump on OutOfMemoryError is on', WARN, ''],
    ['Gave up (OutOfMemoryError)', WARN, 'oom'],
    ['asyncio.exceptions.TimeoutError', INFO, 'timeout'],
  ])('"%s" at %i: "%s"', (text, severity, groups) => {
    expect(groupsOf(text, severity)).toBe(groups);
  });

  test('the type of a record counts from WARN up, a code too', () => {
    const typed = (exceptionType: string, severity: number) =>
      groupsOf('x', severity, { exceptionType });
    expect(typed('java.net.ConnectException', INFO)).toBe('');
    expect(typed('java.net.ConnectException', WARN)).toBe('connection');
    expect(typed('*net.DeadlineExceededException', WARN)).toBe('timeout');
    expect(typed('ECONNREFUSED', ERROR)).toBe('connection');
    expect(typed('57P01', ERROR)).toBe('database');
    expect(typed('23505', ERROR)).toBe('');
    expect(typed('ERROR', ERROR)).toBe('');
    expect(typed('a plain string that somebody logged', INFO)).toBe('');
  });

  test('a stack is read but for its frames', () => {
    const stack = [
      'com.shop.OrderException: order 5 failed',
      '\tat io.netty.handler.timeout.ReadTimeoutException.raise(X.java:1)',
      '  File "/app/connection_refused.py", line 3',
      'Caused by: java.net.ConnectException: Connection refused',
      '\t... 12 more',
    ].join('\n');
    expect(groupsOf('order failed', ERROR, { stack })).toBe('connection');
    expect(groupsOf(`order failed\n${stack}`, ERROR)).toBe('connection');
  });
});

describe('a request that failed by its sender', () => {
  test.each([
    'GET /api/users/42 404 Not Found: authentication failed',
    'POST /orders HTTP/1.1" 422 12 invalid token',
    'status=409 connection refused by validation',
    '{"status":400,"error":"Bad Request","message":"invalid token"}',
    'request failed with status code 404: upstream timed out',
    'HTTP 409 Conflict: deadlock detected',
    'returned 400 (Bad Request): connection refused',
    '404 page not found: service unavailable',
    '[GET] /x => 422 in 3ms timed out',
    'NotFoundException(404): access denied',
    'HTTP/2 404 permission denied for user',
    'GET /oom-killer/panic 404 12ms',
  ])('is a sign of nothing: %s', (text) => {
    for (const severity of [0, INFO, WARN, ERROR]) expect(groupsOf(text, severity)).toBe('');
  });

  test.each([
    ['upstream returned 503, the client got status 404', 'dependency'],
    ['connect ECONNREFUSED 10.0.0.1:400', 'connection'],
    ['order 404 could not be written: deadlock detected', 'database'],
    ['status 409 while writing: no space left on device', 'resource'],
  ])('does not hide what broke: %s', (text, groups) => {
    expect(groupsOf(text, ERROR)).toBe(groups);
  });
});

describe('what is said of a failure', () => {
  test.each([
    'A segmentation fault (core dumped) means that a program read what is not its own',
    'At 100 clients too many connections will be refused',
    '10.0.0.1 - - [30/Nov/2026:08:00:00 +0000] "GET / HTTP/1.1" 200 15 "-" "panic: runtime error"',
    '10.0.0.1 - - [30/Nov/2026:08:00:00 +0000] "GET / HTTP/1.1" 502 15 "no space left on device"',
  ])('is a sign of nothing: %s', (text) => {
    for (const severity of [0, INFO]) expect(groupsOf(text, severity)).toBe('');
  });

  test.each([
    ['segmentation fault (core dumped)', 'crash'],
    ['[x] "GET /api HTTP/1.1" 503 no healthy upstream "-" 0', 'dependency'],
    ['too many connections: 100 will be kept', 'resource'],
  ])('hides no failure: %s', (text, groups) => {
    expect(groupsOf(text, 0)).toBe(groups);
  });
});

test('each group has its weight, a dump halves the doubt, and the excerpt is what fits', () => {
  const [bare] = signalsOf({
    text: 'BUG: soft lockup - CPU#1 stuck',
    stack: null,
    severity: 0,
    exceptionType: null,
  });
  expect(bare).toEqual({
    group: 'crash',
    weight: SIGNAL_WEIGHTS.crash,
    shape: 'crash.kernel.bug',
    strength: 'strong',
    excerpt: 'BUG: soft',
  });
  const [dumped] = signalsOf({
    text: 'BUG: soft lockup - CPU#1 stuck',
    stack: 'Call Trace:\n x+0x1/0x2',
    severity: 0,
    exceptionType: null,
  });
  expect(dumped?.weight).toBe(975);
  expect(groupsOf('Call Trace:', ERROR)).toBe('');
});

test.each([
  ['fatal error: out of memory', 'oom'],
  ['PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted', 'oom'],
  ['FATAL ERROR: Reached heap limit - JavaScript heap out of memory', 'oom'],
  ['panic: write /data: no space left on device', 'resource'],
  ['panic: index out of range', 'crash'],
])('of the groups where one line is enough a record has one: %s', (text, group) => {
  expect(groupsOf(text, ERROR)).toBe(group);
});

test('a record has one signal a group, and a strong one takes the place of a weak one', () => {
  const signals = signalsOf({
    text: 'Failed to connect: connection refused, timed out: context deadline exceeded',
    stack: null,
    severity: ERROR,
    exceptionType: null,
  });
  expect(signals.map(({ group, strength }) => `${group} ${strength}`)).toEqual([
    'connection strong',
    'timeout strong',
  ]);
});

describe('lines of services', () => {
  test.each([
    ['java.net.NoRouteToHostException: No route to host (Host unreachable)', 'connection'],
    [
      'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.',
      'connection',
    ],
    ['FATAL:  remaining connection slots are reserved for superuser connections', 'resource'],
    ['HikariPool-1 - Connection is not available, request timed out after 30001ms', 'resource'],
    ['Timeout acquiring connection from pool', 'resource'],
    ['Lock wait timeout exceeded; try restarting transaction', 'database'],
    ['Killed process 1234 (node) total-vm:123kB', 'oom'],
    ['rpc error: code = Unavailable desc = transport is closing', 'dependency'],
    ['The request failed with HTTP 503', 'dependency'],
    ["CircuitBreaker 'inventory' is OPEN: circuit breaker is open", 'dependency'],
    ['Back-off restarting failed container', 'crash'],
    ['FATAL: password authentication failed for user "orders"', 'auth'],
  ])('%s', (text, group) => {
    expect(groupsOf(text, ERROR).split(',')).toContain(group);
  });

  test.each([
    'Chat room created',
    'Zoom meeting started in the bathroom',
    'Crash course booked for user 7',
    'User pressed the panic button of the tutorial',
    'Circuit breaker closed',
    'Connection pool initialised with 10 connections',
    'Retry succeeded after timeout',
    'Memory usage at 45 percent',
    'job completed, exit status 0',
    'order code 137 shipped',
    'disk full backup completed',
    'Deadlock detection enabled',
    'Session timeout configured: 1800',
    'Out of stock: item 12',
    'kernel parameters: panic=10 oops=panic',
    'BUG-1234: fixed',
    'replica caught up, lag 0',
    'no route matched, using default',
    'Installed crash handler',
    'out of memory errors today: 0',
    'previous run: out of memory, now fine',
    'heap out of memory guard installed',
    'Connection refused metric registered',
    'search query="No space left on device" results=3',
    '{"q":"my disk says no space left on device","hits":2}',
    'user asked: what does segmentation fault mean?',
  ])('is a sign of nothing, at WARN either: %s', (text) => {
    expect(groupsOf(text, WARN)).toBe('');
  });
});

describe('hostile input', () => {
  test.each([
    ['one word', 'a'],
    ['first words', 'no out panic connection '],
    ['half patterns', 'exited exit terminated failed code '],
    ['gaps', 'container a b c d '],
    ['slashes', ' /a /b'],
    ['lines', 'BUG: \n'],
    ['frames', '\tat a\n'],
    ['statuses', '404 500 '],
  ])('of %s each character is read a few times, and those past the limit never', (_, part) => {
    const text = part.repeat(Math.ceil(1_000_000 / part.length));
    const read = charactersRead(() =>
      signalsOf({ text, stack: text, severity: WARN, exceptionType: text }),
    );
    expect(read).toBeLessThan((SIGNAL_LIMITS.textCharsMax + SIGNAL_LIMITS.stackCharsMax) * 24);
  });

  test('100,000 random lines: each signal shows what it found in the line', () => {
    const random = randomOf(11);
    let found = 0;
    for (let index = 0; index < 100_000; index += 1) {
      const text = hostileLine(random);
      for (const { excerpt } of signalsOf({
        text,
        stack: null,
        severity: random(25),
        exceptionType: null,
      })) {
        found += 1;
        if (!text.includes(excerpt))
          throw new Error(`${excerpt} is not in ${JSON.stringify(text)}`);
      }
    }
    expect(found).toBeGreaterThan(1_000);
  });
});
