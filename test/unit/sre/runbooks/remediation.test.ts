import { describe, expect, test } from 'vitest';
import {
  APPROVAL_MS,
  approve,
  incidentIdOf,
  reject,
  remediationAsOf,
  remediationId,
  type Remediation,
} from '../../../../lambdas/sre/runbooks/remediation.ts';
import { planStep } from '../../../../lambdas/sre/runbooks/plan.ts';
import { SOURCE, TENANT } from '../../../support/sre/delivered.ts';
import { INCIDENT_ID, liveIncident, runbookOf } from '../../../support/sre/runbooks.ts';

const ID = remediationId(INCIDENT_ID, { runbookId: 'runbook_1', stepId: 'restart' }, 0);
const hashOf = (): string => {
  const runbook = runbookOf();
  const [step] = runbook.steps;
  if (step === undefined) throw new Error('the runbook has no step');
  const planned = planStep({ remediationId: ID, runbook, step, incident: liveIncident() });
  if (planned.kind === 'refused') throw new Error(planned.reason);
  return planned.hash;
};
const HASH = hashOf();
const NOW = 1_000_000;
const waiting = (given: Partial<Remediation> = {}): Remediation => ({
  id: ID,
  tenant: TENANT,
  incidentId: INCIDENT_ID,
  revision: 1,
  incidentGeneration: 1,
  runbookId: 'runbook_1',
  runbookName: 'Restart',
  runbookRevision: 1,
  stepId: 'restart',
  stepTitle: 'Restart',
  plan: { kind: 'webhook', target: 'https://ops.example', headers: {}, body: '{}' },
  planHash: HASH,
  state: 'waiting',
  proposedBy: 'key_a',
  isProposedByAgent: false,
  proposedMs: NOW,
  expiresMs: NOW + 60_000,
  decidedBy: null,
  decidedMs: null,
  attemptId: '',
  leaseUntilMs: 0,
  endedMs: null,
  result: null,
  url: null,
  following: null,
  ...given,
});
const well = { incident: liveIncident(), runbook: runbookOf(), isEnabled: true };
const OTHER = [{ source: { ...SOURCE, service: 'payments' }, kind: 'oom' }] as const;
const said = { by: 'key_b', planHash: HASH, nowMs: NOW };

describe('an approval', () => {
  test('is of the plan that was read, and of nothing else', () => {
    expect(approve(waiting(), said, well)).toMatchObject({
      kind: 'decided',
      after: { state: 'approved', decidedBy: 'key_b', decidedMs: NOW, revision: 2 },
    });
    for (const planHash of ['', HASH.slice(0, 1), HASH.slice(0, 11), 'x'.repeat(64), `${HASH}a`])
      expect(approve(waiting(), { ...said, planHash }, well)).toMatchObject({ kind: 'refused' });
    expect(approve(waiting(), { ...said, planHash: HASH.slice(0, 12) }, well).kind).toBe('decided');
  });

  test('is not for the key by which an agent proposed it; a person may approve what they proposed', () => {
    const own = { ...said, by: 'key_a' };
    expect(approve(waiting({ isProposedByAgent: true }), own, well)).toMatchObject({
      kind: 'refused',
    });
    expect(approve(waiting({ isProposedByAgent: true }), said, well).kind).toBe('decided');
    expect(approve(waiting(), own, well).kind).toBe('decided');
  });

  test.each([
    ['the runbook was changed', { ...well, runbook: runbookOf({ revision: 2 }) }],
    ['the runbook is gone', { ...well, runbook: null }],
    ['actions are switched off', { ...well, isEnabled: false }],
    ['the incident is over', { ...well, incident: liveIncident({ resolvedMs: 1 }) }],
    ['the incident opened again', { ...well, incident: liveIncident({ generation: 2 }) }],
    ['the incident is gone', { ...well, incident: null }],
    ['the cause is another one', { ...well, incident: liveIncident({ members: OTHER }) }],
    ['the cause has no name any more', { ...well, incident: liveIncident({ members: [] }) }],
    ['the step is gone', { ...well, runbook: runbookOf({ steps: [] }) }],
  ])('is refused when %s', (_why, circumstances) => {
    expect(approve(waiting(), said, circumstances)).toMatchObject({ kind: 'refused' });
  });

  test('comes too late when the proposal has waited for too long', () => {
    const late = { ...said, nowMs: NOW + 60_000 };
    expect(approve(waiting(), late, well)).toEqual({
      kind: 'refused',
      reason: 'It is expired already.',
    });
    expect(remediationAsOf(waiting(), NOW + 59_999).state).toBe('waiting');
  });

  test('again is the same one; by somebody else it is none', () => {
    const approved = waiting({ state: 'approved', decidedBy: 'key_b', decidedMs: NOW });
    expect(approve(approved, said, well)).toEqual({ kind: 'so already' });
    expect(approve(approved, { ...said, by: 'key_c' }, well).kind).toBe('refused');
    expect(approve({ ...approved, state: 'unknown' }, said, well)).toEqual({ kind: 'so already' });
  });

  test('ends by itself when nothing began', () => {
    const approved = waiting({ state: 'approved', decidedBy: 'key_b', decidedMs: NOW });
    expect(remediationAsOf(approved, NOW + APPROVAL_MS - 1).state).toBe('approved');
    expect(remediationAsOf(approved, NOW + APPROVAL_MS).state).toBe('expired');
    expect(approve(approved, { ...said, nowMs: NOW + APPROVAL_MS }, well).kind).toBe('refused');
  });

  test('cannot follow a rejection, nor a rejection an approval', () => {
    const { kind } = approve(waiting({ state: 'rejected', decidedBy: 'key_b' }), said, well);
    expect(kind).toBe('refused');
    expect(reject(waiting(), said)).toMatchObject({ after: { state: 'rejected' } });
    expect(reject(waiting({ state: 'rejected' }), said)).toEqual({ kind: 'so already' });
    expect(reject(waiting({ state: 'approved', decidedMs: NOW }), said).kind).toBe('refused');
  });
});

test('an id names its incident, and a text that is none names nothing', () => {
  expect(incidentIdOf(waiting().id)).toBe(INCIDENT_ID);
  for (const text of ['', 'remediation_', `${waiting().id}x`, '../x', 'x'.repeat(3_000)])
    expect(incidentIdOf(text)).toBeNull();
});
