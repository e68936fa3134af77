import * as z from 'zod';
import { readAll, type Tables } from '../../platform/tables/tables.ts';
import type { Incident } from '../incidents/incident.ts';
import { RECENT_MS } from '../incidents/limits.ts';
import type { Board } from '../incidents/place.ts';
import type { IncidentCommit, IncidentStore } from '../ports/incidents.ts';
import { anomalyKey, anomalyOfItem } from './anomaly-items.ts';
import {
  changeWrites,
  claimOfItem,
  claimWrites,
  incidentKey,
  incidentOfItem,
  markKey,
  markOfItem,
  markWrite,
  stepKey,
  stepOfItem,
  tenantPk,
  versionKey,
  versionWrite,
} from './incident-items.ts';

/** Sources that ever had an anomaly within a week, times its kinds. */
const CLAIMS_MAX = 20_000;
const STEPS_MAX = 2_000;
/** Incidents that took each other in. */
const MERGES_FOLLOWED_MAX = 5;
/** Ids as they are given here; another one names nothing, and may not fit a key. */
const ID = /^incident_[0-9a-z]{21}$/;

const versionItem = z.object({ v: z.number() });

/** Incidents in the Sre table: `INC#<tenant>` holds them, who holds what, and where each anomaly is. */
export const tableIncidentStore = ({ tables }: { readonly tables: Tables }): IncidentStore => ({
  get: async (tenant, id) => {
    if (!ID.test(id)) return null;
    const item = await tables.get('sre', incidentKey(tenant, id));
    return item === null ? null : incidentOfItem(item);
  },
  anomalies: async ({ tenant, anomalies }) => {
    const items = await tables.getMany(
      'sre',
      anomalies.map((id) => anomalyKey(tenant, id)),
    );
    return items
      .filter(({ anomaly }) => anomaly !== undefined)
      .map(anomalyOfItem)
      .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  },
  load: async (tenant, anomalyIds, nowMs) => await loadBoard(tables, tenant, anomalyIds, nowMs),
  commit: async (commit) => await commitChanges(tables, commit),
  list: async ({ tenant, before, limit }) => {
    const { items, last } = await tables.query({
      table: 'sre',
      pk: tenantPk(tenant),
      from: 'I#',
      to: 'I#~',
      isAscending: false,
      isEventual: true,
      limit,
      ...(before === null ? {} : { after: { ...incidentKey(tenant, before) } }),
    });
    return {
      incidents: items.map(incidentOfItem),
      next: last === null ? null : String(last['sk']).slice('I#'.length),
    };
  },
  steps: async (tenant, id) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: stepKey(tenant, id, 0).pk,
      from: 'T#',
      to: 'T#~',
      isAscending: true,
      limit: STEPS_MAX,
    });
    return items.map(stepOfItem);
  },
  mark: async (tenant, anomalyId) => {
    const item = await tables.get('sre', markKey(tenant, anomalyId));
    return item === null ? null : markOfItem(item);
  },
});

/** The version is read first: whoever changes something after it makes the commit fail. */
const loadBoard = async (
  tables: Tables,
  tenant: string,
  anomalyIds: readonly string[],
  nowMs: number,
): Promise<Board> => {
  const version = await tables.get('sre', versionKey(tenant));
  const [claimItems, markItems] = await Promise.all([
    readAll(tables, {
      table: 'sre',
      pk: tenantPk(tenant),
      from: 'C#',
      to: 'C#~',
      isAscending: true,
      limit: CLAIMS_MAX,
    }),
    tables.getMany(
      'sre',
      anomalyIds.map((id) => markKey(tenant, id)),
    ),
  ]);
  const claims = claimItems
    .map(claimOfItem)
    .toSorted((left, right) => (left.resolved_at ?? 0) - (right.resolved_at ?? 0));
  const marks = markItems.map(markOfItem);
  const free = claims.filter(({ live }) => live === 0);
  const incidents = await readIncidents(tables, tenant, [
    ...claims.filter(({ live }) => live === 1).map(({ incident_id: id }) => id),
    ...free
      .filter(({ resolved_at: atMs }) => nowMs - (atMs ?? 0) < RECENT_MS)
      .map(({ incident_id: id }) => id),
    ...marks.map(({ incidentId }) => incidentId),
  ]);
  return {
    version: version === null ? 0 : versionItem.parse(version).v,
    live: incidents.filter(({ resolvedMs }) => resolvedMs === null),
    past: incidents.filter(({ resolvedMs }) => resolvedMs !== null),
    lastOf: new Map(free.map(({ source, incident_id: id }) => [source, id])),
    marks: new Map(marks.map((mark) => [mark.anomalyId, mark])),
  };
};

/** With those that took them in, the oldest first. */
const readIncidents = async (
  tables: Tables,
  tenant: string,
  ids: readonly string[],
): Promise<readonly Incident[]> => {
  const found = new Map<string, Incident>();
  let wanted = new Set(ids);
  for (let rounds = 0; rounds < MERGES_FOLLOWED_MAX && wanted.size > 0; rounds++) {
    const keys = [...wanted].map((id) => incidentKey(tenant, id));
    const incidents = (await tables.getMany('sre', keys)).map(incidentOfItem);
    for (const incident of incidents) found.set(incident.id, incident);
    wanted = new Set(
      incidents.flatMap(({ mergedInto }) =>
        mergedInto === null || found.has(mergedInto) ? [] : [mergedInto],
      ),
    );
  }
  return [...found.values()].toSorted((left, right) => (left.id < right.id ? -1 : 1));
};

const commitChanges = async (
  tables: Tables,
  { tenant, version, changes, marks }: IncidentCommit,
): Promise<boolean> => {
  const atMs = changes.reduce((max, { step }) => Math.max(max, step.atMs), 0);
  const outcome = await tables.transact([
    ...(version === null ? [] : [versionWrite(tenant, version)]),
    ...changes.flatMap(changeWrites),
    ...claimWrites(tenant, changes),
    ...marks.map((mark) => markWrite(tenant, mark, atMs)),
  ]);
  return outcome.kind === 'written';
};
