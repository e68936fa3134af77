import { sendOnce } from '../../../lambdas/platform/send-once.ts';
import type { Source } from '../../../lambdas/sre/domain/log-record.ts';
import { outbound, systemResolve } from '../../../lambdas/platform/outbound.ts';
import type {
  WireAnswer,
  WireParts,
  WireRequest,
} from '../../../lambdas/sre/ports/destinations.ts';
import type { DestinationKind } from '../../../lambdas/sre/tickets/destination.ts';
import type { Ticket } from '../../../lambdas/sre/tickets/ticket.ts';

export const AT_MS = Date.parse('2026-11-30T10:00:00Z');

export const sourceOf = (service: string): Source => ({
  environment: 'production',
  namespace: '',
  service,
});

/** An incident of a shop whose database refuses connections. */
export const ticketOf = (over: Partial<Ticket> = {}): Ticket => ({
  incidentId: 'inc_01k0',
  generation: 1,
  revision: 3,
  state: 'identified',
  band: 'high',
  title: 'checkout: connection refused by payments-db',
  why: ['90 of 100 requests fail', 'a line of the group database'],
  environment: 'production',
  firstSeenMs: AT_MS,
  lastSeenMs: AT_MS + 60_000,
  resolvedMs: null,
  acknowledgedBy: null,
  affected: ['checkout', 'payments'],
  chain: ['payments-db', 'payments', 'checkout'],
  evidence: [
    {
      recordId: 'rec_1',
      atMs: AT_MS,
      service: 'checkout',
      text: 'connect ECONNREFUSED <ip>:5432',
      url: 'https://sluice.example.com/records/rec_1',
    },
  ],
  cause: {
    suspect: { source: sourceOf('payments-db'), score: 5.2, because: ['its calls fail first'] },
    confidence: 5.2,
  },
  gaps: ['no spans of payments-db'],
  timeline: [{ atMs: AT_MS, source: sourceOf('payments-db'), what: 'first failing call' }],
  suggestedFix: 'Restart payments-db.',
  diagnosis: null,
  runbook: null,
  remediations: [],
  runbookUrl: 'https://wiki.example.com/payments-db',
  consoleUrl: 'https://sluice.example.com/incidents/inc_01k0',
  ...over,
});

/** A wire's parts that go to a server of this machine, by the guard and the request of the worker. */
export const partsOf = (
  kind: DestinationKind,
  settings: Readonly<Record<string, string>>,
  secrets: Readonly<Record<string, string>>,
): WireParts => ({
  destination: { id: 'dst_1', tenant: 'shop', kind, settings },
  secrets,
  send: sendOnce({
    send: outbound({ isLoopbackAllowed: true, resolve: systemResolve }),
    nowMs: Date.now,
    untilMs: Number.POSITIVE_INFINITY,
  }),
  nowMs: () => AT_MS,
});

/** The same, answered by this function and sent nowhere. */
export const answeredParts = (
  parts: WireParts,
  answer: (request: WireRequest) => WireAnswer,
): WireParts & { readonly sent: readonly WireRequest[] } => {
  const sent: WireRequest[] = [];
  return {
    ...parts,
    sent,
    send: async (request) => {
      sent.push(request);
      return await Promise.resolve(answer(request));
    },
  };
};

export const answered = (
  status: number,
  body: object | string = '',
  headers: Readonly<Record<string, string>> = {},
): WireAnswer => ({
  kind: 'answered',
  status,
  headers,
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
