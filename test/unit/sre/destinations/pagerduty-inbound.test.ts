import { describe, expect, test } from 'vitest';
import { pagerdutyInbound } from '../../../../lambdas/sre/destinations/pagerduty/inbound.ts';
import { hex, inboundOf } from '../../../support/sre/inbound.ts';

const SECRET = 'lDQHScfUeXUKaQRNF+8XIiDKZ7XX3itBAYzwU0TARw8lJqRnkKl2iB1anSb0Z+IK';
const AT = '2026-11-30T10:00:00.000Z';
const NOW_MS = Date.parse(AT) + 1_000;

/** As https://developer.pagerduty.com/docs/webhooks-overview shows one. */
const webhook = (over: object = {}, data: object = {}) => ({
  event: {
    id: '5ac64822-4adc-4fda-ade0-410becf0de4f',
    event_type: 'incident.acknowledged',
    resource_type: 'incident',
    occurred_at: AT,
    agent: { id: 'PLH1HKV', summary: 'Tenex Engineer', type: 'user_reference' },
    client: { name: 'PagerDuty' },
    data: { id: 'PGR0VU2', type: 'incident', number: 2, incident_key: 'inc_1#2', ...data },
    ...over,
  },
});
const read = (body: object | string, signature?: string, nowMs = NOW_MS) => {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const header = signature ?? `v1=${hex('sha256', SECRET, text)}`;
  return pagerdutyInbound(SECRET).read(inboundOf(text, { 'x-pagerduty-signature': header }, nowMs));
};
const event = (kind: string) => ({
  id: '5ac64822-4adc-4fda-ade0-410becf0de4f',
  incidentId: 'inc_1',
  generation: 2,
  externalId: null,
  atMs: Date.parse(AT),
  isOwnAccount: false,
  by: 'Tenex Engineer',
  action: { kind },
});

describe('a webhook of PagerDuty', () => {
  test.each([
    ['incident.acknowledged', 'acknowledge'],
    ['incident.resolved', 'resolve'],
    ['incident.reopened', 'reopen'],
  ])('%s is what somebody did to the incident of its key', (event_type, kind) => {
    expect(read(webhook({ event_type }))).toEqual({ kind: 'read', events: [event(kind)] });
    const raised = webhook({ event_type }, { incident_key: 'inc_1#2#critical' });
    expect(read(raised)).toEqual({ kind: 'read', events: [event(kind)] });
  });

  test.each([
    ['of another kind', webhook({ event_type: 'incident.priority_updated' })],
    ['of an incident of somebody else', webhook({}, { incident_key: 'd3640fbd41094207' })],
    ['without a key', webhook({}, { incident_key: null })],
    [
      'of what our own event did',
      webhook({ agent: { type: 'events_api_v2_inbound_integration_reference' } }),
    ],
    ['of a service', { event: { event_type: 'service.updated', data: {} } }],
  ])('one %s is no event', (_name, body) => {
    expect(read(body)).toEqual({ kind: 'read', events: [] });
  });

  test('is taken with either secret while they are exchanged', () => {
    const text = JSON.stringify(webhook());
    const both = `v1=${hex('sha256', 'old', text)},v1=${hex('sha256', SECRET, text)}`;
    expect(read(text, both)).toMatchObject({ events: [event('acknowledge')] });
  });

  const text = JSON.stringify(webhook());
  test.each([
    ['nothing', ''],
    ['another secret', `v1=${hex('sha256', 'other', text)}`],
    ['another body', `v1=${hex('sha256', SECRET, `${text} `)}`],
    ['another version', `v0=${hex('sha256', SECRET, text)}`],
    ['the digest alone', hex('sha256', SECRET, text)],
    ['half of the digest', `v1=${hex('sha256', SECRET, text).slice(0, 32)}`],
  ])('signed by %s is refused', (_name, signature) => {
    expect(read(text, signature)).toMatchObject({ kind: 'refused' });
  });

  test('is refused where no secret is kept, even when the empty one signs it', () => {
    const header = { 'x-pagerduty-signature': `v1=${hex('sha256', '', text)}` };
    for (const secret of ['', undefined])
      expect(pagerdutyInbound(secret).read(inboundOf(text, header, NOW_MS))).toMatchObject({
        kind: 'refused',
      });
  });

  test('is refused a day later, and from a clock that is far ahead', () => {
    expect(read(text, undefined, NOW_MS + 24 * 3_600_000)).toMatchObject({ kind: 'refused' });
    expect(read(text, undefined, NOW_MS - 600_000)).toMatchObject({ kind: 'refused' });
  });

  test.each(['', '{', '[]', 'null', '{"event":1}'])('that says %j is no event', (body) => {
    expect(read(body)).toEqual({ kind: 'read', events: [] });
  });
});
