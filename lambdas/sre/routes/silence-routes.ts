import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import { authenticateAdmin, authenticateReader, authenticateResponder } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Timers } from '../../shared/deps.ts';
import { sourceView } from '../formats/anomaly-format.ts';
import { silenceView } from '../formats/incident-format.ts';
import { hoursOf } from '../formats/hours-format.ts';
import { deployBody, silenceBody } from '../formats/incident-schemas.ts';
import { addSilence } from '../usecases/add-silence.ts';
import { SILENCE_MS_MAX } from '../incidents/limits.ts';
import type { Deploy, DeployBook, SilenceBook } from '../ports/incidents.ts';

const DEPLOYS_SHOWN = 100;
const WEEK_MS = 7 * 86_400_000;

export interface SilenceRouteDeps {
  readonly keys: KeyRegister;
  readonly silences: SilenceBook;
  readonly deploys: DeployBook;
  readonly timers: Pick<Timers, 'nowMs'>;
  readonly newSilenceId: () => string;
}

/** When nothing is reported, and what was deployed. */
export const silenceRoutes = (deps: SilenceRouteDeps): Readonly<Record<string, Handler>> => ({
  'GET /v1/silences': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const nowMs = deps.timers.nowMs();
    const silences = await deps.silences.list(projectId, nowMs);
    const current = silences.filter(({ untilMs }) => untilMs > nowMs);
    return { status: 200, body: listBody(current.map(silenceView), null) };
  },
  'POST /v1/silences': async (request) => {
    const { projectId, keyId } = await authenticateResponder(deps.keys, request);
    const { kind, from, until, reason, pattern, hours } = checked(silenceBody, jsonBody(request));
    const nowMs = deps.timers.nowMs();
    checkEnd(from ?? nowMs, until, nowMs);
    const silence = {
      id: deps.newSilenceId(),
      kind,
      pattern,
      fromMs: from ?? nowMs,
      untilMs: until,
      hours: hours === null ? null : hoursOf(hours),
      reason,
      by: keyId,
      bandMax: null,
    };
    await addSilence(deps, projectId, silence);
    return { status: 201, body: silenceView(silence) };
  },
  'DELETE /v1/silences/{silence_id}': async (request) => {
    const { projectId } = await authenticateResponder(deps.keys, request);
    const id = request.params['silence_id'] ?? '';
    if (!(await deps.silences.end(projectId, id)))
      throw new AppError({ code: 'not_found', publicMessage: `The silence ${id} does not exist.` });
    return { status: 200, body: { object: 'silence', id, deleted: true } };
  },
  'GET /v1/deploys': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const nowMs = deps.timers.nowMs();
    const deploys = await deps.deploys.list(projectId, nowMs - WEEK_MS, nowMs, DEPLOYS_SHOWN);
    return { status: 200, body: listBody(deploys.map(deployView), null) };
  },
  'POST /v1/deploys': async (request) => {
    const { projectId, keyId } = await authenticateAdmin(deps.keys, request);
    const { version, at, ...source } = checked(deployBody, jsonBody(request));
    const deploy = { source, version, atMs: at ?? deps.timers.nowMs(), by: keyId };
    await deps.deploys.put(projectId, deploy);
    return { status: 201, body: deployView(deploy) };
  },
});

/** Throws AppError 400 for a silence that is over before it begins, or lasts too long. */
const checkEnd = (fromMs: number, untilMs: number, nowMs: number): void => {
  const problem =
    untilMs <= Math.max(fromMs, nowMs)
      ? 'must be after the beginning, and after now'
      : untilMs - fromMs > SILENCE_MS_MAX
        ? 'a silence lasts a year at most'
        : null;
  if (problem === null) return;
  throw new AppError({
    code: 'invalid_request',
    publicMessage: `until: ${problem}`,
    facts: { param: 'until' },
  });
};

const deployView = ({ source, version, atMs, by }: Deploy) => ({
  object: 'deploy' as const,
  source: sourceView(source),
  version,
  at: atMs,
  by,
});
