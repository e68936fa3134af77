import { afterEach, describe, expect, test } from 'vitest';
import { noticeSenders } from '../../../lambdas/ledger/adapters/notice-senders.ts';
import { outbound, systemResolve } from '../../../lambdas/platform/outbound.ts';
import type { SesOutcome } from '../../../lambdas/platform/ses.ts';
import { webhookSignature } from '../../../lambdas/shared/webhook-signature.ts';
import { startFaultyServer, type Fault } from '../../support/faulty-server.ts';

const AT_MS = Date.parse('2026-11-24T12:00:00Z');
const UNTIL_MS = AT_MS + 50_000;
const SECRET = 'whsec_0123456789';
const BODY = '{"id":"1"}';
const MAIL = { to: ['a@example.com'], subject: 's', text: 't', html: 'h', conversation: 'c' };

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

const receiver = async (...answers: readonly [Fault, ...Fault[]]) => {
  const server = await startFaultyServer();
  stops.push(() => server.stop());
  server.script(...answers);
  return { url: `${server.url}/hook`, calls: server.seen };
};

/** Senders at a time that pauses alone move. */
const sendersOf = ({ isLoopbackAllowed = true, mails = new Array<SesOutcome>() } = {}) => {
  const time = { nowMs: AT_MS, pauses: new Array<number>() };
  const senders = noticeSenders({
    outbound: outbound({ isLoopbackAllowed, resolve: systemResolve }),
    mail: async () => await Promise.resolve(mails.shift() ?? { kind: 'sent' }),
    timers: {
      nowMs: () => time.nowMs,
      sleep: async (ms) => {
        time.pauses.push(ms);
        time.nowMs += ms;
        await Promise.resolve();
      },
    },
    random: () => 0.5,
  });
  return { senders, time, mails };
};

describe('a webhook of a notice', () => {
  test('carries the signature of its time and its bytes', async () => {
    const { url, calls } = await receiver((response) => response.writeHead(204).end());
    const { senders } = sendersOf();
    const sent = await senders.post({ url, secret: SECRET, body: BODY }, UNTIL_MS);
    expect(sent).toEqual({ kind: 'sent' });
    expect(calls[0]?.body).toBe(BODY);
    expect(calls[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-sluice-timestamp': String(AT_MS),
      'x-sluice-signature': webhookSignature(SECRET, AT_MS, BODY),
    });
  });

  test.each([
    [500, 'again', 2],
    [503, 'again', 2],
    [429, 'again', 2],
    [409, 'again', 2],
    [301, 'refused', 1],
    [400, 'refused', 1],
    [404, 'refused', 1],
    [410, 'refused', 1],
  ])('that is answered %i is %s, after %i tries', async (status, kind, tries) => {
    const { url, calls } = await receiver((response) =>
      response.writeHead(status, { location: 'http://169.254.169.254/' }).end(),
    );
    const { senders } = sendersOf();
    const sent = await senders.post({ url, secret: SECRET, body: BODY }, UNTIL_MS);
    expect(sent).toEqual({ kind, reason: `it answered ${status}` });
    expect(calls).toHaveLength(tries);
  });

  test('that is taken at the second try is sent', async () => {
    const { url, calls } = await receiver(
      (response) => response.writeHead(502).end(),
      (response) => response.writeHead(200).end(),
    );
    const { senders, time } = sendersOf();
    const sent = await senders.post({ url, secret: SECRET, body: BODY }, UNTIL_MS);
    expect(sent).toEqual({ kind: 'sent' });
    expect([calls.length, time.pauses]).toEqual([2, [1_000]]);
  });

  test('whose answer is lost waits for the next run: it may have arrived', async () => {
    const { url, calls } = await receiver((response) => response.destroy());
    const { senders } = sendersOf();
    const sent = await senders.post({ url, secret: SECRET, body: BODY }, UNTIL_MS);
    expect(sent.kind).toBe('again');
    expect(calls).toHaveLength(1);
  });

  test.each(['http://127.0.0.1:1/hook', 'https://10.0.0.1/hook', 'https://localhost/hook'])(
    'to %s is refused where it is not a laptop',
    async (url) => {
      const { senders } = sendersOf({ isLoopbackAllowed: false });
      const sent = await senders.post({ url, secret: SECRET, body: BODY }, UNTIL_MS);
      expect(sent.kind).toBe('refused');
    },
  );

  test('is not begun when its claim is nearly over', async () => {
    const { url, calls } = await receiver((response) => response.writeHead(204).end());
    const { senders } = sendersOf();
    const sent = await senders.post({ url, secret: SECRET, body: BODY }, AT_MS + 1_000);
    expect(sent).toEqual({ kind: 'again', reason: 'no time was left to ask' });
    expect(calls).toHaveLength(0);
  });
});

describe('a mail of a notice', () => {
  const later = { kind: 'later', reason: 'SES: TooManyRequestsException' } as const;

  test('waits for the second that SES counts, twice as long each time, and ends inside its claim', async () => {
    const { senders, time } = sendersOf({ mails: [later, later, later] });
    expect(await senders.mail(MAIL, UNTIL_MS)).toEqual({ kind: 'sent' });
    expect(time.pauses).toEqual([1_000, 2_000, 4_000]);
    const full = sendersOf({ mails: Array.from({ length: 9 }, () => later) });
    expect(await full.senders.mail(MAIL, UNTIL_MS)).toMatchObject({ kind: 'again' });
    expect(full.time.nowMs).toBeLessThan(UNTIL_MS - 15_000);
  });

  test.each([
    [{ kind: 'unknown', reason: 'SES did not answer' } as const, 'again'],
    [{ kind: 'refused', reason: 'MessageRejected', fault: 'request' } as const, 'refused'],
    [{ kind: 'refused', reason: 'SendingPaused', fault: 'credentials' } as const, 'again'],
  ])('that SES answers with %j is %s, after one try', async (outcome, kind) => {
    const { senders, mails } = sendersOf({ mails: [outcome, later] });
    expect(await senders.mail(MAIL, UNTIL_MS)).toMatchObject({ kind });
    expect(mails).toHaveLength(1);
  });
});
