import { figuresOf, figuresView, NO_TOKENS } from '../../ledger/domain/usage.ts';

/** Bodies as a client sends and gets them; the schemas beside which they stand hold them to their types. */

const KEY_ID = 'key_4m2t6q8r0v5w7y3b';
const REQUEST_ID = 'req_4m2t6q8r0v5w7y3b01kbfvw800q3n5s7t9x1z4c6';
const SEEN_AT = 1_796_000_000_000;

export const KEY = {
  object: 'key' as const,
  id: KEY_ID,
  prefix: 'slk_live_4m2t6q8r0v5w7y3b_',
  name: 'ada on the web',
  user_id: 'ada',
  scope: 'standard' as const,
  status: 'active' as const,
  cap_micros: 5_000_000,
  spent_micros: 1_284_310,
  held_micros: 24_600,
  available_micros: 3_691_090,
  period: 'month' as const,
  window: '2026-11',
  resets_at: 1_796_083_200_000,
  warn_at: [0.5, 0.8, 1],
  on_oversize: 'refuse' as const,
  allowed_models: ['gpt-4o-mini', 'claude-haiku-4-5'],
  tier: null,
  from_tier: [],
  ingest_bytes_per_day: null,
  rpm: 600,
  max_concurrency: 20,
  calls_in_flight: 1,
  expires_at: null,
  cohort: { plan: 'pro' },
  metadata: { team: 'web' },
  created_at: SEEN_AT,
  revoked_at: null,
};
export const KEY_WITH_SECRET = {
  ...KEY,
  secret: 'slk_live_4m2t6q8r0v5w7y3b_shown-this-once',
};
export const CREATE_KEY = {
  name: 'ada on the web',
  user_id: 'ada',
  max_spend_usd: 5,
  period: 'month' as const,
  cohort: { plan: 'pro' },
};

const COUNTS = figuresView(figuresOf({ ...NO_TOKENS, input: 812, output: 164 }));
const FIGURES = {
  cost_micros: 220,
  request_count: 1,
  errors: 0,
  ...COUNTS,
  p50_first_token_ms: 412,
  p95_first_token_ms: 412,
  p50_total_ms: 1_920,
  p95_total_ms: 1_920,
};
const CALLED = {
  object: 'call' as const,
  request_id: REQUEST_ID,
  key_id: KEY_ID,
  model: 'gpt-4o-mini',
  provider: 'openai',
  feature: 'chat',
  started_at: SEEN_AT,
};
export const CALL = {
  ...CALLED,
  thread_id: null,
  status: 'completed' as const,
  cost_micros: 220,
  estimated: false,
  usage: COUNTS,
  settled_at: SEEN_AT + 1_940,
  first_token_ms: 412,
  total_ms: 1_920,
};
export const CANCELLING = {
  object: 'call' as const,
  request_id: REQUEST_ID,
  status: 'cancelling' as const,
};
export const USAGE = {
  object: 'usage' as const,
  from_ms: 1_795_996_800_000,
  to_ms: 1_796_000_400_000,
  totals: FIGURES,
  by_key: [{ key_id: KEY_ID, user_id: 'ada', name: 'ada on the web', ...FIGURES }],
  by_model: [{ model: 'gpt-4o-mini', ...FIGURES }],
  by_feature: [{ feature: 'chat', ...FIGURES }],
  series: [{ hour: '2026-11-30T00', ...FIGURES }],
};

export const MODEL_CALL = {
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Say hello' }],
  max_tokens: 100,
};
export const CHAT_ANSWER = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello!' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 },
};
export const GEMINI_CALL = {
  contents: [{ role: 'user', parts: [{ text: 'Say hello' }] }],
  generationConfig: { maxOutputTokens: 100 },
};
export const GEMINI_ANSWER = {
  candidates: [
    { content: { role: 'model', parts: [{ text: 'Hello!' }] }, finishReason: 'STOP', index: 0 },
  ],
  usageMetadata: { promptTokenCount: 9, candidatesTokenCount: 2, totalTokenCount: 11 },
  modelVersion: 'gemini-2.5-flash',
};
export const MESSAGES_ANSWER = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5',
  content: [{ type: 'text', text: 'Hello!' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 9, output_tokens: 4 },
};

export const EMBEDDINGS_ANSWER = {
  object: 'list',
  data: [{ object: 'embedding', index: 0, embedding: [0.0023, -0.0091] }],
  model: 'text-embedding-3-small',
  usage: { prompt_tokens: 5, total_tokens: 5 },
};
export const MODERATIONS_ANSWER = {
  id: 'modr-1',
  model: 'omni-moderation-latest',
  results: [
    { flagged: false, categories: { violence: false }, category_scores: { violence: 0.0001 } },
  ],
};
export const TRANSCRIPTION_ANSWER = {
  text: 'The sluice is open.',
  usage: { type: 'duration', seconds: 2 },
};
export const IMAGES_ANSWER = {
  created: 1_796_000_000,
  data: [{ b64_json: 'iVBORw0KGgo=' }],
  usage: { input_tokens: 12, output_tokens: 272, total_tokens: 284 },
};
export const CATALOG_MODEL = {
  object: 'catalog_model' as const,
  id: 'tts-1',
  provider: 'openai',
  kind: 'speech' as const,
  route: 'POST /v1/audio/speech',
  context_tokens: null,
  max_output_tokens: null,
  prices: [{ of: 'characters', per: 1_000_000, usd: 15 }],
  capabilities: [],
};
