import { describe, expect, test } from 'vitest';
import type { WireAnswer } from '../../../../lambdas/sre/ports/destinations.ts';
import type { Attempt } from '../../../../lambdas/sre/tickets/ticket-wire.ts';
import { WIRES_UNDER_TEST } from '../../../support/sre/destination-wires.ts';
import { answered, answeredParts, AT_MS, ticketOf } from '../../../support/sre/tickets.ts';

const PAGE = '<!DOCTYPE html><html><body>Sign in</body></html>';
const later = (afterMs: number | null): Partial<Attempt> => ({ kind: 'later', afterMs });
const limited = (header: string, value: string): WireAnswer =>
  answered(429, 'slow down', { [header]: value });

/** An answer to the request that opens, and what it means. */
const ANSWERS: readonly (readonly [string, WireAnswer, Partial<Attempt>])[] = [
  ['no connection', { kind: 'unsent', reason: 'ECONNREFUSED' }, later(null)],
  ['a cut or a time-out', { kind: 'lost', reason: 'ECONNRESET' }, { kind: 'unknown' }],
  ['an address that is not let out', { kind: 'refused', reason: 'private' }, fault('request')],
  ['200 with a page', answered(200, PAGE), { kind: 'unknown' }],
  ['200 with nothing', answered(200), { kind: 'unknown' }],
  ['200 with half of a text', answered(200, '{"ok":tr'), { kind: 'unknown' }],
  ['200 with another shape', answered(200, ['what']), { kind: 'unknown' }],
  ['a redirection', answered(302, PAGE, { location: '/login' }), fault('request')],
  ['400', answered(400, { message: 'no' }), fault('request')],
  ['401', answered(401, PAGE), fault('credentials')],
  ['403', answered(403, { message: 'no' }), fault('credentials')],
  ['404', answered(404, PAGE), fault('request')],
  ['408', answered(408), later(null)],
  ['413', answered(413, PAGE), fault('request')],
  ['422', answered(422, { error: 'no' }), fault('request')],
  ['429 without a time', answered(429), later(null)],
  ['429 and seconds', limited('retry-after', '120'), later(120_000)],
  ['429 and parts of seconds', limited('retry-after', '1.5'), later(1_500)],
  ['429 and a date', limited('retry-after', 'Mon, 30 Nov 2026 10:02:00 GMT'), later(120_000)],
  [
    '429 and a date of RFC 850',
    limited('retry-after', 'Monday, 30-Nov-26 10:02:00 GMT'),
    later(120_000),
  ],
  ['429 and a date of asctime', limited('retry-after', 'Mon Nov 30 10:02:00 2026'), later(120_000)],
  [
    '429 and a date that is over',
    limited('retry-after', 'Mon, 30 Nov 2026 09:00:00 GMT'),
    later(0),
  ],
  ['429 and a week', limited('retry-after', '604800'), later(3_600_000)],
  ['429 and nonsense', limited('retry-after', 'soon'), later(null)],
  ['429 and less than nothing', limited('retry-after', '-5'), later(null)],
  ['429 and a moment', limited('x-ratelimit-reset', '2026-11-30T10:01Z'), later(60_000)],
  [
    '429 and a moment in seconds',
    limited('x-ratelimit-reset', String(AT_MS / 1_000 + 30)),
    later(30_000),
  ],
  ['429 and a period', limited('x-ratelimit-period-in-sec', '60'), later(60_000)],
  ...[500, 502, 503, 504, 520].map(
    (status) => [String(status), answered(status, PAGE), { kind: 'unknown' }] as const,
  ),
];

function fault(of: 'request' | 'credentials'): Partial<Attempt> {
  return { kind: 'refused', fault: of };
}

describe.each(WIRES_UNDER_TEST)('$name', ({ parts, wire }) => {
  test.each(ANSWERS)('reads %s for what is known after it', async (_name, answer, expected) => {
    const answering = answeredParts(parts, () => answer);
    expect(await wire(answering).open(ticketOf(), 'attempt')).toMatchObject(expected);
    expect(answering.sent).toHaveLength(1);
  });

  test('shows nobody what opens it, even when the other side repeats it', async () => {
    const secrets = Object.values(parts.secrets);
    expect(secrets.length).toBeGreaterThan(0);
    const told = answered(400, { message: `wrong: ${secrets.join(' ')}` });
    const attempt = await wire(answeredParts(parts, () => told)).open(ticketOf(), 'attempt');
    for (const secret of secrets) expect(JSON.stringify(attempt)).not.toContain(secret);
  });

  test('a reason is a line that people can read, however much comes', async () => {
    const told = answered(400, { message: `bad\u0000\n${'x'.repeat(1e6)}` });
    const attempt = await wire(answeredParts(parts, () => told)).open(ticketOf(), 'attempt');
    const reason = 'reason' in attempt ? attempt.reason : '';
    expect(reason).toMatch(/^it answered 400: bad x+…$/);
    expect(reason.length).toBeLessThan(400);
  });
});
