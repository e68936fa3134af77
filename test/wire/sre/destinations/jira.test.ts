import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  jiraCloudWire,
  jiraDataCenterWire,
} from '../../../../lambdas/sre/destinations/jira/wire.ts';
import type { WireParts } from '../../../../lambdas/sre/ports/destinations.ts';
import type { Attempt } from '../../../../lambdas/sre/tickets/ticket-wire.ts';
import { JIRA_PROJECT } from '../../../support/jira-issues.ts';
import {
  JIRA_ACCOUNT,
  JIRA_EMAIL,
  JIRA_TOKEN,
  startJiraStandIn,
  type JiraStandIn,
} from '../../../support/jira-stand-in.ts';
import { answered, answeredParts, partsOf, ticketOf } from '../../../support/sre/tickets.ts';

const CASES = [
  {
    name: 'Jira Cloud',
    deployment: 'cloud',
    kind: 'jira',
    wireOf: jiraCloudWire,
    secrets: { email: JIRA_EMAIL, api_token: JIRA_TOKEN },
    wrong: { email: JIRA_EMAIL, api_token: 'another-token' },
  },
  {
    name: 'Jira Data Center',
    deployment: 'data center',
    kind: 'jira_data_center',
    wireOf: jiraDataCenterWire,
    secrets: { token: JIRA_TOKEN },
    wrong: { token: 'another-token' },
  },
] as const;

describe.each(CASES)('$name', ({ deployment, kind, wireOf, secrets, wrong }) => {
  let jira: JiraStandIn;
  let workflow: JiraStandIn['workflow'];
  beforeAll(async () => {
    jira = await startJiraStandIn(deployment);
    ({ workflow } = jira);
  });
  beforeEach(() => {
    jira.issues.length = 0;
    jira.workflow = workflow;
    jira.permissions = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'EDIT_ISSUES', 'TRANSITION_ISSUES'];
    jira.account = JIRA_ACCOUNT;
    jira.index();
  });
  afterAll(() => jira.stop());

  const parts = (over: Readonly<Record<string, string>> = {}): WireParts =>
    partsOf(kind, { url: jira.url, project: JIRA_PROJECT, ...over }, secrets);
  const wire = () => wireOf(parts());
  const open = async (over = {}): Promise<string> => idOf(await wire().open(ticketOf(over), 'a'));
  const idOf = (attempt: Attempt): string => {
    expect(attempt).toMatchObject({ kind: 'done' });
    return attempt.kind === 'done' ? attempt.externalId : '';
  };
  test('finds out who Sluice is there, and says that it cannot with other credentials', async () => {
    expect(await wire().ownAccount?.()).toBe(JIRA_ACCOUNT);
    const others = partsOf(kind, { url: jira.url, project: JIRA_PROJECT }, wrong);
    expect(await wireOf(others).ownAccount?.()).toBeNull();
    // An account without a name is nobody that a comment's author could be told from.
    jira.account = '';
    expect(await wire().ownAccount?.()).toBeNull();
  });

  const issueOf = (id: string) => jira.issues.find((issue) => issue.id === id);

  test('opens an issue that shows everything, and where people open it', async () => {
    expect(await wire().open(ticketOf(), 'a')).toEqual({
      kind: 'done',
      externalId: '10001',
      url: `${jira.url}/browse/OPS-1`,
    });
    const { fields } = jira.issues[0] ?? {};
    expect(fields).toMatchObject({
      summary: 'checkout: connection refused by payments-db',
      labels: ['sluice', 'sluice-inc_01k0'],
    });
    const shown = JSON.stringify(fields?.['description']);
    for (const text of [
      '90 of 100 requests fail',
      'payments-db → payments → checkout',
      'connect ECONNREFUSED',
      'payments-db (high confidence, 5.2)',
      'no spans of payments-db',
      'Restart payments-db.',
      'https://wiki.example.com/payments-db',
      'https://sluice.example.com/records/rec_1',
      'Severity: ',
    ])
      expect(shown).toContain(text);
  });

  test('follows the incident through its life by whatever steps the workflow has', async () => {
    const id = await open();
    const steps = [
      [ticketOf({ title: 'payments: down' }), 'To Do'],
      [ticketOf({ state: 'acknowledged' }), 'In Progress'],
      [ticketOf({ state: 'resolved' }), 'Done'],
      [ticketOf({ state: 'resolved' }), 'Done'],
      [ticketOf({ generation: 2 }), 'To Do'],
    ] as const;
    for (const [ticket, status] of steps) {
      expect(await wire().update(id, ticket)).toMatchObject({
        kind: 'done',
        url: `${jira.url}/browse/OPS-1`,
      });
      expect(issueOf(id)?.status).toBe(status);
    }
    jira.workflow = { 'To Do': ['In Progress'], 'In Progress': ['Done'] };
    await wire().update(id, ticketOf({ state: 'resolved' }));
    expect(issueOf(id)).toMatchObject({ status: 'Done', resolution: 'Done' });
  });

  test('says so when the workflow has no way to where the incident is', async () => {
    jira.workflow = {};
    const id = await open();
    expect(await wire().update(id, ticketOf({ state: 'acknowledged' }))).toMatchObject({
      kind: 'done',
    });
    expect(await wire().update(id, ticketOf({ state: 'resolved' }))).toEqual({
      kind: 'refused',
      reason: 'the workflow has no step from To Do to a status that is done',
      fault: 'request',
    });
  });

  test('finds an issue whose answer was lost, once the search shows it, its twin beside it', async () => {
    jira.fails({ when: 'after', answer: { status: 502, body: '<html>Bad Gateway</html>' } });
    expect(await wire().open(ticketOf(), 'a')).toMatchObject({ kind: 'unknown' });
    expect(await wire().find(ticketOf())).toEqual({ kind: 'none' });
    expect(wire().findLagMs).toBe(120_000);
    jira.index();
    expect(await wire().find(ticketOf())).toMatchObject({ externalId: '10001', extras: [] });
    const twin = await open();
    await open({ incidentId: 'inc_01k0_other' });
    jira.index();
    expect(await wire().find(ticketOf())).toMatchObject({ externalId: '10001', extras: [twin] });
    expect(await wire().closeExtra(twin, '10001')).toMatchObject({ kind: 'done' });
    await wire().closeExtra(twin, '10001');
    expect(issueOf(twin)).toMatchObject({ status: 'Done', fields: { labels: ['sluice'] } });
    expect(JSON.stringify(issueOf(twin)?.comments)).toContain('A duplicate of the issue 10001.');
    expect(issueOf(twin)?.comments).toHaveLength(1);
    expect(await wire().find(ticketOf())).toMatchObject({ externalId: '10001', extras: [] });
  });

  test('an issue whose project has another key is the same one, and a deleted one is gone', async () => {
    const id = await open();
    for (const issue of jira.issues) issue.key = 'NEW-1';
    expect(await wire().update(id, ticketOf())).toMatchObject({ url: `${jira.url}/browse/NEW-1` });
    jira.issues.length = 0;
    expect(await wire().update(id, ticketOf())).toMatchObject({ kind: 'gone' });
  });

  test('takes no page for a change', async () => {
    const id = await open();
    jira.fails({ when: 'instead', answer: { status: 200, body: '<html>Log in</html>' } });
    expect(await wire().update(id, ticketOf())).toMatchObject({ kind: 'unknown' });
  });

  test('a test call says what is to do, and writes nothing', async () => {
    expect(await wire().test()).toMatchObject({ kind: 'done' });
    expect(await wireOf({ ...parts(), secrets: wrong }).test()).toMatchObject({
      fault: 'credentials',
    });
    expect(await wireOf(parts({ project: 'GONE' })).test()).toMatchObject({
      kind: 'refused',
      fault: 'request',
    });
    expect(await wireOf(parts({ issue_type: 'Incident' })).test()).toMatchObject({
      reason: 'OPS has no type of issue Incident: it has Task, Bug',
    });
    jira.permissions = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'EDIT_ISSUES'];
    expect(await wire().test()).toMatchObject({
      reason: 'the account lacks TRANSITION_ISSUES in OPS',
    });
    expect(jira.issues).toEqual([]);
  });

  // https://developer.atlassian.com/cloud/jira/platform/rest/v3/intro/#status-codes and /rate-limiting
  test.each([
    [
      'a project that was renamed',
      answered(400, { errorMessages: [], errors: { project: 'valid project is required' } }),
      { fault: 'request', reason: 'it answered 400: project: valid project is required' },
    ],
    [
      'a token that was revoked',
      answered(401, { message: 'Client must be authenticated to access this resource.' }),
      { fault: 'credentials' },
    ],
    [
      'a captcha',
      answered(403, '', { 'x-authentication-denied-reason': 'CAPTCHA_CHALLENGE' }),
      { fault: 'credentials' },
    ],
    [
      'a rate limit',
      answered(
        429,
        { errorMessages: ['Rate limit exceeded'] },
        { 'retry-after': '30', 'x-ratelimit-reset': '2026-11-30T10:00:30Z' },
      ),
      { kind: 'later', afterMs: 30_000 },
    ],
    [
      'a rate limit without seconds',
      answered(429, '', { 'x-ratelimit-reset': '2026-11-30T10:00:30Z' }),
      { kind: 'later', afterMs: 30_000 },
    ],
    ['an issue without an id', answered(201, { self: 'x' }), { kind: 'unknown' }],
    ['a failure', answered(500, { errorMessages: ['Internal server error'] }), { kind: 'unknown' }],
  ])('reads %s for what is known after it', async (_name, answer, expected) => {
    const answering = answeredParts(parts(), () => answer);
    expect(await wireOf(answering).open(ticketOf(), 'a')).toMatchObject(expected);
  });
});
