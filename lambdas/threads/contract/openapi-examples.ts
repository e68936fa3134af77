/** Bodies as a client sends and gets them; the schemas beside which they stand hold them to their types. */

const THREAD_ID = 'thread_7h3k9m2p5r8t1v4w6y0z';
const RUN_ID = 'run_7h3k9m2p5r8t1v4w6y0z_2';
const REQUEST_ID = 'req_4m2t6q8r0v5w7y3b01kbfvw800q3n5s7t9x1z4c6';
const SEEN_AT = 1_796_000_000_000;
const USAGE = { input: 812, output: 164 };

export const THREAD = {
  id: THREAD_ID,
  object: 'thread' as const,
  title: 'Trains to Lisbon',
  metadata: { page: 'trips' },
  end_user_id: 'ada',
  last_seq: 2,
  active_run_id: null,
  waiting_runs: 0,
  created_at: SEEN_AT,
  last_active_at: SEEN_AT + 1_920,
};
export const FORK = { ...THREAD, last_seq: 1, forked_from: { thread_id: THREAD_ID, seq: 1 } };
export const TURN_REQUEST = {
  model: 'gpt-4o-mini',
  content: 'Which trains run to Lisbon?',
  request_id: 'turn-1',
};
export const MESSAGE = {
  id: 'msg_7h3k9m2p5r8t1v4w6y0z_2',
  object: 'message',
  thread_id: THREAD_ID,
  seq: 2,
  role: 'assistant' as const,
  content: [{ type: 'text', text: 'Two a day.' }],
  status: 'complete' as const,
  stop_reason: 'end_turn',
  model: 'gpt-4o-mini',
  provider: 'openai',
  usage: USAGE,
  cost_micros: 220,
  request_id: REQUEST_ID,
  run_id: RUN_ID,
  end_user_id: 'ada',
  created_at: SEEN_AT,
  completed_at: SEEN_AT + 1_920,
};
export const RUN = {
  id: RUN_ID,
  object: 'run' as const,
  thread_id: THREAD_ID,
  seq: 2,
  status: 'complete',
  stop_reason: 'end_turn',
  model: 'gpt-4o-mini',
  usage: USAGE,
  cost_micros: 220,
  request_id: REQUEST_ID,
  created_at: SEEN_AT,
  ended_at: SEEN_AT + 1_920,
};
export const TICKET = {
  object: 'realtime_ticket' as const,
  ticket: 'tkt_shown-this-once',
  url: 'wss://abc123.execute-api.eu-central-1.amazonaws.com/live?ticket=tkt_shown-this-once',
  expires_at: SEEN_AT + 60_000,
};
export const AI_CHAT = {
  id: 'trips',
  model: 'gpt-4o-mini',
  messages: [
    {
      id: 'm1',
      role: 'user' as const,
      parts: [{ type: 'text', text: 'Which trains run to Lisbon?' }],
    },
  ],
};

export const TOOL = {
  id: 'tool_2m4p6r8t0v3x5z7b9d1f',
  object: 'tool' as const,
  name: 'find_trains',
  description: 'Finds trains to a city',
  input_schema: { type: 'object', properties: { city: { type: 'string' } } },
  webhook_url: 'https://example.com/tools/find-trains',
  timeout_ms: 10_000,
  requires_approval: false,
  created_at: SEEN_AT,
  updated_at: SEEN_AT,
};
export const CREATE_TOOL = {
  name: TOOL.name,
  description: TOOL.description,
  input_schema: { type: 'object', properties: { city: { type: 'string' } } },
  webhook_url: TOOL.webhook_url,
};
export const MCP_SERVER = {
  id: 'mcp_2m4p6r8t0v3x5z7b9d1f',
  object: 'mcp_server' as const,
  name: 'timetables',
  url: 'https://example.com/mcp',
  header_names: ['authorization'],
  timeout_ms: 10_000,
  requires_approval: true,
  created_at: SEEN_AT,
  updated_at: SEEN_AT,
};
export const MCP_SERVER_TEST = {
  object: 'mcp_server_test' as const,
  server_id: MCP_SERVER.id,
  ok: true,
  latency_ms: 84,
  tools: [
    {
      name: 'timetables/next_train',
      description: 'The next train between two cities',
      offered: true,
      note: null,
    },
  ],
  problem: null,
};
export const CREATE_MCP_SERVER = {
  name: MCP_SERVER.name,
  url: MCP_SERVER.url,
  headers: { authorization: 'Bearer <token>' },
  requires_approval: true,
};
export const PROJECT = { id: 'default', object: 'project' as const, dialects: [] };

export const SAID = {
  id: 'msg_7h3k9m2p5r8t1v4w6y0z_1',
  type: 'message',
  role: 'user',
  status: 'completed',
  content: [{ type: 'input_text', text: 'Which trains run to Lisbon?' }],
};
export const ITEM = {
  id: 'msg_7h3k9m2p5r8t1v4w6y0z_2',
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Two a day.', annotations: [] }],
};
export const RESPONSE_REQUEST = { model: 'gpt-4o-mini', input: 'Which trains run to Lisbon?' };
export const RESPONSE = {
  id: 'resp_7h3k9m2p5r8t1v4w6y0z_2',
  object: 'response' as const,
  created_at: SEEN_AT / 1_000,
  status: 'completed' as const,
  model: 'gpt-4o-mini',
  output: [ITEM],
  usage: { input_tokens: 812, output_tokens: 164, total_tokens: 976 },
};
export const COMPACTED = {
  id: 'resp_7h3k9m2p5r8t1v4w6y0z_4',
  object: 'response.compaction' as const,
  created_at: SEEN_AT / 1_000,
  output: [SAID, { id: 'cmp_7h3k9m2p5r8t1v4w6y0z_4', type: 'compaction' }],
  usage: { input_tokens: 812, output_tokens: 164, total_tokens: 976 },
};
export const CONVERSATION = {
  id: 'conv_7h3k9m2p5r8t1v4w6y0z',
  object: 'conversation' as const,
  created_at: SEEN_AT / 1_000,
  metadata: { page: 'trips' },
};
export const itemsOf = (item: { readonly id: string; readonly type: string }) => ({
  object: 'list' as const,
  data: [item],
  first_id: item.id,
  last_id: item.id,
  has_more: false,
});
export const goneOf = ({ id, object }: { readonly id: string; readonly object: string }) => ({
  id,
  object,
  deleted: true as const,
});
