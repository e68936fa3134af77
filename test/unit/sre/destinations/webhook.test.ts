import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { webhookSignature } from '../../../../lambdas/shared/webhook-signature.ts';
import { WEBHOOK } from '../../../../lambdas/sre/destinations/webhook/webhook.ts';
import { inboundOf } from '../../../support/sre/inbound.ts';
import { answered, answeredParts, AT_MS, partsOf, ticketOf } from '../../../support/sre/tickets.ts';

const SECRET = 'whsec_0123456789';
const parts = () =>
  answeredParts(
    partsOf('webhook', { url: 'https://desk.example/hook' }, { signing_secret: SECRET }),
    () => answered(204),
  );
const said = z.looseObject({ id: z.string(), type: z.string() });

describe('a webhook', () => {
  test('says the same id for the same news alone: each reminder has one of its own', async () => {
    const made = parts();
    const wire = WEBHOOK.ticket(made);
    const ticket = ticketOf();
    await wire.open(ticket, 'inc_1.dst_1.0');
    await wire.open(ticket, 'inc_1.dst_1.0');
    await wire.update('inc_1.dst_1.0', ticket);
    await wire.update('inc_1.dst_1.0', { ...ticket, revision: 4 });
    await wire.remind?.('inc_1.dst_1.0', ticket, 1);
    await wire.remind?.('inc_1.dst_1.0', ticket, 2);
    const ids = made.sent.map(({ body }) => said.parse(JSON.parse(body ?? '')).id);
    expect(ids[0]).toBe(ids[1]);
    expect(new Set(ids).size).toBe(5);
  });

  test('that decides a step names its incident, by the step where it names no ticket', () => {
    const step = { action: 'approve', remediation_id: `remediation_${'0'.repeat(34)}` };
    const read = (given: object) => {
      const body = JSON.stringify({ id: 'e1', by: 'ada', plan_hash: 'a', ...given });
      const headers = {
        'x-sluice-timestamp': String(AT_MS),
        'x-sluice-signature': webhookSignature(SECRET, AT_MS, body),
      };
      return WEBHOOK.inbound?.wire(parts()).read(inboundOf(body, headers, AT_MS));
    };
    const named = (incidentId: string | null, externalId: string | null) => ({
      events: [{ incidentId, externalId }],
    });
    expect(read(step)).toMatchObject(named(`incident_${'0'.repeat(21)}`, null));
    expect(read({ ...step, ticket_id: 't' })).toMatchObject(named(null, 't'));
    expect(read({ ...step, incident_id: 'i' })).toMatchObject(named('i', null));
    expect(read({ ...step, action: 'comment', text: 'x' })).toMatchObject(named(null, null));
  });

  test('is signed both ways, and what comes back says of which generation and when it is', () => {
    const body = JSON.stringify({
      id: 'e1',
      ticket_id: 'inc_1.dst_1.0',
      generation: 2,
      action: 'resolve',
      by: 'ada',
    });
    const headers = {
      'x-sluice-timestamp': String(AT_MS),
      'x-sluice-signature': webhookSignature(SECRET, AT_MS, body),
    };
    const read = (given: Readonly<Record<string, string>>, nowMs = AT_MS) =>
      WEBHOOK.inbound?.wire(parts()).read(inboundOf(body, given, nowMs));
    expect(read(headers)).toEqual({
      kind: 'read',
      events: [
        {
          id: 'e1',
          incidentId: null,
          externalId: 'inc_1.dst_1.0',
          generation: 2,
          atMs: AT_MS,
          isOwnAccount: false,
          by: 'ada',
          action: { kind: 'resolve' },
        },
      ],
    });
    expect(read(headers, AT_MS + 301_000)).toMatchObject({ kind: 'refused' });
    const later = { ...headers, 'x-sluice-timestamp': String(AT_MS + 1) };
    expect(read(later)).toMatchObject({ kind: 'refused' });
  });
});
