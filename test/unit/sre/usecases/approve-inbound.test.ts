import { beforeEach, describe, expect, test } from 'vitest';
import { tableDeliveryStore } from '../../../../lambdas/sre/adapters/table-delivery-store.ts';
import { tableInboundLog } from '../../../../lambdas/sre/adapters/table-inbound-log.ts';
import { tableIncidentStore } from '../../../../lambdas/sre/adapters/table-incident-store.ts';
import { tableRemediationStore } from '../../../../lambdas/sre/adapters/table-remediation-store.ts';
import { tableRunbookBook } from '../../../../lambdas/sre/adapters/table-runbook-book.ts';
import { slackInbound } from '../../../../lambdas/sre/destinations/slack/inbound.ts';
import { ticketMessage } from '../../../../lambdas/sre/destinations/slack/message.ts';
import type { Remediation } from '../../../../lambdas/sre/runbooks/remediation.ts';
import type { TicketWire } from '../../../../lambdas/sre/tickets/ticket-wire.ts';
import type { InboundEvent } from '../../../../lambdas/sre/tickets/inbound-wire.ts';
import { proposeRemediation } from '../../../../lambdas/sre/usecases/propose-remediation.ts';
import { takeEvents } from '../../../../lambdas/sre/usecases/take-inbound.ts';
import { hmacHex } from '../../../../lambdas/sre/destinations/shared/signed.ts';
import { MemoryTables } from '../../../support/memory-tables.ts';
import { decideBy } from '../../../support/sre/decide-by.ts';
import { destinationOf, TENANT, ticketOfIncident } from '../../../support/sre/delivered.ts';
import { INCIDENT_ID, liveIncident, runbookOf } from '../../../support/sre/runbooks.ts';
import { blocksProblem } from '../../../support/slack-blocks.ts';

const NOW_MS = 1_790_000_100_000;
const SECRET = 'slack-signing-secret';
const DESTINATION = destinationOf().id;
const TICKET = 'C0123456/1.0';

let tables: MemoryTables;
let proposed: Remediation;
const refuse = async (): Promise<never> => await Promise.reject(new Error('nothing is sent'));
const NO_WIRE: TicketWire = {
  afterUnknown: 'find',
  findLagMs: 0,
  open: refuse,
  update: refuse,
  find: refuse,
  closeExtra: refuse,
  test: refuse,
};
const timers = { nowMs: () => NOW_MS, sleep: async () => await Promise.resolve() };

beforeEach(async () => {
  tables = new MemoryTables();
  await prepare();
  await delivered(INCIDENT_ID, TICKET);
});

const prepare = async () => {
  const after = liveIncident();
  const step = { revision: 1, atMs: 1, by: 'sluice', kind: 'opened', text: 'x' } as const;
  const changes = [{ before: null, after, step }];
  const incidents = tableIncidentStore({ tables });
  await incidents.commit({ tenant: TENANT, version: null, changes, marks: [] });
  const runbooks = tableRunbookBook({ tables });
  const remediations = tableRemediationStore({ tables });
  await runbooks.create(runbookOf());
  await remediations.setSettings(TENANT, { isEnabled: true, waitMs: 3_600_000 });
  proposed = await proposeRemediation(
    { incidents, runbooks, remediations, timers },
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
};

/** An incident has that ticket at that destination. */
const delivered = async (incidentId: string, externalId: string, destinationId = DESTINATION) => {
  const deliveries = tableDeliveryStore({ tables });
  const key = { tenant: TENANT, incidentId, destinationId };
  await deliveries.want(key, { revision: 1, holdUntilMs: 0, nowMs: NOW_MS });
  const all = await deliveries.list(TENANT, incidentId);
  for (const { delivery } of all.filter((one) => one.delivery.destinationId === destinationId))
    await deliveries.record(delivery.attemptId, {
      delivery: { ...delivery, externalId },
      newStrays: [],
      closedStray: null,
    });
};

const event = (given: Partial<InboundEvent>): InboundEvent => ({
  id: 'event',
  incidentId: null,
  externalId: TICKET,
  generation: null,
  atMs: NOW_MS,
  isOwnAccount: false,
  by: 'ada',
  action: { kind: 'approve', remediationId: proposed.id, planHash: proposed.planHash },
  ...given,
});

/** Who the other side says that Sluice is; null: it does not answer. */
let own: string | null = 'account-of-sluice';

const taken = async (given: Partial<InboundEvent>, approvals = 'on', tenant = TENANT) =>
  await takeEvents(
    {
      incidents: tableIncidentStore({ tables }),
      deliveries: tableDeliveryStore({ tables }),
      inboundLog: tableInboundLog({ tables }),
      decide: decideBy(tables, timers.nowMs),
      timers,
      wireOf: async () =>
        await Promise.resolve({ ...NO_WIRE, ownAccount: async () => await Promise.resolve(own) }),
    },
    destinationOf({ tenant, settings: { approvals } }),
    [event(given)],
  );
const stateNow = async () =>
  (await tableRemediationStore({ tables }).get(TENANT, proposed.id))?.state;
const comment = (text: string): InboundEvent['action'] => ({ kind: 'comment', text });

describe('a step that waits, where its ticket is', () => {
  test('is approved by a person there, by name, once', async () => {
    expect(await taken({})).toBe(1);
    const stored = await tableRemediationStore({ tables }).get(TENANT, proposed.id);
    expect(stored).toMatchObject({ state: 'approved', decidedBy: 'ada (desk)' });
    expect(await taken({})).toBe(0);
  });

  test('is decided by a comment that is a command, and by no other words', async () => {
    for (const text of [
      'approve it',
      `please: sluice approve ${proposed.id} ${proposed.planHash}`,
      `sluice approve ${proposed.id}`,
      `sluice approve ${proposed.id} ${proposed.planHash.slice(0, 11)}`,
    ])
      await taken({ id: text, action: comment(text) });
    expect(await stateNow()).toBe('waiting');
    const hash = proposed.planHash.slice(0, 12);
    await taken({ action: comment(` sluice approve ${proposed.id} ${hash} `) });
    expect(await stateNow()).toBe('approved');
  });

  test('is rejected by a comment too', async () => {
    await taken({ action: comment(`sluice reject ${proposed.id}`) });
    expect(await stateNow()).toBe('rejected');
  });

  test.each([
    ['whose people may not', {}, 'off', TENANT],
    ['of another project', {}, 'on', 'other'],
    ['when nobody is named', { by: '' }, 'on', TENANT],
    ['by the account that Sluice uses there', { isOwnAccount: true }, 'on', TENANT],
    ['by whoever names no ticket', { externalId: null }, 'on', TENANT],
    ['in no ticket of ours', { externalId: '10002' }, 'on', TENANT],
    ['where another incident is named', { incidentId: 'incident_other' }, 'on', TENANT],
    ['in a channel that the settings left', { isElsewhere: true }, 'on', TENANT],
  ] as const)('is not approved at a destination %s', async (_why, given, approvals, tenant) => {
    await taken(given, approvals, tenant);
    expect(await stateNow()).toBe('waiting');
  });

  test('is approved by an account that is not the one that Sluice uses, where the other side must be asked', async () => {
    await taken({ account: 'account-of-sluice' });
    expect(await stateNow()).toBe('waiting');
    own = null;
    await taken({ id: 'unanswered', account: 'account-of-ada' });
    expect(await stateNow()).toBe('waiting');
    const steps = await tableIncidentStore({ tables }).steps(TENANT, INCIDENT_ID);
    expect(steps.at(-1)?.text).toContain('could not be found out');
    own = 'account-of-sluice';
    await taken({ id: 'answered', account: 'account-of-ada' });
    expect(await stateNow()).toBe('approved');
  });

  test('is not approved in the ticket of another incident, and the timeline says who tried', async () => {
    await delivered('incident_other', 'C0123456/2.0');
    const hash = proposed.planHash.slice(0, 12);
    const action = comment(`sluice approve ${proposed.id} ${hash}`);
    await taken({ externalId: 'C0123456/2.0', action });
    await taken({ id: 'click', externalId: 'C0123456/2.0' });
    expect(await stateNow()).toBe('waiting');
    const steps = await tableIncidentStore({ tables }).steps(TENANT, INCIDENT_ID);
    expect(steps.at(-1)?.text).toContain('ada (desk) asked to approve');
  });

  test('is not approved at a destination that has no ticket of it', async () => {
    tables = new MemoryTables();
    await prepare();
    await delivered(INCIDENT_ID, TICKET, 'dst_0000000000000002');
    await taken({ incidentId: INCIDENT_ID, externalId: null });
    expect(await stateNow()).toBe('waiting');
    await delivered(INCIDENT_ID, TICKET);
    await taken({ id: 'again', incidentId: INCIDENT_ID, externalId: null });
    expect(await stateNow()).toBe('approved');
  });

  test('is not approved by another plan, and the timeline says so', async () => {
    await taken({
      action: { kind: 'approve', remediationId: proposed.id, planHash: 'f'.repeat(64) },
    });
    expect(await stateNow()).toBe('waiting');
    const steps = await tableIncidentStore({ tables }).steps(TENANT, INCIDENT_ID);
    expect(steps.at(-1)?.text).toContain('not the hash');
  });

  test('has buttons in Slack, which ask once more, and whose clicks say what was read', async () => {
    const ticket = ticketOfIncident(liveIncident(), {
      remediations: [
        {
          id: proposed.id,
          title: proposed.stepTitle,
          state: 'waiting',
          target: proposed.plan.target,
          sent: 'service=checkout, environment=production',
          planHash: proposed.planHash,
          result: null,
        },
      ],
    });
    const buttons = { hasButtons: true, hasApprovals: true };
    const { blocks = [] } = ticketMessage('C0123456', ticket, buttons, '');
    expect(blocksProblem(blocks)).toBeNull();
    const actions = blocks.find(({ type }) => type === 'actions');
    const [approve] =
      actions?.type === 'actions'
        ? actions.elements.filter(({ action_id: id }) => id.startsWith('sluice_approve'))
        : [];
    expect(approve?.confirm?.text.text).toContain(proposed.plan.target);
    expect(approve?.confirm?.text.text).toContain('service=checkout, environment=production');
    const payload = {
      type: 'block_actions',
      channel: { id: 'C0123456' },
      message: { ts: '1.0' },
      user: { id: 'U1', username: 'ada' },
      actions: [
        { action_id: approve?.action_id, action_ts: '1790000100.1', value: approve?.value },
      ],
    };
    const body = Buffer.from(`payload=${encodeURIComponent(JSON.stringify(payload))}`);
    const stamp = String(NOW_MS / 1_000);
    const signature = hmacHex('sha256', SECRET, `v0:${stamp}:`, body);
    const reading = slackInbound(SECRET, 'C0123456').read({
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': stamp,
        'x-slack-signature': `v0=${signature}`,
      },
      query: {},
      body,
      nowMs: NOW_MS,
    });
    expect(reading).toMatchObject({
      events: [
        {
          externalId: TICKET,
          action: { kind: 'approve', remediationId: proposed.id, planHash: proposed.planHash },
        },
      ],
    });
    const without = ticketMessage('C0123456', ticket, { ...buttons, hasApprovals: false }, '');
    expect(JSON.stringify(without.blocks)).not.toContain('sluice_approve');
  });
});
