/** What nobody's page may run. */
export const EVIL = '<script>alert("x")</script>';

const FIGURES = { input_tokens: 9, output_tokens: 20 };
/** What the API of a stack answers the page of a laptop, by path. */
export const API: Readonly<Record<string, unknown>> = {
  '/v1/catalog': {
    prices: { source: 'the list 1.0', as_of: '2026-09-23', age_days: 100, is_old: true },
  },
  '/v1/usage': {
    groups: [{ user_id: EVIL, cost_micros: 14, request_count: 1, errors: 0, ...FIGURES }],
  },
  '/v1/keys': {
    data: [
      {
        id: 'key_0123456789abcdef',
        name: 'ada on the web',
        user_id: 'ada',
        status: 'active',
        cap_micros: 500_000,
        spent_micros: 125_000,
        available_micros: 375_000,
      },
      {
        id: 'key_fedcba9876543210',
        name: 'a key of a check',
        user_id: null,
        status: 'revoked',
        cap_micros: 50_000,
        spent_micros: 14,
        available_micros: 0,
      },
    ],
  },
  '/v1/calls': {
    data: [
      {
        settled_at: 0,
        key_id: 'key_0123456789abcdef',
        model: 'gpt-4o-mini',
        usage: FIGURES,
        cost_micros: 14,
        status: 'completed',
        total_ms: 412,
        request_id: 'req_1',
      },
    ],
  },
  '/v1/incidents': { data: [{ id: 'incident_1' }] },
  '/v1/incidents/stats': {
    totals: {
      incidents: 3,
      reopened: 1,
      noise: 0,
      time_to_acknowledge_ms: { median: 94_000 },
      time_to_resolve_ms: null,
    },
  },
  '/v1/incidents/incident_1': {
    id: 'incident_1',
    state: 'acknowledged',
    severity: 'critical',
    title: `checkout is out of memory ${EVIL}`,
    opened_at: 0,
    time_to_acknowledge_ms: 94_000,
    time_to_resolve_ms: null,
    acknowledged_by: 'ada',
    members: [{ source: { service: 'checkout', environment: '' } }],
    root: { service: 'payments-db', environment: '' },
    cause_confidence: 4.2,
    gaps: [],
    timeline: [{ at: 0, by: 'sluice', kind: 'opened', text: `It runs out of memory: ${EVIL}` }],
  },
  '/v1/destinations': { data: [{ id: 'dst_1', name: 'on-call', kind: 'slack' }] },
  '/v1/deliveries': {
    data: [
      {
        destination_id: 'dst_1',
        status: 'sent',
        external_id: '1796.1',
        sent_at: 0,
        problem: null,
      },
    ],
  },
  '/v1/anomalies': {
    data: [
      {
        kind: 'oom',
        severity: 'critical',
        source: { service: '' },
        opened_at: 0,
        ended_at: null,
        why: `The service ran out of memory: "${EVIL}".`,
        score: { score: 0.962 },
      },
    ],
  },
};
