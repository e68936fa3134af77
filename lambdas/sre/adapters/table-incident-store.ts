import * as z from 'zod';
import { readAll, type Item, type Page, type Tables } from '../../platform/tables/tables.ts';
import { assert } from '../../shared/assert.ts';
import { ANOMALY_KINDS, type Anomaly } from '../domain/anomaly.ts';
import { sourceName } from '../domain/summary.ts';
import type { Incident } from '../incidents/incident.ts';
import { incidentIdsFrom } from '../incidents/life.ts';
import { LIVE_MAX, RECENT_MS, STORM_SPAN_MS } from '../incidents/limits.ts';
import type { Board } from '../incidents/place.ts';
import type { Step } from '../incidents/timeline.ts';
import type { IncidentCommit, IncidentStore } from '../ports/incidents.ts';
import { anomalyKey, anomalyOfItem } from './anomaly-items.ts';
import {
  changeWrites,
  claimKey,
  claimOfItem,
  claimWrites,
  DUE_PK,
  incidentKey,
  incidentOfItem,
  liveKeys,
  markKey,
  markOfItem,
  markWrite,
  stepKey,
  stepOfItem,
  toldKey,
  tenantPk,
  versionKey,
  versionWrite,
} from './incident-items.ts';

/** Twice what is opened: people who take incidents apart may add to it. */
const LIVE_READ_MAX = 2 * LIVE_MAX;
/** Incidents of one storm that are over already. */
const FRESH_READ_MAX = 200;
const STEPS_MAX = 2_000;
/** An answer of Lambda has 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const STEPS_BYTES_MAX = 2_000_000;
const STEPS_A_PAGE = 500;
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
  load: async (tenant, anomalies, nowMs) => await loadBoard(tables, tenant, anomalies, nowMs),
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
  steps: async (tenant, id) => await readNewestSteps(tables, stepKey(tenant, id, 0).pk),
  isTold: async (tenant, id, reference) =>
    (await tables.get('sre', toldKey(tenant, id, reference))) !== null,
  mark: async (tenant, anomalyId) => {
    const item = await tables.get('sre', markKey(tenant, anomalyId));
    return item === null ? null : markOfItem(item);
  },
});

/**
 * The version is read first: whoever changes something after it makes the commit fail. What is read is what is live and
 * what the anomalies are of, however much was resolved before.
 */
const loadBoard = async (
  tables: Tables,
  tenant: string,
  anomalies: readonly Pick<Anomaly, 'id' | 'source'>[],
  nowMs: number,
): Promise<Board> => {
  const version = await tables.get('sre', versionKey(tenant));
  const [liveIds, fresh, claims, markItems] = await Promise.all([
    readLive(tables, tenant),
    readFresh(tables, tenant, nowMs),
    readClaims(tables, tenant, anomalies),
    tables.getMany(
      'sre',
      anomalies.map(({ id }) => markKey(tenant, id)),
    ),
  ]);
  const marks = markItems.map(markOfItem);
  const incidents = await readIncidents(tables, tenant, fresh, [
    ...liveIds,
    ...claims
      .filter(({ resolved_at: atMs }) => nowMs - (atMs ?? 0) < RECENT_MS)
      .map(({ incident_id: id }) => id),
    ...marks.map(({ incidentId }) => incidentId),
  ]);
  return {
    version: version === null ? 0 : versionItem.parse(version).v,
    live: incidents.filter(({ resolvedMs }) => resolvedMs === null),
    past: incidents.filter(({ resolvedMs }) => resolvedMs !== null),
    lastOf: new Map(claims.map(({ source, incident_id: id }) => [source, id])),
    marks: new Map(marks.map((mark) => [mark.anomalyId, mark])),
  };
};

/** Throws when there are more than anybody decides about: a board that is cut would open twice. */
const readLive = async (tables: Tables, tenant: string): Promise<readonly string[]> => {
  const items = await readAll(tables, {
    table: 'sre',
    pk: DUE_PK,
    ...liveKeys(tenant),
    isAscending: true,
    limit: LIVE_READ_MAX,
  });
  assert(items.length < LIVE_READ_MAX, `${tenant} has ${LIVE_READ_MAX} live incidents`);
  return items.map(({ sk }) => String(sk).slice(liveKeys(tenant).from.length));
};

/** Those that a storm is counted by, over already or not. */
const readFresh = async (
  tables: Tables,
  tenant: string,
  nowMs: number,
): Promise<readonly Incident[]> => {
  const { items } = await tables.query({
    table: 'sre',
    pk: tenantPk(tenant),
    from: incidentKey(tenant, incidentIdsFrom(nowMs - STORM_SPAN_MS)).sk,
    to: 'I#~',
    isAscending: false,
    limit: FRESH_READ_MAX,
  });
  return items.map(incidentOfItem);
};

/** Who held the sources of anomalies last, of whatever kind, the latest last. */
const readClaims = async (
  tables: Tables,
  tenant: string,
  anomalies: readonly Pick<Anomaly, 'source'>[],
) => {
  const sources = new Map(anomalies.map(({ source }) => [sourceName(source), source]));
  const keys = [...sources.values()].flatMap((source) =>
    ANOMALY_KINDS.map((kind) => claimKey(tenant, { source, kind })),
  );
  const claims = (await tables.getMany('sre', keys)).map(claimOfItem);
  return claims
    .filter(({ live }) => live === 0)
    .toSorted((left, right) => (left.resolved_at ?? 0) - (right.resolved_at ?? 0));
};

/** With those that took them in, the oldest first. */
const readIncidents = async (
  tables: Tables,
  tenant: string,
  known: readonly Incident[],
  ids: readonly string[],
): Promise<readonly Incident[]> => {
  const found = new Map(known.map((incident) => [incident.id, incident]));
  const takers = known.flatMap(({ mergedInto }) => mergedInto ?? []);
  let wanted = new Set([...ids, ...takers].filter((id) => !found.has(id)));
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

const readNewestSteps = async (tables: Tables, pk: string): Promise<readonly Step[]> => {
  const steps: Step[] = [];
  let bytes = 0;
  let after: Item | null = null;
  do {
    const page: Page = await tables.query({
      table: 'sre',
      pk,
      from: 'T#',
      to: 'T#~',
      isAscending: false,
      limit: STEPS_A_PAGE,
      ...(after === null ? {} : { after }),
    });
    for (const item of page.items) {
      const step = stepOfItem(item);
      bytes += Buffer.byteLength(JSON.stringify(step));
      if (bytes > STEPS_BYTES_MAX) return steps.toReversed();
      steps.push(step);
    }
    after = page.last;
  } while (after !== null && steps.length < STEPS_MAX);
  return steps.toReversed();
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
