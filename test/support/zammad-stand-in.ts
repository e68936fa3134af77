import {
  isObject,
  objectOf,
  startStandIn,
  type StandIn,
  type StandInAnswer,
  type StandInRequest,
} from './stand-in.ts';

export const ZAMMAD_TOKEN = 'zammad-token-0123456789';
export const ZAMMAD_GROUP = 'Operations';

const STATES = ['new', 'open', 'pending reminder', 'pending close', 'closed', 'merged'];
const PRIORITIES = ['1 low', '2 normal', '3 high'];
const TITLE_CHARS_MAX = 250;
/** Of the account whose token it is. */
const OWN_ID = 7;

export interface ZammadTicket {
  readonly id: number;
  title: string;
  state: string;
  updated_by_id: number;
  updated_at: string;
  priority: string;
  tags: string[];
  readonly articles: Record<string, unknown>[];
}

export interface ZammadStandIn extends StandIn {
  readonly tickets: ZammadTicket[];
  /** What a search finds: Elasticsearch shows tickets when the test says so. */
  index(): void;
}

interface World {
  readonly tickets: ZammadTicket[];
  indexed: readonly number[];
}

/** Zammad's REST API, as an agent uses it. */
export const startZammadStandIn = async (): Promise<ZammadStandIn> => {
  const world: World = { tickets: [], indexed: [] };
  const standIn = await startStandIn((request) => answerOf(request, world));
  return {
    ...standIn,
    tickets: world.tickets,
    index: () => {
      world.indexed = world.tickets.map(({ id }) => id);
    },
  };
};

const wrong = (status: number, error: string): StandInAnswer => ({
  status,
  body: { error, error_human: error },
});

const answerOf = (request: StandInRequest, world: World): StandInAnswer => {
  if (request.headers.authorization === undefined) return wrong(403, 'Authentication required');
  if (!new RegExp(`^(Token token=|Bearer )${ZAMMAD_TOKEN}$`).test(request.headers.authorization))
    return wrong(401, 'Invalid token!');
  const line = `${request.method} ${request.path.replace(/^\/api\/v1/, '')}`;
  const body = request.body === '' ? {} : objectOf(request.body);
  if (body === null) return wrong(400, 'Invalid JSON');
  if (line === 'GET /users/me')
    return { status: 200, body: { id: OWN_ID, login: 'sluice', firstname: 'Sluice' } };
  if (line === 'POST /tickets') return create(body, world);
  if (line === 'GET /tickets/search') return search(request, world);
  if (line === 'GET /tags') return tagsOf(request, world);
  if (line === 'DELETE /tags/remove') return untag(body, world);
  const [, , id = ''] = /^\w+ \/(tickets|ticket_articles\/by_ticket)\/(\d+)$/.exec(line) ?? [];
  const ticket = world.tickets.find((one) => one.id === Number(id));
  if (ticket === undefined) return wrong(404, `Couldn't find Ticket with 'id'=${id}`);
  if (line.startsWith('GET /ticket_articles')) return { status: 200, body: ticket.articles };
  if (request.method === 'GET') return { status: 200, body: viewOf(ticket) };
  return request.method === 'PUT' ? change(ticket, body) : wrong(404, 'No such route');
};

const problemOf = (body: Record<string, unknown>): string | null => {
  const { state, priority, group, title, article } = body;
  if (state !== undefined && !STATES.some((name) => name === state))
    return `No lookup value found for 'state': ${JSON.stringify(state)}`;
  if (priority !== undefined && !PRIORITIES.some((name) => name === priority))
    return `No lookup value found for 'priority': ${JSON.stringify(priority)}`;
  if (group !== undefined && group !== ZAMMAD_GROUP)
    return `No lookup value found for 'group': ${JSON.stringify(group)}`;
  if (typeof title === 'string' && title.length > TITLE_CHARS_MAX) return 'Title is too long';
  if (article === undefined) return null;
  if (!isObject(article) || typeof article['body'] !== 'string' || article['body'] === '')
    return "Need at least an 'article body' field.";
  return ['text/plain', 'text/html', undefined].some((type) => type === article['content_type'])
    ? null
    : 'Invalid content type';
};

const create = (body: Record<string, unknown>, { tickets }: World): StandInAnswer => {
  const { title, group, customer, customer_id: customerId, article, tags } = body;
  if (typeof title !== 'string' || title === '')
    return wrong(422, "Missing required value for field 'title'!");
  if (group === undefined) return wrong(422, "Missing required value for field 'group'!");
  if (customer === undefined && customerId === undefined)
    return wrong(422, "Missing required value for field 'customer'!");
  if (article === undefined) return wrong(422, "Need at least an 'article body' field.");
  const problem = problemOf(body);
  if (problem !== null) return wrong(422, problem);
  const ticket: ZammadTicket = {
    id: tickets.length + 1,
    title,
    state: 'new',
    updated_by_id: OWN_ID,
    updated_at: new Date().toISOString(),
    priority: '2 normal',
    tags: typeof tags === 'string' ? tags.split(',') : [],
    articles: [],
  };
  tickets.push(ticket);
  return { ...change(ticket, body), status: 201 };
};

const change = (ticket: ZammadTicket, body: Record<string, unknown>): StandInAnswer => {
  const problem = problemOf(body);
  if (problem !== null) return wrong(422, problem);
  const { title, state, priority, article } = body;
  Object.assign(ticket, { updated_by_id: OWN_ID, updated_at: new Date().toISOString() });
  if (typeof title === 'string') ticket.title = title;
  if (typeof state === 'string') ticket.state = state;
  if (typeof priority === 'string') ticket.priority = priority;
  if (isObject(article)) ticket.articles.push({ id: ticket.articles.length + 1, ...article });
  return { status: 200, body: viewOf(ticket) };
};

const search = ({ query }: StandInRequest, { tickets, indexed }: World): StandInAnswer => {
  const tag = /^tags:"?([^"]+)"?$/.exec(query.get('query') ?? '')?.[1];
  return {
    status: 200,
    body: tickets
      .filter(({ id, tags }) => indexed.includes(id) && tag !== undefined && tags.includes(tag))
      .map(viewOf),
  };
};

const tagsOf = ({ query }: StandInRequest, { tickets }: World): StandInAnswer => {
  const ticket = tickets.find(({ id }) => id === Number(query.get('o_id')));
  return query.get('object') === 'Ticket' && ticket !== undefined
    ? { status: 200, body: { tags: ticket.tags } }
    : wrong(404, `Couldn't find Ticket with 'id'=${query.get('o_id')}`);
};

const untag = (body: Record<string, unknown>, { tickets }: World): StandInAnswer => {
  const ticket = tickets.find(({ id }) => id === body['o_id']);
  if (ticket === undefined) return wrong(404, "Couldn't find Ticket");
  ticket.tags = ticket.tags.filter((tag) => tag !== body['item']);
  return { status: 200, body: { success: true } };
};

const viewOf = ({ articles, ...ticket }: ZammadTicket): object => ({
  ...ticket,
  tags: undefined,
  number: String(10_000 + ticket.id),
  updated_by: ticket.updated_by_id === OWN_ID ? 'sluice' : 'ada',
  group: ZAMMAD_GROUP,
  article_count: articles.length,
});
