import { expect, test } from 'vitest';
import { ticketMessage } from '../../../../lambdas/sre/destinations/slack/message.ts';
import { sentText, targetText } from '../../../../lambdas/sre/tickets/sent-text.ts';
import { ticketWords } from '../../../../lambdas/sre/tickets/words/ticket-words.ts';
import type { TicketRemediation } from '../../../../lambdas/sre/tickets/ticket.ts';
import { ticketOf } from '../../../support/sre/tickets.ts';

const plan = {
  kind: 'webhook',
  target: 'https://ops.example/hook?token=t0ken',
  headers: {},
  body: JSON.stringify({ parameters: { service: 'checkout', note: 'a, b=c' } }),
} as const;
const step = (sent: string | null): TicketRemediation => ({
  id: 'remediation_1',
  title: 'Restart',
  state: 'waiting',
  target: 'https://ops.example/hook',
  sent,
  planHash: 'abcdef0123456789',
  result: null,
});
const shown = (sent: string | null) => {
  const ticket = ticketOf({ remediations: [step(sent)] });
  const message = ticketMessage('C1', ticket, { hasButtons: true, hasApprovals: true }, '');
  return { words: JSON.stringify(ticketWords(ticket).sections), slack: JSON.stringify(message) };
};

test('a ticket says what a step would send, and not what opens its address', () => {
  expect(sentText(plan)).toBe('service=checkout, note="a, b=c"');
  expect(targetText(plan, (text) => text)).toBe('https://ops.example/hook?...');
  expect(shown('service=checkout').words).toContain('service=checkout');
  expect(shown('service=checkout').words).toContain('abcdef012345');
  expect(shown('service=checkout').slack).toContain('sluice_approve');
});

test.each([
  ['is masked', null],
  ['is too long', `a=${'x'.repeat(500)}`],
  ['has what cannot be seen', 'a=\u202Eb'],
])('a step whose parameters are not shown whole is not approved there: one %s', (_why, sent) => {
  expect(shown(sent).words).not.toContain('abcdef012345');
  expect(shown(sent).slack).not.toContain('sluice_approve');
});
