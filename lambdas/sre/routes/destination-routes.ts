import { randomBytes } from 'node:crypto';
import { checked, jsonBody } from '../../http/body.ts';
import type { Handler } from '../../http/door.ts';
import { listBody } from '../../http/lists.ts';
import type { HttpRequest } from '../../http/request.ts';
import { authenticateAdmin } from '../../ledger/door.ts';
import type { KeyRegister } from '../../ledger/ports.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Clock } from '../../shared/deps.ts';
import { newDestinationId } from '../../shared/ids.ts';
import { urlProblem } from '../../shared/public-address.ts';
import {
  changedDestination,
  deliveryView,
  destinationView,
  remindMs,
  routeOf,
} from '../formats/destination-format.ts';
import {
  createDestinationBody,
  deliveriesQuery,
  patchDestinationBody,
} from '../formats/destination-schemas.ts';
import type { DeliveryStore, HealthBook, WireOf } from '../ports/deliveries.ts';
import type { DestinationBook, DestinationSecrets, WiresByKind } from '../ports/destinations.ts';
import { DESTINATIONS_MAX, type Destination } from '../tickets/destination.ts';

const SECRET_BYTES = 32;
/** Ends before the front door gives up. */
const TEST_MS = 20_000;

export interface DestinationRouteDeps {
  readonly keys: KeyRegister;
  readonly destinations: DestinationBook;
  readonly deliveries: Pick<DeliveryStore, 'list'>;
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
    const { projectId } = await authenticateAdmin(deps.keys, request);
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
    const { projectId } = await authenticateAdmin(deps.keys, request);
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
  'GET /v1/deliveries': async (request) => {
    const { projectId } = await authenticateAdmin(deps.keys, request);
    const { incident_id: incidentId } = checked(deliveriesQuery, request.query);
    const found = await deps.deliveries.list(projectId, incidentId);
    return { status: 200, body: listBody(found.map(deliveryView), null) };
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
  const secrets = isSigned ? { ...body.secrets, signing_secret: mintedSecret() } : body.secrets;
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
  if (destination.secretNames.length > 0) await deps.secrets.write(destination.id, secrets);
  if (!(await deps.destinations.create(destination))) {
    await deps.secrets.remove(destination.id);
    throw new AppError({
      code: 'conflict',
      publicMessage: `A project has at most ${DESTINATIONS_MAX} destinations.`,
    });
  }
  const view = viewOf(deps, destination, null);
  return {
    status: 201,
    body: isSigned ? { ...view, secret: secrets['signing_secret'] } : view,
  };
};

const mintedSecret = (): string => `whsec_${randomBytes(SECRET_BYTES).toString('base64url')}`;

const change = async (
  deps: DestinationRouteDeps,
  tenant: string,
  request: HttpRequest,
): ReturnType<Handler> => {
  const body = checked(patchDestinationBody, jsonBody(request));
  const before = await ofRequest(deps, tenant, request);
  const kept = await deps.secrets.read(before.id);
  const secrets = Object.fromEntries(
    Object.entries({ ...kept, ...body.secrets }).filter(([, value]) => value !== ''),
  );
  const { kind } = before;
  checkParts(deps, { kind, settings: body.settings ?? before.settings, secrets });
  // First: whoever reads the destination's next revision reads them too.
  if (body.secrets !== undefined) await deps.secrets.write(before.id, secrets);
  const after = await deps.destinations.change(tenant, before.id, (seen) =>
    changedDestination(seen, body, Object.keys(secrets), deps.clock.nowMs()),
  );
  // What it refused is tried again at once, and told again if it is refused again.
  await deps.health.renew(before.id);
  return { status: 200, body: viewOf(deps, foundOrThrow(after, before.id), null) };
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
    const problem = /^https?:/i.test(value) ? urlProblem(value, isLoopbackAllowed) : null;
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
