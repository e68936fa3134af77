import type { WireParts } from '../../ports/destinations.ts';
import type { Ticket } from '../../tickets/ticket.ts';
import type { Attempt, Found, TicketWire } from '../../tickets/ticket-wire.ts';
import { ticketTitle } from '../../tickets/words/ticket-words.ts';
import { notFound } from '../shared/read-answer.ts';
import {
  created,
  myself,
  nothing,
  permissions,
  project as projectSchema,
  search as searchSchema,
} from './answers.ts';
import { jiraApi, type JiraApi } from './api.ts';
import { cloudDialect, dataCenterDialect } from './dialect.ts';
import { moveTo } from './transition.ts';

/** Jira's index lags: https://jira.atlassian.com/browse/JRACLOUD-97434 */
const SEARCH_LAG_MS = 120_000;
const NEEDED = ['BROWSE_PROJECTS', 'CREATE_ISSUES', 'EDIT_ISSUES', 'TRANSITION_ISSUES'];

export const jiraCloudWire = (parts: WireParts): TicketWire =>
  jiraWire(jiraApi(parts, cloudDialect(parts.secrets)));
export const jiraDataCenterWire = (parts: WireParts): TicketWire =>
  jiraWire(jiraApi(parts, dataCenterDialect(parts.secrets)));

/**
 * An issue for each incident. The external id is Jira's own, which a renamed or moved project leaves as it is; a label
 * finds an issue whose answer was lost.
 */
const jiraWire = (api: JiraApi): TicketWire => ({
  afterUnknown: 'find',
  findLagMs: SEARCH_LAG_MS,
  open: async (ticket) => await open(api, ticket),
  update: async (externalId, ticket) => await update(api, externalId, ticket),
  find: async (ticket) => await find(api, ticket),
  closeExtra: async (externalId, keptId) => await closeExtra(api, externalId, keptId),
  ownAccount: async () => {
    const read = await api.ask('GET', '/myself', { asked: 'read', schema: myself });
    return read.kind === 'not' ? null : read.value.accountId || read.value.name || null;
  },
  test: async () => await test(api),
});

/** A label has no spaces. */
const labelOf = (incidentId: string): string => `sluice-${incidentId.replaceAll(/[^\w.-]/g, '_')}`;

const fieldsOf = ({ dialect }: JiraApi, ticket: Ticket) => ({
  summary: ticketTitle(ticket),
  description: dialect.description(ticket),
});

const open = async (api: JiraApi, ticket: Ticket): Promise<Attempt> => {
  const read = await api.ask('POST', '/issue', {
    asked: 'create',
    body: {
      fields: {
        project: { key: api.settings.project },
        issuetype: { name: api.settings.issueType },
        ...fieldsOf(api, ticket),
        labels: ['sluice', labelOf(ticket.incidentId)],
      },
    },
    schema: created,
  });
  if (read.kind === 'not') return read.attempt;
  return done(api, read.value);
};

const update = async (api: JiraApi, id: string, ticket: Ticket): Promise<Attempt> => {
  const edited = await api.ask('PUT', `/issue/${encodeURIComponent(id)}`, {
    asked: 'change',
    body: { fields: fieldsOf(api, ticket) },
    schema: nothing,
  });
  if (edited.kind === 'not') return edited.attempt;
  const moved = await moveTo(api, id, wantedOf(ticket));
  return moved.kind === 'not' ? moved.attempt : done(api, moved.value);
};

const wantedOf = ({ state }: Ticket) => {
  if (state === 'resolved') return 'done';
  return state === 'identified' ? 'open' : 'indeterminate';
};

const find = async (api: JiraApi, ticket: Ticket): Promise<Found> => {
  const label = labelOf(ticket.incidentId);
  const read = await api.ask('POST', api.dialect.search, {
    asked: 'read',
    body: { jql: `labels = "${label}" ORDER BY created ASC`, fields: ['labels'], maxResults: 50 },
    schema: searchSchema,
  });
  if (read.kind === 'not') return notFound(read.attempt);
  const [first, ...extras] = read.value.issues.filter(
    ({ fields }) => fields?.labels?.includes(label) === true,
  );
  if (first === undefined) return { kind: 'none' };
  return {
    kind: 'found',
    externalId: first.id,
    url: urlOf(api, first.key),
    extras: extras.map(({ id }) => id),
  };
};

/** Done, without the label that would find it again. */
const closeExtra = async (api: JiraApi, id: string, keptId: string): Promise<Attempt> => {
  const moved = await moveTo(api, id, 'done');
  if (moved.kind === 'not') return moved.attempt;
  const labels = moved.value.fields.labels ?? [];
  const kept = labels.filter((label) => !label.startsWith('sluice-'));
  if (kept.length === labels.length) return done(api, moved.value);
  const edited = await api.ask('PUT', `/issue/${encodeURIComponent(id)}`, {
    asked: 'change',
    body: {
      update: {
        labels: [{ set: kept }],
        comment: [{ add: { body: api.dialect.comment(`A duplicate of the issue ${keptId}.`) } }],
      },
    },
    schema: nothing,
  });
  return edited.kind === 'not' ? edited.attempt : done(api, moved.value);
};

const test = async (api: JiraApi): Promise<Attempt> => {
  const key = api.settings.project;
  const asked = await api.ask(
    'GET',
    `/mypermissions?projectKey=${key}&permissions=${NEEDED.join(',')}`,
    { asked: 'read', schema: permissions },
  );
  if (asked.kind === 'not') return asked.attempt;
  const missing = NEEDED.filter((name) => asked.value.permissions[name]?.havePermission !== true);
  if (missing.length > 0)
    return {
      kind: 'refused',
      reason: `the account lacks ${missing.join(', ')} in ${key}`,
      fault: 'credentials',
    };
  const read = await api.ask('GET', `/project/${key}`, { asked: 'read', schema: projectSchema });
  if (read.kind === 'not') return read.attempt;
  const types = read.value.issueTypes.map(({ name }) => name);
  if (!types.includes(api.settings.issueType))
    return {
      kind: 'refused',
      reason: `${key} has no type of issue ${api.settings.issueType}: it has ${types.join(', ')}`,
      fault: 'request',
    };
  return { kind: 'done', externalId: key, url: urlOf(api, key) };
};

const done = (
  api: JiraApi,
  { id, key }: { readonly id: string; readonly key: string },
): Attempt => ({
  kind: 'done',
  externalId: id,
  url: urlOf(api, key),
});

const urlOf = ({ settings }: JiraApi, key: string): string => `${settings.url}/browse/${key}`;
