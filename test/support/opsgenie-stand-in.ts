import { contractProblem, type ContractName } from './strict/contract.ts';
import {
  objectOf,
  startStandIn,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
} from './stand-in.ts';

export const OPSGENIE_KEY = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

/** https://docs.opsgenie.com/docs/alert-api#create-alert: what is longer is cut by Opsgenie, and refused here. */
const LIMITS: Readonly<Record<string, number>> = {
  message: 130,
  alias: 512,
  description: 15_000,
  entity: 512,
  source: 100,
  user: 100,
  note: 25_000,
};

export interface OpsgenieAlert {
  readonly id: string;
  readonly alias: string;
  message: string;
  description: string;
  priority: string;
  status: 'open' | 'closed';
  acknowledged: boolean;
  /** Created again while open. */
  count: number;
  readonly details: unknown;
  readonly notes: string[];
}

export interface OpsgenieStandIn extends StandIn {
  readonly alerts: OpsgenieAlert[];
}

interface World {
  readonly alerts: OpsgenieAlert[];
  readonly requests: Map<string, object>;
}

/** Opsgenie's Alert API: what changes something is taken with 202, and how it ended is asked for by its request. */
export const startOpsgenieStandIn = async (): Promise<OpsgenieStandIn> => {
  const world: World = { alerts: [], requests: new Map() };
  const standIn = await startStandIn((request) => answerOf(request, world));
  return { ...standIn, alerts: world.alerts };
};

const wrong = (status: number, message: string, errors?: object): StandInAnswer => ({
  status,
  body: {
    message,
    ...(errors === undefined ? {} : { errors }),
    took: 0.001,
    requestId: crypto.randomUUID(),
  },
});

const answerOf = (request: StandInRequest, world: World): StandInAnswer => {
  const { method, path, headers } = request;
  const key = /^GenieKey (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (key === undefined) return wrong(401, 'Could not authenticate');
  if (key !== OPSGENIE_KEY)
    return wrong(403, 'You are not authorized to access this resource. API Key is not valid.');
  if (path === '/v2/alerts') return method === 'POST' ? create(request, world) : list(world);
  const status = /^\/v2\/alerts\/requests\/([\w-]+)$/.exec(path)?.[1];
  if (status !== undefined) {
    const data = world.requests.get(status);
    return data === undefined
      ? wrong(404, 'Request not found. It might not be processed, yet.')
      : { status: 200, body: { data, took: 0.001, requestId: crypto.randomUUID() } };
  }
  const [, identifier = '', action = ''] = /^\/v2\/alerts\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  if (identifier === '') return wrong(404, 'Path not found');
  const alert = alertOf(decodeURIComponent(identifier), request, world);
  if (action === '')
    return alert === undefined
      ? wrong(404, 'Alert with given identifier not found')
      : { status: 200, body: { data: viewOf(alert), took: 0.001, requestId: crypto.randomUUID() } };
  return act(action, alert, request, world);
};

const alertOf = (identifier: string, { query }: StandInRequest, { alerts }: World) =>
  query.get('identifierType') === 'alias'
    ? alerts.findLast(({ alias }) => alias === identifier)
    : alerts.find(({ id }) => id === identifier);

const bodyOf = (
  request: StandInRequest,
  contract: ContractName,
): Record<string, unknown> | StandInAnswer => {
  // What is done to an alert needs no word.
  if (request.body === '' && contract === 'opsgenie-action') return {};
  const body = objectOf(request.body);
  if (body === null || !/json/.test(request.headers['content-type'] ?? ''))
    return wrong(400, 'Request body is not processable. Please check the errors.', {
      body: 'must be JSON',
    });
  const problem = contractProblem(contract, body);
  const field = Object.entries(LIMITS).find(([name, max]) => {
    const value = body[name];
    return typeof value === 'string' && value.length > max;
  });
  const blank = ['message', 'note'].find((name) => body[name] === '');
  if (problem !== null || field !== undefined || blank !== undefined)
    return wrong(422, 'Request body is not processable. Please check the errors.', {
      [field?.[0] ?? blank ?? 'body']:
        problem ?? (blank === undefined ? 'is too long' : `${blank} can not be empty.`),
    });
  return body;
};

const isAnswer = (value: object): value is StandInAnswer => 'status' in value;

const taken = (world: World, action: string, alert: OpsgenieAlert | undefined): StandInAnswer => {
  const requestId = crypto.randomUUID();
  world.requests.set(requestId, {
    success: alert !== undefined,
    action,
    processedAt: '2026-11-30T10:00:00.000Z',
    isSuccess: alert !== undefined,
    status: alert === undefined ? 'Alert does not exist' : `${action} alert`,
    alertId: alert?.id ?? '',
    alias: alert?.alias ?? '',
  });
  return { status: 202, body: { result: 'Request will be processed', took: 0.001, requestId } };
};

const create = (request: StandInRequest, world: World): StandInAnswer => {
  const body = bodyOf(request, 'opsgenie-create');
  if (isAnswer(body)) return body;
  const id = crypto.randomUUID();
  const alias = typeof body['alias'] === 'string' ? body['alias'] : id;
  const before = world.alerts.find((alert) => alert.alias === alias && alert.status === 'open');
  if (before !== undefined) {
    before.count += 1;
    return taken(world, 'Create', before);
  }
  const alert: OpsgenieAlert = {
    id,
    alias,
    message: String(body['message']),
    description: typeof body['description'] === 'string' ? body['description'] : '',
    priority: typeof body['priority'] === 'string' ? body['priority'] : 'P3',
    status: 'open',
    acknowledged: false,
    count: 1,
    details: body['details'] ?? {},
    notes: [],
  };
  world.alerts.push(alert);
  return taken(world, 'Create', alert);
};

const CONTRACTS: Readonly<Record<string, ContractName>> = {
  'POST close': 'opsgenie-action',
  'POST acknowledge': 'opsgenie-action',
  'POST notes': 'opsgenie-note',
  'PUT message': 'opsgenie-message',
  'PUT description': 'opsgenie-description',
  'PUT priority': 'opsgenie-priority',
};

const act = (
  action: string,
  alert: OpsgenieAlert | undefined,
  request: StandInRequest,
  world: World,
): StandInAnswer => {
  const contract = CONTRACTS[`${request.method} ${action}`];
  if (contract === undefined) return wrong(405, 'Method not allowed');
  const body = bodyOf(request, contract);
  if (isAnswer(body)) return body;
  if (alert !== undefined) {
    if (action === 'close') alert.status = 'closed';
    if (action === 'acknowledge') alert.acknowledged = true;
    if (action === 'notes') alert.notes.push(String(body['note']));
    if (action === 'message') alert.message = String(body['message']);
    if (action === 'description') alert.description = String(body['description']);
    if (action === 'priority') alert.priority = String(body['priority']);
  }
  return taken(world, action, alert);
};

const list = ({ alerts }: World): StandInAnswer => ({
  status: 200,
  body: { data: alerts.map(viewOf), paging: {}, took: 0.001, requestId: crypto.randomUUID() },
});

const viewOf = ({ notes: _notes, ...alert }: OpsgenieAlert): object => ({
  ...alert,
  tinyId: '1',
  createdAt: '2026-11-30T10:00:00.000Z',
  updatedAt: '2026-11-30T10:00:00.000Z',
});
