import * as z from 'zod';
import { readAll, type Tables } from '../../platform/tables/tables.ts';
import type { OpenIncidents } from '../ports/incidents.ts';
import { tenantPk } from './incident-items.ts';

/** As many as a tenant may have; what is over is among them for a week. */
const CLAIMS_MAX = 20_000;
/** What is open for longer than a day is how it is by now. */
const HELD_MS_MAX = 86_400_000;
/** What takes days to change is learned by its own rule. */
const SLOW = '#drift';

const claim = z.object({
  sk: z.string(),
  live: z.number(),
  source: z.string(),
  held_at: z.number().nullish(),
});

/** `INC#<tenant> / C#<source>#<kind>` of those that are held. It may be a moment old: a window is frozen some seconds late. */
export const tableOpenIncidents = ({
  tables,
  nowMs,
}: {
  readonly tables: Tables;
  readonly nowMs: () => number;
}): OpenIncidents => ({
  sources: async (tenant) => {
    const items = await readAll(tables, {
      table: 'sre',
      pk: tenantPk(tenant),
      from: 'C#',
      to: 'C#~',
      isAscending: true,
      isEventual: true,
      limit: CLAIMS_MAX,
    });
    const held = items
      .map((item) => claim.parse(item))
      .filter(({ sk, live, held_at: heldMs }) => {
        const isFresh = nowMs() - (heldMs ?? 0) < HELD_MS_MAX;
        return live === 1 && isFresh && !sk.endsWith(SLOW);
      });
    return new Set(held.map(({ source }) => source));
  },
});
