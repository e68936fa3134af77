import {
  claimOfItem,
  incidentOfItem,
  markOfItem,
  stepOfItem,
  tenantPk,
} from '../../lambdas/sre/adapters/incident-items.ts';
import type { Incident, IncidentChanged } from '../../lambdas/sre/incidents/incident.ts';
import type { MemoryTables } from '../support/memory-tables.ts';
import type { Fault, Plan } from './incident-faults.ts';
import { must } from './scheduler.ts';

/** In a chain of so many each is near each, so that two incidents are opened by a race alone. */
const NEAR_SERVICES_MAX = 3;

/** Every incident against what really broke, and everything that was told against what was written. */
export const checkIncidents = (
  memory: MemoryTables,
  plan: Plan,
  told: readonly IncidentChanged[],
  seen: Set<string>,
): void => {
  const items = [...memory.items.sre.values()];
  const incidents = items
    .filter(({ pk, sk }) => String(pk).startsWith('INC#') && String(sk).startsWith('I#'))
    .map(incidentOfItem);
  for (const fault of plan.faults) checkFault(fault, incidents, memory, seen);
  for (const { tenant, id } of plan.noise)
    must(
      !incidents.some((one) => one.tenant === tenant && one.anomalies.includes(id)),
      'noise is in an incident',
    );
  const standing = incidents.filter(({ mergedInto }) => mergedInto === null);
  const due = plan.faults.reduce((sum, fault) => sum + fault.incidents, 0);
  must(standing.length === due, `${standing.length} incidents of ${due} faults`);
  for (const incident of incidents) {
    checkTimeline(incident, memory);
    checkTold(incident, told);
  }
  for (const { tenant } of plan.faults) checkClaims(tenant, incidents, memory);
};

const checkFault = (
  { tenant, services, anomalyIds, incidents: due, isDead }: Fault,
  all: readonly Incident[],
  memory: MemoryTables,
  seen: Set<string>,
): void => {
  const incidents = all
    .filter((one) => one.tenant === tenant && one.mergedInto === null)
    .filter(({ anomalies }) => anomalies.some((id) => anomalyIds.includes(id)))
    .toSorted((left, right) => (left.id < right.id ? -1 : 1));
  must(incidents.length === due, `${incidents.length} incidents of ${services.join()}`);
  const [first, second] = incidents;
  if (first === undefined) return;
  const isMerged = all.some(({ mergedInto }) => mergedInto === first.id);
  if (isMerged) seen.add('merged');
  must(!isMerged || services.length > NEAR_SERVICES_MAX, 'two were opened where one was due');
  if (first.generation > 1) seen.add('reopened');
  must(first.generation <= 2, `reopened ${first.generation} times`);
  if (second !== undefined) {
    seen.add('followed');
    must(second.follows !== null, 'the second does not say what it follows');
  }
  for (const [index, { resolvedMs }] of incidents.entries()) {
    const stays = isDead && index === incidents.length - 1;
    must((resolvedMs === null) === stays, stays ? 'a dead service was resolved' : 'never resolved');
  }
  for (const id of anomalyIds) {
    const mark = memory.items.sre.get(`${tenantPk(tenant)}|A#${id}`);
    must(mark !== undefined, `${id} is in no incident`);
    if (mark !== undefined)
      must(
        all.some((one) => one.id === markOfItem(mark).incidentId),
        `${id} is in an incident that is not there`,
      );
  }
};

/** Each revision has one step, and nothing else has. */
const checkTimeline = (incident: Incident, memory: MemoryTables): void => {
  const pk = `${tenantPk(incident.tenant)}#${incident.id}`;
  const steps = [...memory.items.sre.values()]
    .filter((item) => item['pk'] === pk)
    .map(stepOfItem)
    .map(({ revision }) => revision)
    .toSorted((left, right) => left - right);
  const revisions = Array.from({ length: incident.revision }, (_, index) => index + 1);
  must(steps.join() === revisions.join(), `steps ${steps.join()} of revision ${incident.revision}`);
};

const checkTold = (incident: Incident, told: readonly IncidentChanged[]): void => {
  const revisions = told
    .filter(({ tenant, incidentId }) => tenant === incident.tenant && incidentId === incident.id)
    .map(({ revision }) => revision);
  must(revisions.includes(incident.newsRevision), 'what was written is not told');
  must(
    revisions.every((revision) => revision <= incident.revision),
    'told before it was written',
  );
};

/** Who is live holds the claims of all its members, and nobody else holds any. */
const checkClaims = (
  tenant: string,
  incidents: readonly Incident[],
  memory: MemoryTables,
): void => {
  const held = [...memory.items.sre.values()]
    .filter(({ pk, sk }) => pk === tenantPk(tenant) && String(sk).startsWith('C#'))
    .map(claimOfItem)
    .filter(({ live }) => live === 1)
    .map(({ incident_id: id }) => id)
    .toSorted();
  const due = incidents
    .filter((one) => one.tenant === tenant && one.resolvedMs === null)
    .flatMap(({ id, members }) => members.map(() => id))
    .toSorted();
  must(held.join() === due.join(), `claims are held by ${held.join()}, due are ${due.join()}`);
};
