import { isRecord } from '../../../http/body.ts';
import type { ParsedCall } from '../wire.ts';
import { foreignFields, unknownFields, unknownWords, type Unpriced } from '../unpriced.ts';

type Body = Readonly<Record<string, unknown>>;

/**
 * What bills no more than what is held, by the types of @anthropic-ai/sdk 1.13 (resources/beta/messages). Left out are
 * `billing_policy`, `compaction`, `container`, `fallbacks`, `fallback_credit_token`, `mcp_servers`, `thread`,
 * `user_profile_id` and `workspace_id`: they run other models, tools or contexts, or bill somebody else.
 */
const FIELDS: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'max_tokens',
  'cache_control',
  'context_management',
  'diagnostics',
  'inference_geo',
  'metadata',
  'output_config',
  'output_format',
  'service_tier',
  'speed',
  'stop_sequences',
  'stream',
  'system',
  'temperature',
  'thinking',
  'tool_choice',
  'tools',
  'top_k',
  'top_p',
]);
const OUTPUT_FIELDS: ReadonlySet<string> = new Set(['effort', 'format', 'task_budget']);
/** `compact_20260112` is another call of the model. */
const EDITS: ReadonlySet<unknown> = new Set([
  'clear_tool_uses_20250919',
  'clear_thinking_20251015',
]);
const MESSAGE_FIELDS: ReadonlySet<string> = new Set([
  'role',
  'content',
  'clear_at',
  'output_config',
]);

const TOOL_FIELDS: ReadonlySet<string> = new Set([
  'type',
  'name',
  'allowed_callers',
  'cache_control',
  'defer_loading',
  'description',
  'eager_input_streaming',
  'input_examples',
  'input_schema',
  'strict',
]);
const OWN_TOOL_FIELDS: ReadonlySet<string> = new Set([
  ...TOOL_FIELDS,
  'display_height_px',
  'display_number',
  'display_width_px',
  'enable_zoom',
  'max_characters',
]);
/** A block is of one kind: what else a lenient provider would find in it has no bound. */
const BLOCKS: ReadonlyMap<unknown, ReadonlySet<string>> = new Map(
  Object.entries({
    text: ['text', 'citations'],
    image: ['source'],
    document: ['source', 'citations', 'context', 'title'],
    search_result: ['source', 'citations', 'content', 'title'],
    // A signature is of another family's model, and is left out: `own-marks.ts`.
    tool_use: ['id', 'input', 'name', 'caller', 'toolset_name', 'signature'],
    tool_result: ['tool_use_id', 'content', 'is_error', 'toolset_name'],
    tool_reference: ['tool_name'],
    thinking: ['thinking', 'signature'],
    redacted_thinking: ['data'],
  }).map(([type, names]) => [type, new Set(['type', 'cache_control', ...names])]),
);

/** Declared by a type, run by the client: https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview */
const OWN_TOOL = /^(bash|text_editor|memory|computer)_\d{8}$/;

/**
 * Betas that change how an answer comes, never how much is billed beyond the body: what Claude Code 2.1, the SDKs, the AI SDK
 * and LangChain send by themselves, and those of limits that are held anyway.
 */
const BETAS: ReadonlySet<string> = new Set([
  // Its tools have types of their own, which are refused where the provider runs them.
  'advanced-tool-use-2025-11-20',
  'cache-diagnosis-2026-04-07',
  'claude-code-20250219',
  'computer-use-2024-10-22',
  'computer-use-2025-01-24',
  'computer-use-2025-11-24',
  'context-1m-2025-08-07',
  'context-management-2025-06-27',
  'dev-full-thinking-2025-05-14',
  'effort-2025-11-24',
  'extended-cache-ttl-2025-04-11',
  'fine-grained-tool-streaming-2025-05-14',
  'interleaved-thinking-2025-05-14',
  'max-tokens-3-5-sonnet-2024-07-15',
  'mid-conversation-output-config-2026-07-01',
  'mid-conversation-system-2026-04-07',
  'mid-conversation-system-clear-at-2026-08-21',
  'model-context-window-exceeded-2025-08-26',
  'oauth-2025-04-20',
  'output-128k-2025-02-19',
  'output-300k-2026-03-24',
  'pdfs-2024-09-25',
  'prompt-caching-2024-07-31',
  'prompt-caching-scope-2026-01-05',
  'redact-thinking-2026-02-12',
  'structured-outputs-2025-11-13',
  'structured-outputs-2025-12-15',
  'task-budgets-2026-03-13',
  'thinking-binding-controls-2026-08-01',
  'thinking-display-updates-2026-08-18',
  'thinking-token-count-2026-05-13',
  'token-counting-2024-11-01',
  'token-efficient-tools-2025-02-19',
  'tool-examples-2025-10-29',
]);
const HEADERS: ReadonlySet<string> = new Set([
  'anthropic-version',
  'anthropic-beta',
  'anthropic-dangerous-direct-browser-access',
]);

/** Parts of a body beside its content that no bound is known of. */
export const unpricedMessages = (body: Body): readonly Unpriced[] => [
  ...unknownFields(body, FIELDS),
  ...otherThan(body, 'speed', 'standard'),
  ...otherThan(body, 'inference_geo', 'global'),
  ...(isRecord(body['output_config'])
    ? unknownFields(body['output_config'], OUTPUT_FIELDS, 'output_config.')
    : []),
  ...unpricedEdits(body['context_management']),
  ...unpricedThinking(body),
];

/**
 * Interleaved thinking may have a budget beyond the limit of its answer, up to the whole window:
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking
 */
const unpricedThinking = ({ thinking, max_tokens }: Body): readonly Unpriced[] => {
  const budget = isRecord(thinking) ? thinking['budget_tokens'] : null;
  const isBeyond =
    typeof budget === 'number' && typeof max_tokens === 'number' && budget >= max_tokens;
  const path = 'thinking.budget_tokens';
  return isBeyond ? [{ path, name: path }] : [];
};

/** A field whose other values have a price of their own. */
const otherThan = (body: Body, name: string, known: string): readonly Unpriced[] =>
  body[name] === undefined || body[name] === null || body[name] === known
    ? []
    : [{ path: name, name }];

const unpricedEdits = (management: unknown): readonly Unpriced[] => {
  if (!isRecord(management)) return [];
  const edits = Array.isArray(management['edits']) ? management['edits'] : [];
  return [
    ...unknownFields(management, new Set(['edits']), 'context_management.'),
    ...edits.flatMap((edit: unknown, index) => {
      const type = isRecord(edit) ? edit['type'] : null;
      if (EDITS.has(type)) return [];
      const path = `context_management.edits.${index}.type`;
      return [{ path, name: `context_management.${String(type)}` }];
    }),
  ];
};

/** A message's own fields: words are text whatever their name, all else may be more. */
export const unpricedMessage = (message: Body, path: string): readonly Unpriced[] =>
  unknownFields(message, MESSAGE_FIELDS).flatMap(({ name }) =>
    typeof message[name] === 'object'
      ? [{ path: `${path}.${name}`, name: `messages.${name}` }]
      : [],
  );

/** What one block says beyond its kind; one without a type is words alone. */
export const unpricedBlock = (block: Body, path: string): readonly Unpriced[] => {
  const { type } = block;
  const kind = typeof type === 'string' ? type : 'text';
  const known = BLOCKS.get(kind);
  if (known === undefined) return [{ path, name: `content.${kind}` }];
  if (type != null && type !== kind) return [{ path, name: 'content.other' }];
  const isKind = type != null || typeof block['text'] === 'string';
  return unknownFields(block, known).length === 0 && isKind
    ? []
    : [{ path, name: `content.${type == null ? 'typeless' : `${kind}.other`}` }];
};

/** How many tools run at the client and are known to the provider, and those that it runs and bills itself. */
export const messagesTools = (
  tools: readonly { readonly type?: string | null | undefined; readonly [name: string]: unknown }[],
): { readonly ownTools: number; readonly unpriced: readonly Unpriced[] } => {
  let ownTools = 0;
  const unpriced: Unpriced[] = [];
  for (const [index, tool] of tools.entries()) {
    const { type } = tool;
    const path = `tools.${index}`;
    const isOwn = type != null && OWN_TOOL.test(type);
    const foreign = foreignFields(tool, isOwn ? OWN_TOOL_FIELDS : TOOL_FIELDS, path, 'tools');
    if (isOwn) ownTools += 1;
    else if (type != null && type !== 'custom') {
      unpriced.push({ path: `${path}.type`, name: `tools.${type}` });
      continue;
    } else if (type == null && foreign.length === 0 && !isDeclared(tool))
      unpriced.push({ path: `${path}.type`, name: 'tools.typeless' });
    unpriced.push(...foreign);
  }
  return { ownTools, unpriced };
};

const isDeclared = (tool: Body): boolean =>
  typeof tool['name'] === 'string' && isRecord(tool['input_schema']);

/** Models whose window a beta makes longer than the price table says: a document may fill it. */
const LONGER_BY_BETA = /^claude-sonnet-4-(0|5|20)/;
const LONG_BETA = 'context-1m-2025-08-07';

/** Headers of the caller that are passed on and not known, or make a document longer than is held. */
export const unpricedHeaders = (
  headers: Readonly<Record<string, string>>,
  { model, measures }: ParsedCall,
): readonly Unpriced[] => {
  const isLonger = measures.documents > 0 && LONGER_BY_BETA.test(model);
  return [
    ...Object.keys(headers)
      .filter((name) => name.startsWith('anthropic-') && !HEADERS.has(name))
      .map((name) => ({ path: name, name })),
    ...unknownWords(
      'anthropic-beta',
      headers['anthropic-beta'],
      (beta) => BETAS.has(beta) && !(isLonger && beta === LONG_BETA),
    ),
  ];
};
