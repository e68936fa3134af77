/**
 * Who may ask each route, and by which condition a key reaches what the path names:
 * - `public`: anybody.
 * - `own`: any key, about itself and its end user; nothing of others can be named.
 * - `project`: admin keys, about their own project.
 * - `named`: what the path names is looked up in the partition of the key's project and end user (an admin's: of the
 *   project), or its owner is compared with the key; else it is the 404 of what never was.
 * - `named in project`: the same, for admin keys alone.
 */
export type Guard = 'public' | 'own' | 'project' | 'named' | 'named in project';

export interface GuardedRoute {
  readonly guard: Guard;
  /** A body that the route takes. */
  readonly body?: object;
}

const TURN = { model: 'gpt-4o-mini', max_tokens: 100, content: 'let me in' };
const ITEMS = { items: [{ type: 'message', role: 'user', content: 'let me in' }] };
const named = (body?: object): GuardedRoute => ({
  guard: 'named',
  ...(body === undefined ? {} : { body }),
});
const inProject = (body?: object): GuardedRoute => ({
  guard: 'named in project',
  ...(body === undefined ? {} : { body }),
});
const own: GuardedRoute = { guard: 'own' };
const project: GuardedRoute = { guard: 'project' };

export const ROUTE_GUARDS: Readonly<Record<string, GuardedRoute>> = {
  'GET /health': { guard: 'public' },
  'GET /openapi.json': { guard: 'public' },
  'GET /docs': { guard: 'public' },
  'GET /': { guard: 'public' },
  'POST /v1/keys': project,
  'GET /v1/keys': project,
  'GET /v1/keys/{key_id}': inProject(),
  'PATCH /v1/keys/{key_id}': inProject({ name: 'mine now' }),
  'DELETE /v1/keys/{key_id}': inProject(),
  'POST /v1/keys/{key_id}/rotate': inProject({ grace_seconds: 0 }),
  'GET /v1/key': own,
  'GET /v1/keys/{key_id}/usage': named(),
  'GET /v1/usage': own,
  'GET /v1/usage/export': own,
  'GET /v1/calls': own,
  'GET /v1/calls/{request_id}': named(),
  'POST /v1/calls/{request_id}/cancel': named(),
  'POST /v1/chat/completions': own,
  'POST /v1/messages': own,
  'POST /v1/messages/count_tokens': own,
  'GET /v1/models': own,
  'GET /v1/models/{id}': own,
  'POST /v1/threads': own,
  'GET /v1/threads': own,
  'GET /v1/threads/{thread_id}': named(),
  'PATCH /v1/threads/{thread_id}': named({ title: 'mine now' }),
  'DELETE /v1/threads/{thread_id}': named(),
  'POST /v1/threads/{thread_id}/fork': named({ seq: 1 }),
  'POST /v1/threads/{thread_id}/messages': named(TURN),
  'GET /v1/threads/{thread_id}/messages': named(),
  'POST /v1/threads/{thread_id}/messages/{seq}/edit': named(TURN),
  'POST /v1/threads/{thread_id}/messages/{seq}/regenerate': named({ model: 'gpt-4o-mini' }),
  'POST /v1/threads/{thread_id}/tool-results/{tool_use_id}': named({ content: 'let me in' }),
  'GET /v1/threads/{thread_id}/stream': named(),
  'GET /v1/threads/{thread_id}/events': named(),
  'GET /v1/runs/{run_id}': named(),
  'GET /v1/runs/{run_id}/stream': named(),
  'POST /v1/runs/{run_id}/cancel': named(),
  'POST /v1/realtime/tickets': own,
  // A chat's name belongs to the end user who says it, so another one's is a new chat.
  'POST /v1/ai/chat': own,
  'GET /v1/ai/chat/{id}/stream': own,
  'GET /v1/responses': own,
  'POST /v1/responses': own,
  'POST /v1/responses/input_tokens': own,
  'POST /v1/responses/compact': own,
  'GET /v1/responses/{response_id}': named(),
  'DELETE /v1/responses/{response_id}': named(),
  'POST /v1/responses/{response_id}/cancel': named(),
  'GET /v1/responses/{response_id}/input_items': named(),
  'POST /v1/conversations': own,
  'GET /v1/conversations/{conversation_id}': named(),
  'POST /v1/conversations/{conversation_id}': named({ metadata: { of: 'me' } }),
  'DELETE /v1/conversations/{conversation_id}': named(),
  'POST /v1/conversations/{conversation_id}/items': named(ITEMS),
  'GET /v1/conversations/{conversation_id}/items': named(),
  'GET /v1/conversations/{conversation_id}/items/{item_id}': named(),
  'DELETE /v1/conversations/{conversation_id}/items/{item_id}': named(),
  'GET /v1/destinations': project,
  'POST /v1/destinations': {
    ...project,
    body: { kind: 'email', name: 'mail', settings: { to: 'ops@example.com' } },
  },
  'GET /v1/destinations/{destination_id}': inProject(),
  'PATCH /v1/destinations/{destination_id}': inProject({ name: 'mine now' }),
  'DELETE /v1/destinations/{destination_id}': inProject(),
  'POST /v1/destinations/{destination_id}/test': inProject(),
  'POST /v1/destinations/{destination_id}/inbound': { guard: 'public' },
  'GET /v1/deliveries': project,
  'GET /v1/anomalies': project,
  'GET /v1/anomalies/{anomaly_id}': inProject(),
  'POST /v1/anomalies/explain': { ...project, body: { lines: ['x'] } },
  'GET /v1/anomalies/{anomaly_id}/incident': inProject(),
  'GET /v1/incidents': project,
  'GET /v1/incidents/{incident_id}': inProject(),
  'PATCH /v1/incidents/{incident_id}': inProject({ assignee: 'me' }),
  'GET /v1/silences': project,
  'POST /v1/silences': {
    ...project,
    body: { pattern: { service: 'nobody' }, until: 1_796_000_000_000, reason: 'works' },
  },
  'DELETE /v1/silences/{silence_id}': inProject(),
  'GET /v1/deploys': project,
  'POST /v1/deploys': { ...project, body: { service: 'shop', version: '1' } },
  'GET /v1/services': project,
  'PATCH /v1/services': { ...project, body: { service: 'shop', sensitivity: 'low' } },
  'GET /v1/ingest/usage': project,
  'GET /v1/ingest/masks': project,
  'PATCH /v1/ingest/masks': { ...project, body: { masks: [] } },
  'GET /v1/logs/search': project,
  'GET /v1/traces/{trace_id}': inProject(),
  'GET /v1/project': project,
  'PATCH /v1/project': project,
  'POST /v1/tools': project,
  'GET /v1/tools': project,
  'GET /v1/tools/{tool_id}': inProject(),
  'PATCH /v1/tools/{tool_id}': inProject({ description: 'mine now' }),
  'DELETE /v1/tools/{tool_id}': inProject(),
  'POST /v1/mcp-servers': project,
  'GET /v1/mcp-servers': project,
  'GET /v1/mcp-servers/{server_id}': inProject(),
  'PATCH /v1/mcp-servers/{server_id}': inProject({ timeout_ms: 1_000 }),
  'DELETE /v1/mcp-servers/{server_id}': inProject(),
  'POST /v1/mcp-servers/{server_id}/test': inProject({}),
};
