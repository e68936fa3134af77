import type { Incident } from '../incidents/incident.ts';
import { statsOf, type SummedIncidents } from '../incidents/stats.ts';
import { idAfter } from '../incidents/times.ts';
import type { IncidentStore } from '../ports/incidents.ts';

/** Some 20 MB as they are stored. */
const SUMMED_MAX = 5_000;
const PAGE = 500;

/** What became of the incidents that were opened within a time. */
export const sumIncidents = async (
  { incidents }: { readonly incidents: Pick<IncidentStore, 'list'> },
  {
    tenant,
    fromMs,
    toMs,
  }: { readonly tenant: string; readonly fromMs: number; readonly toMs: number },
): Promise<SummedIncidents> => {
  const found: Incident[] = [];
  let before: string | null = idAfter(toMs);
  while (before !== null && found.length < SUMMED_MAX) {
    const limit = Math.min(PAGE, SUMMED_MAX - found.length);
    const page: Awaited<ReturnType<IncidentStore['list']>> = await incidents.list({
      tenant,
      before,
      limit,
    });
    const within = page.incidents.filter(({ openedMs }) => openedMs >= fromMs);
    found.push(...within);
    before = within.length < page.incidents.length ? null : page.next;
  }
  return { ...statsOf(found), isTruncated: before !== null };
};
