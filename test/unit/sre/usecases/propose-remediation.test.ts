import { beforeEach, describe, expect, test } from 'vitest';
import { tableIncidentStore } from '../../../../lambdas/sre/adapters/table-incident-store.ts';
import { tableRemediationStore } from '../../../../lambdas/sre/adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../../../../lambdas/sre/adapters/table-runbook-book.ts';
import type { Incident } from '../../../../lambdas/sre/incidents/incident.ts';
import type { IncidentStore } from '../../../../lambdas/sre/ports/incidents.ts';
import { proposeRemediation } from '../../../../lambdas/sre/usecases/propose-remediation.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { decideBy } from '../../../support/sre/decide-by.ts';
import { SOURCE, TENANT } from '../../../support/sre/delivered.ts';
import { INCIDENT_ID, liveIncident, runbookOf } from '../../../support/sre/runbooks.ts';

const NOW_MS = 1_790_000_100_000;
const timers = { nowMs: () => NOW_MS, sleep: async () => await Promise.resolve() };
let tables: MemoryTables;
let incidents: IncidentStore;

const changed = async (before: Incident | null, after: Incident) => {
  const { revision } = after;
  const step = { revision, atMs: 1, by: 'sluice', kind: 'opened', text: 'x' } as const;
  const changes = [{ before, after, step }];
  await incidents.commit({ tenant: TENANT, version: null, changes, marks: [] });
};

beforeEach(async () => {
  tables = new MemoryTables();
  incidents = tableIncidentStore({ tables });
  await changed(null, liveIncident());
  await tableRunbookBook({ tables }).create(runbookOf());
  const settings = { isEnabled: true, waitMs: 3_600_000 };
  await tableRemediationStore({ tables }).setSettings(TENANT, settings);
});

const commits: typeof incidents.commit = async (...args) => await incidents.commit(...args);
const propose = async (commit = commits) =>
  await proposeRemediation(
    {
      incidents: { ...incidents, commit },
      runbooks: tableRunbookBook({ tables }),
      remediations: tableRemediationStore({ tables }),
      timers,
    },
    {
      tenant: TENANT,
      incidentId: INCIDENT_ID,
      runbookId: runbookOf().id,
      stepId: 'restart',
      by: 'key_agent',
      isAgent: true,
      isDryRun: false,
    },
  );
const told = async () =>
  (await incidents.steps(TENANT, INCIDENT_ID)).filter(({ text }) =>
    text.includes('waits for approval'),
  );

describe('a step that is proposed again', () => {
  test('is told of, once, though whoever stored it died before anybody heard of it', async () => {
    const dying = async () => await Promise.reject(new Error('dead'));
    await expect(propose(dying)).rejects.toThrow('dead');
    expect(await told()).toHaveLength(0);
    const [first, second] = [await propose(), await propose()];
    expect(second.id).toBe(first.id);
    expect(await told()).toHaveLength(1);
  });

  test('is planned anew when the cause is another one by now, and the plan of before is not approved', async () => {
    const before = await propose();
    const stored = await incidents.get(TENANT, INCIDENT_ID);
    if (stored === null) throw new Error('the incident is gone');
    const members = [{ source: { ...SOURCE, service: 'payments' }, kind: 'oom' }] as const;
    await changed(stored, { ...stored, revision: stored.revision + 1, members });
    const approve = { kind: 'approve', planHash: before.planHash } as const;
    const input = { tenant: TENANT, id: before.id, by: 'ada', decision: approve };
    expect(await decideBy(tables, timers.nowMs)(input)).toMatchObject({ kind: 'refused' });
    const after = await propose();
    expect(after.id).not.toBe(before.id);
    expect(after.plan.body).toContain('payments');
  });
});
