import * as z from 'zod';
import { readAll, type Item, type ItemKey, type Tables } from '../../platform/tables/tables.ts';
import type { RemediationStore } from '../ports/runbooks.ts';
import { incidentIdOf, remediationIdsOf, type Remediation } from '../runbooks/remediation.ts';

/** Of one incident: steps of runbooks times their tries. */
const LISTED_MAX = 500;
const DAY_SECONDS = 86_400;
/** As the incident that it is of. */
const TTL_SECONDS = 400 * DAY_SECONDS;
const WAIT_MS = 3_600_000;

const settingsItem = z.object({ enabled: z.boolean(), wait_ms: z.number() });
const remediationItem = z.object({ remediation: z.string() });
type StoredRemediation = Omit<Remediation, 'following'> & Partial<Pick<Remediation, 'following'>>;
const isRemediation = (value: unknown): value is StoredRemediation =>
  typeof value === 'object' && value !== null && 'planHash' in value && 'plan' in value;
const storedRemediation = z.custom<StoredRemediation>(isRemediation);

/** `REM#<tenant> / <id>`, whose ids begin with those of their incidents, and `REM#<tenant> / SETTINGS`. */
export const tableRemediationStore = ({
  tables,
}: {
  readonly tables: Tables;
}): RemediationStore => ({
  settings: async (tenant) => {
    const item = await tables.get('sre', keyOf(tenant, 'SETTINGS'));
    if (item === null) return { isEnabled: false, waitMs: WAIT_MS };
    const { enabled, wait_ms: waitMs } = settingsItem.parse(item);
    return { isEnabled: enabled, waitMs };
  },
  setSettings: async (tenant, { isEnabled, waitMs }) => {
    const key = keyOf(tenant, 'SETTINGS');
    const item = { ...key, schema: 1, enabled: isEnabled, wait_ms: waitMs };
    await tables.write({ kind: 'put', table: 'sre', key, item });
  },
  get: async (tenant, id) => {
    if (incidentIdOf(id) === null) return null;
    const item = await tables.get('sre', keyOf(tenant, id));
    return item === null ? null : remediationOf(item);
  },
  list: async (tenant, incidentId) => {
    const from = remediationIdsOf(incidentId);
    const items = await readAll(tables, {
      table: 'sre',
      pk: keyOf(tenant, '').pk,
      from,
      to: `${from}~`,
      isAscending: true,
      limit: LISTED_MAX,
    });
    return items.map(remediationOf);
  },
  create: async (remediation) =>
    await put(tables, remediation, { condition: 'attribute_not_exists(pk)' }),
  change: async (after) =>
    await put(tables, after, {
      condition: 'rev = :rev',
      values: { ':rev': after.revision - 1 },
    }),
});

const put = async (
  tables: Tables,
  remediation: Remediation,
  only: { readonly condition: string; readonly values?: Item },
): Promise<boolean> => {
  const key = keyOf(remediation.tenant, remediation.id);
  const outcome = await tables.write({
    kind: 'put',
    table: 'sre',
    key,
    item: {
      ...key,
      schema: 1,
      rev: remediation.revision,
      tenant: remediation.tenant,
      // The stream passes those that were approved to whoever acts, and nothing else makes anybody act.
      ...(remediation.state === 'approved' ? { approved: remediation.revision } : {}),
      remediation: JSON.stringify(remediation),
      ttl: Math.ceil(remediation.proposedMs / 1_000) + TTL_SECONDS,
    },
    ...only,
  });
  return outcome.kind === 'written';
};

const keyOf = (tenant: string, id: string): ItemKey => ({
  pk: `REM#${encodeURIComponent(tenant)}`,
  sk: id,
});

/** One of before anything was followed names nothing to follow. */
const remediationOf = (item: Item): Remediation => ({
  following: null,
  ...storedRemediation.parse(JSON.parse(remediationItem.parse(item).remediation)),
});
