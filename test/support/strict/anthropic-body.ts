import * as z from 'zod';
import { isRecord } from '../../../lambdas/http/body.ts';
import { contractProblem } from './contract.ts';

const block = z.looseObject({ type: z.string() });
type Block = z.infer<typeof block>;
const body = z.looseObject({
  model: z.string(),
  max_tokens: z.number(),
  messages: z.array(
    z.looseObject({ role: z.string(), content: z.union([z.string(), z.array(block)]) }),
  ),
  tools: z.array(z.looseObject({ name: z.string().optional() })).optional(),
});
type Body = z.infer<typeof body>;
/** A rule that the types do not say: the provider's own words where it is broken. */
type Rule = (body: Body) => string | null;

/** They left the SDK's types with the models that refuse them; older models take them. */
export const SAMPLERS = ['temperature', 'top_p', 'top_k'] as const;
const MARKS_MAX = 4;

const has = (value: unknown): boolean => value !== undefined && value !== null;

/** https://platform.claude.com/docs/en/about-claude/models/migration-guide */
const versionOf = (model: string): number => {
  const [, major, minor] = /-(\d{1,2})(?:-(\d{1,2}))?(?!\d)/.exec(model) ?? [];
  return major === undefined ? 999 : Number(major) * 100 + Number(minor ?? 0);
};

/** Where the bodies of a model stand in other words, these still hold of them. */
type Sampled = Readonly<Record<string, unknown>> & { readonly model: string };
const SAMPLING: readonly ((body: Sampled) => string | null)[] = [
  ({ temperature }) =>
    typeof temperature === 'number' && (temperature < 0 || temperature > 1)
      ? 'temperature: range: 0..1'
      : null,
  ({ temperature, top_p }) =>
    has(temperature) && has(top_p)
      ? '`temperature` and `top_p` cannot both be specified for this model.'
      : null,
  (asked) => {
    const { model } = asked;
    const refusesFrom = model.includes('opus') ? 407 : 500;
    const name = SAMPLERS.find((sampler) => has(asked[sampler]));
    return name !== undefined && versionOf(model) >= refusesFrom
      ? `\`${name}\` is deprecated for this model.`
      : null;
  },
  // https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
  ({ model, thinking }) =>
    isRecord(thinking) && thinking['type'] === 'enabled' && versionOf(model) >= 407
      ? '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
      : null,
  ({ thinking, max_tokens, tool_choice }) => {
    if (!isRecord(thinking) || thinking['type'] !== 'enabled') return null;
    const budget = Number(thinking['budget_tokens']);
    if (budget < 1_024) return 'thinking.budget_tokens: at least 1024';
    if (budget >= Number(max_tokens))
      return '`max_tokens` must be greater than `thinking.budget_tokens`.';
    return isRecord(tool_choice) && ['any', 'tool'].includes(String(tool_choice['type']))
      ? 'Thinking may not be enabled when tool_choice forces tool use.'
      : null;
  },
  // https://platform.claude.com/docs/en/build-with-claude/extended-thinking#feature-compatibility
  ({ thinking, temperature, top_p, top_k }) => {
    if (!isRecord(thinking) || thinking['type'] !== 'enabled') return null;
    if (has(temperature) && temperature !== 1)
      return '`temperature` may only be set to 1 when thinking is enabled.';
    if (has(top_k)) return '`top_k` must be unset when thinking is enabled.';
    return has(top_p) && Number(top_p) < 0.95
      ? '`top_p` must be at least 0.95 when thinking is enabled.'
      : null;
  },
];

/** How a model of Anthropic's may think and sample in one call, wherever it runs: its own words where a body breaks a rule. */
export const samplingProblem = (body: Sampled): string | null => firstProblem(SAMPLING, body);

const firstProblem = <B>(rules: readonly ((body: B) => string | null)[], body: B): string | null =>
  rules.map((rule) => rule(body)).find((words) => words !== null) ?? null;

const RULES: readonly Rule[] = [
  ({ max_tokens }) =>
    Number.isInteger(max_tokens) && max_tokens > 0 ? null : 'max_tokens: a positive integer',
  samplingProblem,
  ({ tools = [], tool_choice }) =>
    has(tool_choice) && tools.length === 0
      ? 'tool_choice: may only be specified while providing tools.'
      : null,
  ({ tools = [] }) => {
    const names = tools.flatMap(({ name }) => name ?? []);
    if (new Set(names).size !== names.length) return 'tools: Tool names must be unique.';
    const wrong = names.find((name) => !/^[a-zA-Z0-9_-]{1,128}$/.test(name));
    return wrong === undefined ? null : `tools: '${wrong}' does not match the pattern`;
  },
  (asked) =>
    (JSON.stringify(asked).match(/"cache_control":\{/g) ?? []).length > MARKS_MAX
      ? 'A maximum of 4 blocks with cache_control may be provided.'
      : null,
  ({ messages, system }) => {
    const texts = [system, ...messages.map(({ content }) => content)].flatMap(textsOf);
    return texts.every((text) => /\S/.test(text))
      ? null
      : 'text content blocks must contain non-whitespace text';
  },
  ({ messages }) => {
    const [first] = messages;
    return first?.role === 'user' ? null : 'messages: first message must use the "user" role';
  },
  ({ model, messages }) => {
    const last = messages.at(-1);
    if (last?.role !== 'assistant') return null;
    if (versionOf(model) >= 406) return 'This model does not support assistant message prefill.';
    return textsOf(last.content).at(-1)?.trimEnd() === textsOf(last.content).at(-1)
      ? null
      : 'messages: final assistant content cannot end with trailing whitespace';
  },
  ({ output_config }) =>
    isRecord(output_config) &&
    isRecord(output_config['format']) &&
    !isClosed(output_config['format']['schema'])
      ? "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"
      : null,
  ({ messages }) =>
    messages
      .flatMap(({ content }) => blocksOf(content))
      .every(({ type, input }) => type !== 'tool_use' || isRecord(input))
      ? null
      : 'messages: tool_use.input: Input should be a valid dictionary',
  ({ messages }) => callsProblem(messages),
];

/** https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations */
export const isClosed = (schema: unknown): boolean => {
  if (Array.isArray(schema)) return schema.every(isClosed);
  if (!isRecord(schema)) return true;
  const isOpen = schema['type'] === 'object' && schema['additionalProperties'] !== false;
  return !isOpen && Object.values(schema).every(isClosed);
};

/** Why Anthropic would refuse this body, with a beta or without. None: it takes it. */
export const anthropicRefusals = (value: unknown, beta?: string): readonly string[] => {
  const {
    temperature: _t,
    top_p: _p,
    top_k: _k,
    ...told
  } = z.record(z.string(), z.unknown()).parse(value);
  const name = beta === undefined ? 'anthropic-messages' : 'anthropic-messages-beta';
  const problem = contractProblem(name, told);
  if (problem !== null) return [problem];
  const asked = body.parse(value);
  return RULES.map((rule) => rule(asked)).filter((broken) => broken !== null);
};

const blocksOf = (content: unknown): readonly Block[] => {
  const { data } = z.array(block).safeParse(content);
  return data ?? [];
};

const textsOf = (content: unknown): readonly string[] =>
  typeof content === 'string'
    ? [content]
    : blocksOf(content).flatMap(({ type, text }) => (type === 'text' ? [String(text)] : []));

const idsOf = (content: unknown, type: string, field: string): readonly string[] =>
  blocksOf(content).flatMap((one) => (one.type === type ? [String(one[field])] : []));

/** Neighbours of one role are one message to it. */
const callsProblem = (messages: Body['messages']): string | null => {
  const seen = new Set<string>();
  let open: readonly string[] = [];
  for (const [at, { role, content }] of messages.entries()) {
    const results = idsOf(content, 'tool_result', 'tool_use_id');
    const stray = results.find((id) => !open.includes(id));
    if (stray !== undefined) return `messages.${at}: unexpected \`tool_use_id\` ${stray}`;
    open = open.filter((id) => !results.includes(id));
    const calls = idsOf(content, 'tool_use', 'id');
    if (open.length > 0 && (role !== 'user' || messages[at + 1]?.role !== 'user'))
      return `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks`;
    for (const id of calls) {
      if (seen.has(id)) return `messages.${at}: \`tool_use\` ids must be unique`;
      if (!/^[a-zA-Z0-9_-]+$/.test(id)) return `messages.${at}: \`tool_use\` id: ${id}`;
      seen.add(id);
    }
    if (role === 'assistant') open = calls;
  }
  return open.length > 0 ? '`tool_use` ids were found without `tool_result` blocks' : null;
};
