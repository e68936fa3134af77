import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import type { HttpRequest } from '../../http/request.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Clock } from '../../shared/deps.ts';
import { urlProblem } from '../../shared/public-address.ts';
import { newWebhookSecret } from '../../shared/webhook-signature.ts';
import {
  changedRunbook,
  runbookHeadView,
  runbookView,
  stepsOf,
} from '../formats/runbook-format.ts';
import { createRunbookBody, patchRunbookBody } from '../formats/runbook-schemas.ts';
import { boundSecrets, hostsOf, keptSecrets } from '../domain/bound-secrets.ts';
import type { RunbookBook, RunbookSecrets } from '../ports/runbooks.ts';
import { RUNBOOKS_MAX, type Runbook, type RunbookStep } from '../runbooks/runbook.ts';
import { secretOfAnotherHost } from './secret-of-another-host.ts';

export interface RunbookRouteDeps {
  readonly keys: KeyRegister;
  readonly runbooks: RunbookBook;
  readonly secrets: RunbookSecrets;
  /** ARNs of functions and documents that the stage's settings allow. */
  readonly allowed: ReadonlySet<string>;
  readonly isLoopbackAllowed: boolean;
  readonly newRunbookId: () => string;
  readonly clock: Clock;
}

/** Runbooks as whoever works on an incident reads them. */
export const runbookReadRoutes = (
  deps: Pick<RunbookRouteDeps, 'keys' | 'runbooks'>,
): Readonly<Record<string, Handler>> => ({
  'GET /v1/runbooks': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const heads = await deps.runbooks.heads(projectId);
    return { status: 200, body: listBody(heads.map(runbookHeadView), null) };
  },
  'GET /v1/runbooks/{runbook_id}': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const id = request.params['runbook_id'] ?? '';
    return { status: 200, body: runbookView(found(await deps.runbooks.get(projectId, id), id)) };
  },
});

/** What to do about what goes wrong again. Writing one is an admin's: whoever acts by it sends what it says. */
export const runbookRoutes = (deps: RunbookRouteDeps): Readonly<Record<string, Handler>> => ({
  ...runbookReadRoutes(deps),
  'POST /v1/runbooks': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    return await create(deps, projectId, request);
  },
  'PATCH /v1/runbooks/{runbook_id}': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    return await change(deps, projectId, request);
  },
  'DELETE /v1/runbooks/{runbook_id}': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const id = request.params['runbook_id'] ?? '';
    if (!(await deps.runbooks.remove(projectId, id))) throw missing(id);
    await deps.secrets.remove(id);
    return { status: 200, body: { id, object: 'runbook', deleted: true } };
  },
});

const create = async (
  deps: RunbookRouteDeps,
  tenant: string,
  request: HttpRequest,
): ReturnType<Handler> => {
  const body = checked(createRunbookBody, jsonBody(request));
  const steps = stepsOf(body.steps);
  checkSteps(deps, steps);
  const { secrets, minted } = withSigning(steps, kept(body.secrets));
  const nowMs = deps.clock.nowMs();
  const runbook: Runbook = {
    id: deps.newRunbookId(),
    tenant,
    name: body.name,
    match: body.match,
    text: body.text,
    url: body.url,
    steps,
    secretNames: Object.keys(secrets),
    revision: 1,
    createdMs: nowMs,
    updatedMs: nowMs,
  };
  // First: what is listed can be acted by.
  if (runbook.secretNames.length > 0) await deps.secrets.write(runbook.id, boundTo(steps, secrets));
  let isCreated = false;
  try {
    isCreated = await deps.runbooks.create(runbook);
  } finally {
    // It may be there although its answer was lost.
    if (!isCreated && (await deps.runbooks.get(tenant, runbook.id)) === null)
      await deps.secrets.remove(runbook.id);
  }
  if (!isCreated)
    throw new AppError({
      code: 'conflict',
      publicMessage: `A project has at most ${RUNBOOKS_MAX} runbooks.`,
    });
  return { status: 201, body: { ...runbookView(runbook), ...minted } };
};

const change = async (
  deps: RunbookRouteDeps,
  tenant: string,
  request: HttpRequest,
): ReturnType<Handler> => {
  const id = request.params['runbook_id'] ?? '';
  const body = checked(patchRunbookBody, jsonBody(request));
  const before = found(await deps.runbooks.get(tenant, id), id);
  const steps = body.steps === undefined ? before.steps : stepsOf(body.steps);
  checkSteps(deps, steps);
  const stored = await deps.secrets.read(id);
  const usable = keptSecrets(stored, before.secretNames, {
    before: hostsFor(before.steps),
    after: hostsFor(steps),
  });
  const { secrets, minted } = withSigning(steps, kept({ ...usable, ...body.secrets }));
  checkKept(before, secrets, body.secrets);
  const bound = boundTo(steps, secrets);
  if (JSON.stringify(bound) !== JSON.stringify(stored)) await deps.secrets.write(id, bound);
  const names = Object.keys(secrets);
  const after = await deps.runbooks.change(tenant, id, (present) =>
    changedRunbook(present, body, names, deps.clock.nowMs()),
  );
  return { status: 200, body: { ...runbookView(found(after, id)), ...minted } };
};

/** Where a secret of this name goes. */
const hostsFor =
  (steps: readonly RunbookStep[]) =>
  (name: string): readonly string[] =>
    hostsOf(steps.flatMap(({ action }) => addressOf(action, name)));

const addressOf = (action: RunbookStep['action'], name: string): readonly string[] => {
  if (action?.kind === 'webhook' && name === 'signing_secret') return [action.url];
  return action?.kind === 'github_workflow' && name === 'github_token' ? [action.baseUrl] : [];
};

const boundTo = (steps: readonly RunbookStep[], secrets: Secrets): Secrets =>
  boundSecrets(secrets, hostsFor(steps));

/** Throws AppError (400) where a token was given for another host, and is neither given again nor removed. */
const checkKept = (
  { secretNames }: Runbook,
  secrets: Secrets,
  given: Readonly<Record<string, string | undefined>> | undefined,
): void => {
  const name = 'github_token';
  if (!secretNames.includes(name) || name in secrets || given?.[name] === '') return;
  throw secretOfAnotherHost(name);
};

/** Throws AppError (400) for a step that could never act. */
const checkSteps = (
  { allowed, isLoopbackAllowed }: RunbookRouteDeps,
  steps: readonly RunbookStep[],
): void => {
  for (const [index, { action }] of steps.entries()) {
    const problem = action === null ? null : problemOf(action, allowed, isLoopbackAllowed);
    if (problem === null) continue;
    const param = `steps.${index}.action.${problem.field}`;
    throw new AppError({
      code: 'invalid_request',
      publicMessage: `${param}: ${problem.words}`,
      facts: { param },
    });
  }
};

const NOT_ALLOWED = 'the settings of the stage (runbookActions) do not allow it';

const problemOf = (
  action: NonNullable<RunbookStep['action']>,
  allowed: ReadonlySet<string>,
  isLoopbackAllowed: boolean,
): { readonly field: string; readonly words: string } | null => {
  const address = (field: string, url: string) => {
    const words = urlProblem(url, isLoopbackAllowed);
    return words === null ? null : { field, words };
  };
  switch (action.kind) {
    case 'webhook':
      return address('url', action.url);
    case 'github_workflow':
      return address('base_url', action.baseUrl);
    case 'lambda':
      return allowed.has(action.functionArn) ? null : { field: 'function_arn', words: NOT_ALLOWED };
    case 'ssm_document':
      return allowed.has(action.documentArn) ? null : { field: 'document_arn', words: NOT_ALLOWED };
  }
};

type Secrets = Readonly<Record<string, string>>;

/** Without those that somebody removed. */
const kept = (secrets: Readonly<Record<string, string | undefined>>): Secrets =>
  Object.fromEntries(
    Object.entries(secrets).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, value]],
    ),
  );

/** A webhook needs something to sign by, which is shown when it is made. */
const withSigning = (
  steps: readonly RunbookStep[],
  secrets: Secrets,
): { readonly secrets: Secrets; readonly minted: { readonly secret?: string } } => {
  const isSigning = steps.some(({ action }) => action?.kind === 'webhook');
  if (!isSigning || secrets['signing_secret'] !== undefined) return { secrets, minted: {} };
  const secret = newWebhookSecret();
  return { secrets: { ...secrets, signing_secret: secret }, minted: { secret } };
};

const found = (runbook: Runbook | null, id: string): Runbook => {
  if (runbook !== null) return runbook;
  throw missing(id);
};

const missing = (id: string): AppError =>
  new AppError({ code: 'not_found', publicMessage: `The runbook ${id} does not exist.` });
