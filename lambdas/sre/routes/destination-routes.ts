import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import type { HttpRequest } from '../../http/request.ts';
import { authenticateAdmin, authenticateReader } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Clock } from '../../shared/deps.ts';
import { newDestinationId } from '../../shared/ids.ts';
import { urlProblem } from '../../shared/public-address.ts';
import { webOrigin } from '../../shared/web-origin.ts';
import { newWebhookSecret } from '../../shared/webhook-signature.ts';
import {
  changedDestination,
  destinationView,
  remindMs,
  routeOf,
} from '../formats/destination-format.ts';
import { createDestinationBody, patchDestinationBody } from '../formats/destination-schemas.ts';
import { boundSecrets, hostsOf, keptSecrets } from '../domain/bound-secrets.ts';
import type { HealthBook, WireOf } from '../ports/deliveries.ts';
import type { DestinationBook, DestinationSecrets, WiresByKind } from '../ports/destinations.ts';
import { DESTINATIONS_MAX, type Destination } from '../tickets/destination.ts';
import { secretOfAnotherHost } from './secret-of-another-host.ts';

const SIGNING = 'signing_secret';
/** Ends before the front door gives up. */
const TEST_MS = 20_000;

export interface DestinationRouteDeps {
  readonly keys: KeyRegister;
  readonly destinations: DestinationBook;
  readonly secrets: DestinationSecrets;
  readonly health: HealthBook;
  readonly wires: WiresByKind;
  readonly wireOf: WireOf;
  readonly isLoopbackAllowed: boolean;
  readonly clock: Clock;
}

/** Where a project's tickets go; all of it an admin key's. */
export const destinationRoutes = (
  deps: DestinationRouteDeps,
): Readonly<Record<string, Handler>> => ({
  'GET /v1/destinations': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const found = await deps.destinations.list(projectId);
    return {
      status: 200,
      body: listBody(
        found.map((one) => viewOf(deps, one, null)),
        null,
      ),
    };
  },
  'POST /v1/destinations': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    return await create(deps, projectId, request);
  },
  'GET /v1/destinations/{destination_id}': async (request) => {
    const { projectId } = await authenticateReader(deps.keys, request);
    const found = await ofRequest(deps, projectId, request);
    return { status: 200, body: viewOf(deps, found, await deps.health.read(found.id)) };
  },
  'PATCH /v1/destinations/{destination_id}': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    return await change(deps, projectId, request);
  },
  'DELETE /v1/destinations/{destination_id}': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const { id } = await ofRequest(deps, projectId, request);
    await deps.destinations.remove(projectId, id);
    await deps.secrets.remove(id);
    return { status: 200, body: { id, object: 'destination', deleted: true } };
  },
  'POST /v1/destinations/{destination_id}/test': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    return await test(deps, await ofRequest(deps, projectId, request));
  },
});

const viewOf = (
  { wires }: DestinationRouteDeps,
  destination: Destination,
  health: Parameters<typeof destinationView>[1],
) => destinationView(destination, health, (wires[destination.kind]?.inbound ?? null) !== null);

const ofRequest = async (
  { destinations }: DestinationRouteDeps,
  projectId: string,
  { params }: HttpRequest,
): Promise<Destination> => {
  const id = params['destination_id'] ?? '';
  return foundOrThrow(await destinations.get(projectId, id), id);
};

const foundOrThrow = (destination: Destination | null, id: string): Destination => {
  if (destination !== null) return destination;
  throw new AppError({
    code: 'not_found',
    publicMessage: `The destination ${id} does not exist.`,
  });
};

const create = async (
  deps: DestinationRouteDeps,
  tenant: string,
  request: HttpRequest,
): ReturnType<Handler> => {
  const body = checked(createDestinationBody, jsonBody(request));
  const isSigned = body.kind === 'webhook';
  const secrets = isSigned ? { ...body.secrets, [SIGNING]: newWebhookSecret() } : body.secrets;
  checkParts(deps, { kind: body.kind, settings: body.settings, secrets });
  const nowMs = deps.clock.nowMs();
  const destination: Destination = {
    id: newDestinationId(),
    tenant,
    name: body.name,
    kind: body.kind,
    settings: body.settings,
    secretNames: Object.keys(secrets),
    routes: body.routes.map(routeOf),
    remindAfterMs: remindMs(body.remind_after_minutes, null),
    isPaused: body.paused,
    revision: 1,
    createdMs: nowMs,
    updatedMs: nowMs,
  };
  // First: what is listed can be spoken to.
  if (destination.secretNames.length > 0)
    await deps.secrets.write(destination.id, boundTo(body.settings, secrets));
  let isCreated = false;
  try {
    isCreated = await deps.destinations.create(destination);
  } finally {
    // It may be there although its answer was lost.
    if (!isCreated && (await deps.destinations.get(tenant, destination.id)) === null)
      await deps.secrets.remove(destination.id);
  }
  if (!isCreated)
    throw new AppError({
      code: 'conflict',
      publicMessage: `A project has at most ${DESTINATIONS_MAX} destinations.`,
    });
  const view = viewOf(deps, destination, null);
  return {
    status: 201,
    body: isSigned ? { ...view, secret: secrets[SIGNING] } : view,
  };
};

const change = async (
  deps: DestinationRouteDeps,
  tenant: string,
  request: HttpRequest,
): ReturnType<Handler> => {
  const body = checked(patchDestinationBody, jsonBody(request));
  const before = await ofRequest(deps, tenant, request);
  const settings = body.settings ?? before.settings;
  const { secrets, minted } = await secretsAfter(deps, before, settings, body.secrets);
  checkParts(deps, { kind: before.kind, settings, secrets });
  // First: whoever reads the destination's next revision reads them too.
  if (body.secrets !== undefined || minted !== null)
    await deps.secrets.write(before.id, boundTo(settings, secrets));
  const after = await deps.destinations.change(tenant, before.id, (seen) =>
    changedDestination(seen, body, Object.keys(secrets), deps.clock.nowMs()),
  );
  // What it refused is tried again at once, and reported again if it is refused again.
  await deps.health.renew(before.id);
  const view = viewOf(deps, foundOrThrow(after, before.id), null);
  return { status: 200, body: minted === null ? view : { ...view, secret: minted } };
};

type Values = Readonly<Record<string, string>>;

/** Each of its secrets goes to all of them. */
const hostsFor = (settings: Values): (() => readonly string[]) => {
  const hosts = hostsOf(Object.values(settings));
  return () => hosts;
};

const boundTo = (settings: Values, secrets: Values): Values =>
  boundSecrets(secrets, hostsFor(settings));

/**
 * The secrets of a destination after a change. What was given for another host does not go to this one: it is given again,
 * or made again where it is ours. Throws AppError (400) for one that is missing.
 */
const secretsAfter = async (
  deps: DestinationRouteDeps,
  before: Destination,
  settings: Values,
  given: Values | undefined,
): Promise<{ readonly secrets: Values; readonly minted: string | null }> => {
  const kept = keptSecrets(await deps.secrets.read(before.id), before.secretNames, {
    before: hostsFor(before.settings),
    after: hostsFor(settings),
  });
  const secrets: Record<string, string> = Object.fromEntries(
    Object.entries({ ...kept, ...given }).filter(([, value]) => value !== ''),
  );
  const lost = before.secretNames.filter((name) => !(name in kept) && given?.[name] === undefined);
  const isOurs = before.kind === 'webhook' && lost.includes(SIGNING);
  const minted = isOurs ? newWebhookSecret() : null;
  if (minted !== null) secrets[SIGNING] = minted;
  const missing = lost.find((name) => !(name in secrets));
  if (missing !== undefined) throw secretOfAnotherHost(missing);
  return { secrets, minted };
};

const checkParts = (
  { wires, isLoopbackAllowed }: DestinationRouteDeps,
  parts: Pick<Destination, 'kind' | 'settings'> & {
    readonly secrets: Readonly<Record<string, string>>;
  },
): void => {
  const made = wires[parts.kind];
  if (made === undefined)
    throw new AppError({
      code: 'invalid_request',
      publicMessage: `Destinations of the kind ${parts.kind} are not there yet.`,
      facts: { param: 'kind' },
    });
  const problem = made.problem(parts) ?? addressProblem(parts.settings, isLoopbackAllowed);
  if (problem === null) return;
  const [param = ''] = problem.split(':');
  throw new AppError({ code: 'invalid_request', publicMessage: problem, facts: { param } });
};

/** Of every setting that is an address, whatever the kind calls it. */
const addressProblem = (
  settings: Readonly<Record<string, string>>,
  isLoopbackAllowed: boolean,
): string | null => {
  for (const [name, value] of Object.entries(settings)) {
    const problem = webOrigin(value) === null ? null : urlProblem(value, isLoopbackAllowed);
    if (problem !== null) return `settings.${name}: ${problem}`;
  }
  return null;
};

const test = async (
  { wireOf, clock, health }: DestinationRouteDeps,
  destination: Destination,
): ReturnType<Handler> => {
  const startMs = clock.nowMs();
  const wire = await wireOf(destination, startMs + TEST_MS);
  const attempt = wire === null ? null : await wire.test();
  const isOk = attempt?.kind === 'done';
  if (isOk) await health.renew(destination.id);
  return {
    status: 200,
    body: {
      object: 'destination_test',
      destination_id: destination.id,
      ok: isOk,
      latency_ms: clock.nowMs() - startMs,
      problem: attempt === null ? 'This kind is not there yet.' : isOk ? null : attempt.reason,
    },
  };
};
