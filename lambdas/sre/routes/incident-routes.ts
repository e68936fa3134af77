import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { authenticateReader, authenticateResponder } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import { decodeCursor, encodeCursor } from '../../shared/cursor.ts';
import type { Timers } from '../../shared/deps.ts';
import type * as z from 'zod';
import { diagnosisView } from '../formats/diagnosis-format.ts';
import { incidentView, incidentWithStepsView } from '../formats/incident-format.ts';
import { incidentsQuery, patchIncidentBody } from '../formats/incident-schemas.ts';
import type { Incident } from '../incidents/incident.ts';
import { NOTED_REVISIONS_MAX } from '../incidents/limits.ts';
import type { DiagnosisSettingsBook } from '../ports/diagnoses.ts';
import type { IncidentStore, ServiceGraph, SilenceBook } from '../ports/incidents.ts';
import type { RemediationStore, RunbookBook } from '../ports/runbooks.ts';
import type { AnomalyBook } from '../ports/windows.ts';
import { remediationAsOf } from '../runbooks/remediation.ts';
import { callNoise } from '../usecases/call-noise.ts';
import { changeIncident, type Act } from '../usecases/change-incident.ts';
import { findRunbooks } from '../usecases/find-runbooks.ts';
import { mergeIncidents } from '../usecases/merge-incidents.ts';
import { reopenIncident } from '../usecases/reopen-incident.ts';
import { whyIncident } from '../usecases/why-incident.ts';

/** Pages that one request reads when a filter lets little through. */
const PAGES_MAX = 10;

export interface IncidentRouteDeps {
  readonly keys: KeyRegister;
  readonly anomalies: Pick<AnomalyBook, 'get'>;
  readonly incidents: IncidentStore;
  readonly silences: SilenceBook;
  readonly graph: ServiceGraph;
  readonly diagnoses: Pick<DiagnosisSettingsBook, 'get'>;
  readonly runbooks: Pick<RunbookBook, 'heads' | 'get'>;
  readonly remediations: Pick<RemediationStore, 'list'>;
  readonly timers: Timers;
  readonly newSilenceId: () => string;
}

/** What is wrong, and what people do about it. */
export const incidentRoutes = (deps: IncidentRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/incidents': async (request) => {
    const { projectId: tenant } = await authenticateReader(deps.keys, request);
    const query = checked(incidentsQuery, request.query);
    const before = query.cursor === undefined ? null : (decodeCursor(query.cursor, 1)[0] ?? null);
    const { found, next } = await readPages(deps, tenant, query, before);
    const cursor = next === null ? null : encodeCursor([next]);
    return { status: 200, body: listBody(found.map(incidentView), cursor) };
  },
  'GET /v1/incidents/{incident_id}': async (request) => {
    const { projectId: tenant } = await authenticateReader(deps.keys, request);
    const id = request.params['incident_id'] ?? '';
    const incident = found(await deps.incidents.get(tenant, id), id);
    const nowMs = deps.timers.nowMs();
    const [steps, settings, runbooks, remediations] = await Promise.all([
      deps.incidents.steps(tenant, id),
      deps.diagnoses.get(tenant),
      findRunbooks(deps, incident),
      deps.remediations.list(tenant, id),
    ]);
    const beside = {
      diagnosis: diagnosisView(incident, settings, nowMs),
      runbooks,
      remediations: remediations.map((one) => remediationAsOf(one, nowMs)),
    };
    return { status: 200, body: incidentWithStepsView(incident, steps, beside) };
  },
  'PATCH /v1/incidents/{incident_id}': async (request) => {
    const { projectId: tenant, keyId: by } = await authenticateResponder(deps.keys, request);
    const id = request.params['incident_id'] ?? '';
    const body = checked(patchIncidentBody, jsonBody(request));
    let incident = found(await deps.incidents.get(tenant, id), id);
    if (body.note !== undefined) checkRoomForNote(incident);
    if (body.merged_into !== undefined)
      incident = found(
        await mergeIncidents(deps, { tenant, id, into: body.merged_into, by }),
        body.merged_into ?? id,
      );
    if (body.state === 'identified')
      incident = found(await reopenIncident(deps, { tenant, id, by }), id);
    for (const act of actsOf(body))
      incident = found(await changeIncident(deps, { tenant, id: incident.id, act, by }), id);
    if (body.noise_until !== undefined)
      incident = found(await callNoise(deps, { tenant, id, untilMs: body.noise_until, by }), id);
    return { status: 200, body: incidentView(incident) };
  },
  'GET /v1/anomalies/{anomaly_id}/incident': async (request) => {
    const { projectId: tenant } = await authenticateReader(deps.keys, request);
    const id = request.params['anomaly_id'] ?? '';
    const anomaly = await deps.anomalies.get(tenant, id);
    if (anomaly === null)
      throw new AppError({ code: 'not_found', publicMessage: `The anomaly ${id} does not exist.` });
    const { incidentId, verdict, why } = await whyIncident(deps, anomaly);
    return {
      status: 200,
      body: {
        object: 'incident_decision',
        anomaly_id: id,
        incident_id: incidentId,
        verdict,
        why,
      },
    };
  },
});

const found = (incident: Incident | null, id: string): Incident => {
  if (incident !== null) return incident;
  throw new AppError({ code: 'not_found', publicMessage: `The incident ${id} does not exist.` });
};

/** Before anything is done of what a request asks. */
const checkRoomForNote = ({ revision }: Incident): void => {
  if (revision < NOTED_REVISIONS_MAX) return;
  throw new AppError({
    code: 'conflict',
    publicMessage: `An incident that was changed ${NOTED_REVISIONS_MAX} times takes no more notes; without one it can be changed.`,
    facts: { param: 'note' },
  });
};

const STATE_ACTS = {
  acknowledged: { kind: 'acknowledge' },
  investigating: { kind: 'investigate' },
  mitigated: { kind: 'mitigate' },
  resolved: { kind: 'resolve', reason: 'Somebody resolved it.' },
} as const;

const actsOf = ({
  state,
  assignee,
  snoozed_until: untilMs,
  note,
}: z.infer<typeof patchIncidentBody>): readonly Act[] => [
  ...(note === undefined ? [] : [{ kind: 'note', text: note } as const]),
  ...(assignee === undefined ? [] : [{ kind: 'assign', assignee } as const]),
  ...(untilMs === undefined ? [] : [{ kind: 'snooze', untilMs } as const]),
  ...(state === undefined || state === 'identified' ? [] : [STATE_ACTS[state]]),
];

const readPages = async (
  { incidents }: IncidentRouteDeps,
  tenant: string,
  { state, limit }: z.infer<typeof incidentsQuery>,
  from: string | null,
): Promise<{ readonly found: readonly Incident[]; readonly next: string | null }> => {
  const isWanted = (one: Incident): boolean =>
    state === undefined || (state === 'live' ? one.resolvedMs === null : one.state === state);
  const wanted: Incident[] = [];
  let before = from;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await incidents.list({ tenant, before, limit: limit - wanted.length });
    wanted.push(...page.incidents.filter(isWanted));
    before = page.next;
    if (before === null || wanted.length >= limit) break;
  }
  return { found: wanted, next: before };
};
