import * as z from 'zod';
import type { Item, ItemKey, Write } from '../../platform/tables/tables.ts';
import { sourceName } from '../domain/summary.ts';
import type { Incident, Member } from '../incidents/incident.ts';
import type { Change } from '../incidents/life.ts';
import type { Mark } from '../incidents/place.ts';
import type { Step } from '../incidents/timeline.ts';
import { sourceKey } from './source-key.ts';

const DAY_SECONDS = 86_400;
/** Incidents and their timelines are kept for more than a year. */
const INCIDENT_TTL_SECONDS = 400 * DAY_SECONDS;
/** As anomalies. */
const MARK_TTL_SECONDS = 97 * DAY_SECONDS;
/** So long a new incident says what it follows. */
const PAST_TTL_SECONDS = 7 * DAY_SECONDS;

export const tenantPk = (tenant: string): string => `INC#${encodeURIComponent(tenant)}`;

/** `INC#<tenant> / I#<id>` */
export const incidentKey = (tenant: string, id: string): ItemKey => ({
  pk: tenantPk(tenant),
  sk: `I#${id}`,
});

/** `INC#<tenant> / V` */
export const versionKey = (tenant: string): ItemKey => ({ pk: tenantPk(tenant), sk: 'V' });

/** `INC#<tenant> / A#<anomaly>` */
export const markKey = (tenant: string, anomalyId: string): ItemKey => ({
  pk: tenantPk(tenant),
  sk: `A#${anomalyId}`,
});

/** `INC#<tenant>#<id> / T#<revision>` */
export const stepKey = (tenant: string, id: string, revision: number): ItemKey => ({
  pk: `${tenantPk(tenant)}#${id}`,
  sk: `T#${String(revision).padStart(9, '0')}`,
});

/** `INC#<tenant>#<id> / N#<reference>` */
export const toldKey = (tenant: string, id: string, reference: string): ItemKey => ({
  pk: stepKey(tenant, id, 0).pk,
  sk: `N#${reference}`,
});

/** `DUE / I#<tenant>#<id>` for what is live, `A#<tenant>#<anomaly>` for what is looked at again, `P#<tenant>#<destination>` for what is polled. */
export const DUE_PK = 'DUE';
export const dueKey = (kind: 'I' | 'A' | 'P', tenant: string, id: string): ItemKey => ({
  pk: DUE_PK,
  sk: `${kind}#${encodeURIComponent(tenant)}#${id}`,
});

/** The part of `DUE` that has a tenant's live incidents. */
export const liveKeys = (tenant: string): { readonly from: string; readonly to: string } => ({
  from: dueKey('I', tenant, '').sk,
  to: dueKey('I', tenant, '~').sk,
});

/** `INC#<tenant> / C#<source>#<kind>` */
export const claimKey = (tenant: string, { source, kind }: Member): ItemKey => ({
  pk: tenantPk(tenant),
  sk: `C#${sourceKey(source)}#${kind}`,
});

const incidentItem = z.object({ incident: z.string() });
/** What was written before there were diagnoses has none, and nobody had called it noise. */
type Newer = 'diagnosis' | 'noiseGeneration';
type StoredIncident = Omit<Incident, Newer> & Partial<Pick<Incident, Newer>>;
const isIncident = (value: unknown): value is StoredIncident =>
  typeof value === 'object' && value !== null && 'revision' in value && 'members' in value;
const storedIncident = z.custom<StoredIncident>(isIncident);

export const incidentOfItem = (item: Item): Incident => ({
  diagnosis: null,
  noiseGeneration: null,
  ...storedIncident.parse(JSON.parse(incidentItem.parse(item).incident)),
});

const stepItem = z.object({ step: z.string() });
const isStep = (value: unknown): value is Step =>
  typeof value === 'object' && value !== null && 'kind' in value && 'by' in value;
const storedStep = z.custom<Step>(isStep);

export const stepOfItem = (item: Item): Step =>
  storedStep.parse(JSON.parse(stepItem.parse(item).step));

const markItem = z.object({
  sk: z.string(),
  incident_id: z.string(),
  revision: z.number(),
  ended: z.boolean(),
});

export const markOfItem = (item: Item): Mark => {
  const { sk, incident_id: incidentId, revision, ended: isEnded } = markItem.parse(item);
  return { anomalyId: sk.slice('A#'.length), incidentId, revision, isEnded };
};

const claimItem = z.object({
  incident_id: z.string(),
  live: z.number(),
  source: z.string(),
  resolved_at: z.number().nullish(),
});

/** Who holds a member, or held it last. */
export const claimOfItem = (item: Item) => claimItem.parse(item);

export const markWrite = (tenant: string, mark: Mark, nowMs: number): Write => {
  const key = markKey(tenant, mark.anomalyId);
  return {
    kind: 'put',
    table: 'sre',
    key,
    item: {
      ...key,
      incident_id: mark.incidentId,
      revision: mark.revision,
      ended: mark.isEnded,
      ttl: Math.ceil(nowMs / 1_000) + MARK_TTL_SECONDS,
    },
  };
};

export const versionWrite = (tenant: string, version: number): Write => ({
  kind: 'put',
  table: 'sre',
  key: versionKey(tenant),
  item: { ...versionKey(tenant), v: version + 1 },
  ...(version === 0
    ? { condition: 'attribute_not_exists(pk)' }
    : { condition: 'v = :v', values: { ':v': version } }),
});

/** The incident, its step, and whether it is among those that are looked after. */
export const changeWrites = ({ before, after, step }: Change): readonly Write[] => {
  const key = incidentKey(after.tenant, after.id);
  const timeline = stepKey(after.tenant, after.id, step.revision);
  const ttl = Math.ceil(step.atMs / 1_000) + INCIDENT_TTL_SECONDS;
  const isLive = after.resolvedMs === null;
  const wasLive = before !== null && before.resolvedMs === null;
  return [
    {
      kind: 'put',
      table: 'sre',
      key,
      item: {
        ...key,
        schema: 1,
        rev: after.revision,
        news: after.newsRevision,
        tenant: after.tenant,
        incident_id: after.id,
        state: after.state,
        incident: JSON.stringify(after),
        ...(isLive ? {} : { ttl }),
      },
      ...(before === null
        ? { condition: 'attribute_not_exists(pk)' }
        : { condition: 'rev = :rev', values: { ':rev': before.revision } }),
    },
    {
      kind: 'put',
      table: 'sre',
      key: timeline,
      item: { ...timeline, step: JSON.stringify(step), ttl },
      condition: 'attribute_not_exists(pk)',
    },
    ...(step.reference === undefined ? [] : [toldWrite(after, step.reference, ttl)]),
    ...(isLive === wasLive ? [] : [dueWrite(after, isLive)]),
  ];
};

/** However long the timeline is by then, the same news are not told twice. */
const toldWrite = ({ tenant, id }: Incident, reference: string, ttl: number): Write => {
  const key = toldKey(tenant, id, reference);
  return {
    kind: 'put',
    table: 'sre',
    key,
    item: { ...key, ttl },
    condition: 'attribute_not_exists(pk)',
  };
};

const dueWrite = ({ tenant, id }: Incident, isLive: boolean): Write => {
  const key = dueKey('I', tenant, id);
  return isLive
    ? { kind: 'put', table: 'sre', key, item: { ...key, tenant, due_at: 0 } }
    : { kind: 'delete', table: 'sre', key };
};

interface Claim {
  readonly member: Member;
  /** The live incident that holds it from now on; null: none. */
  readonly holder: string | null;
  /** Who held it when it was read. */
  readonly from: string | null;
  readonly atMs: number;
}

/** Claims that changes take, hand on and free: one write each, whoever of them has to do with it. */
export const claimWrites = (tenant: string, changes: readonly Change[]): readonly Write[] => {
  const claims = new Map<string, Claim>();
  for (const { before, after, step } of changes) {
    const held = heldBy(before);
    const holds = heldBy(after);
    for (const [name, member] of held)
      if (!holds.has(name) && claims.get(name)?.holder === undefined)
        claims.set(name, { member, holder: null, from: after.id, atMs: step.atMs });
  }
  for (const { before, after, step } of changes) {
    const held = heldBy(before);
    for (const [name, member] of heldBy(after))
      if (!held.has(name)) {
        const from = claims.get(name)?.from ?? null;
        claims.set(name, { member, holder: after.id, from, atMs: step.atMs });
      }
  }
  return [...claims.values()].map((claim) => claimWrite(tenant, claim));
};

const heldBy = (incident: Incident | null): ReadonlyMap<string, Member> =>
  incident === null || incident.resolvedMs !== null
    ? new Map()
    : new Map(
        incident.members.map((member) => [`${member.kind} ${sourceName(member.source)}`, member]),
      );

const claimWrite = (tenant: string, { member, holder, from, atMs }: Claim): Write => {
  const key = claimKey(tenant, member);
  const incidentId = holder ?? from;
  return {
    kind: 'put',
    table: 'sre',
    key,
    item: {
      ...key,
      incident_id: incidentId,
      live: holder === null ? 0 : 1,
      source: sourceName(member.source),
      ...(holder === null
        ? { resolved_at: atMs, ttl: Math.ceil(atMs / 1_000) + PAST_TTL_SECONDS }
        : { held_at: atMs }),
    },
    condition: 'attribute_not_exists(pk) OR live = :free OR incident_id = :from',
    values: { ':free': 0, ':from': from ?? incidentId },
  };
};
