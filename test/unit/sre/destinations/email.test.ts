import { beforeEach, describe, expect, test } from 'vitest';
import { AwsError } from '../../../../lambdas/platform/aws/aws-error.ts';
import type { AwsRequest } from '../../../../lambdas/platform/aws/aws-client.ts';
import { tableMailBudget } from '../../../../lambdas/sre/adapters/table-mail-budget.ts';
import { emailWires, type Mail } from '../../../../lambdas/sre/destinations/email/email.ts';
import {
  limitedMail,
  MAILS_A_DAY,
} from '../../../../lambdas/sre/destinations/email/limited-mail.ts';
import { sesMail } from '../../../../lambdas/sre/destinations/email/ses-mail.ts';
import { mailAnswer, type LocalMail } from '../../../../local/ses-endpoint.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { partsOf, ticketOf } from '../../../support/sre/tickets.ts';

const FROM = 'sluice@example.com';
const MAIL: Mail = {
  tenant: 'shop',
  to: ['ann@example.com', 'bob@example.com'],
  subject: 'A test',
  text: 'Hello.',
  threadId: 'inc_1',
};
const DAY_MS = 86_400_000;
/** Six in the morning. */
const NOW_MS = Date.parse('2026-11-30T06:00:00Z');

let mails: Mail[];
beforeEach(() => {
  mails = [];
});
const keep = async (mail: Mail) => {
  mails.push(mail);
  return await Promise.resolve({ kind: 'done', externalId: mail.threadId, url: null } as const);
};

describe('a mail by SES', () => {
  const sent = async (answer: (request: AwsRequest) => Promise<never> | null, from = FROM) => {
    const shown: LocalMail[] = [];
    const attempt = await sesMail({
      from,
      send: async (request) => {
        const failing = answer(request);
        if (failing !== null) return await failing;
        const [status, body] = mailAnswer((mail) => shown.push(mail), JSON.parse(request.body));
        expect([request.method, request.path, status]).toEqual([
          'POST',
          '/v2/email/outbound-emails',
          200,
        ]);
        return { status, headers: {}, body: Buffer.from(JSON.stringify(body)) };
      },
    })(MAIL);
    return { attempt, shown };
  };
  const refusal = (name: string, httpStatusCode: number) => async (): Promise<never> =>
    await Promise.reject(
      new AwsError({ name, message: 'no', facts: { httpStatusCode, attempts: 1 } }),
    );

  test('goes to all of its addresses as what SES takes', async () => {
    const { attempt, shown } = await sent(() => null);
    expect(attempt).toEqual({ kind: 'done', externalId: 'inc_1', url: null });
    expect(shown).toEqual([{ to: MAIL.to, subject: MAIL.subject, text: MAIL.text }]);
  });

  test.each([
    ['MessageRejected', 400, { kind: 'refused', fault: 'request' }],
    ['AccountSuspendedException', 400, { kind: 'refused', fault: 'credentials' }],
    ['AccessDeniedException', 403, { kind: 'refused', fault: 'credentials' }],
    ['TooManyRequestsException', 429, { kind: 'later' }],
    ['LimitExceededException', 400, { kind: 'later' }],
    ['InternalFailure', 500, { kind: 'unknown' }],
  ])('that SES answers with %s is %j', async (name, status, attempt) => {
    expect((await sent(refusal(name, status))).attempt).toMatchObject(attempt);
  });

  test('of which no answer came may have been sent', async () => {
    const lost = async (): Promise<never> => await Promise.reject(new Error('ECONNRESET'));
    expect((await sent(lost)).attempt).toMatchObject({ kind: 'unknown' });
  });

  test('is refused on a stage without a sender, before anybody is asked', async () => {
    expect((await sent(refusal('asked', 500), '')).attempt).toMatchObject({
      kind: 'refused',
      fault: 'request',
    });
  });
});

describe('mails of a day', () => {
  const limited = (nowMs: () => number) =>
    limitedMail({ send: keep, budget: tableMailBudget({ tables: new MemoryTables() }), nowMs });

  test('are as many addresses as a project may write to; the rest waits for the next day', async () => {
    let nowMs = NOW_MS;
    const send = limited(() => nowMs);
    const to = Array.from({ length: 50 }, (_, index) => `p${index}@example.com`);
    for (let sent = 0; sent < MAILS_A_DAY; sent += to.length)
      expect(await send({ ...MAIL, to })).toMatchObject({ kind: 'done' });
    expect(await send(MAIL)).toMatchObject({ kind: 'later', afterMs: 18 * 3_600_000 });
    expect(await send({ ...MAIL, tenant: 'other' })).toMatchObject({ kind: 'done' });
    expect(mails).toHaveLength(MAILS_A_DAY / to.length + 1);
    nowMs += DAY_MS;
    expect(await send(MAIL)).toMatchObject({ kind: 'done' });
  });
});

describe('a destination of the kind email', () => {
  const wires = emailWires(keep);
  const wire = () =>
    wires.ticket(partsOf('email', { to: ' ann@example.com, bob@example.com' }, {}));

  test('writes a mail for each news to all addresses, as one conversation', async () => {
    const ticket = ticketOf();
    await wire().open(ticket, 'attempt');
    await wire().update('attempt', { ...ticket, state: 'resolved' });
    await wire().remind?.('attempt', ticket, 1);
    await wire().test();
    expect(mails.map(({ subject }) => subject)).toEqual([
      '[High] checkout: connection refused by payments-db',
      '[High] Resolved: checkout: connection refused by payments-db',
      '[High] Nobody looks after it: checkout: connection refused by payments-db',
      'A test of Sluice',
    ]);
    expect(new Set(mails.slice(0, 3).map(({ threadId }) => threadId)).size).toBe(1);
    for (const mail of mails)
      expect(mail).toMatchObject({ tenant: 'shop', to: ['ann@example.com', 'bob@example.com'] });
    expect(mails[0]?.text).toContain('Restart payments-db.');
  });

  test.each([
    ['', 'no address'],
    ['ann', 'what is none'],
    [Array.from({ length: 51 }, () => 'a@example.com').join(), 'too many'],
  ])('takes no %j', (to) => {
    expect(wires.problem({ settings: { to }, secrets: {} })).toMatch(/^settings\.to: /);
  });
});
