import * as z from 'zod';
import { isRecord } from '../../../lambdas/http/body.ts';
import { contractProblem } from './contract.ts';

const called = z.looseObject({ function: z.looseObject({ name: z.string() }).optional() });
const body = z.looseObject({
  model: z.string(),
  messages: z.array(
    z.looseObject({
      role: z.string(),
      content: z.unknown(),
      tool_calls: z.array(z.looseObject({ id: z.string() })).optional(),
      tool_call_id: z.string().optional(),
    }),
  ),
  tools: z.array(called).nullish(),
});
type Body = z.infer<typeof body>;
/** A rule that the contract's text does not say: its provider's own words where it is broken. */
type Rule = (body: Body) => string | null;

const has = (value: unknown): boolean => value !== undefined && value !== null;
/** https://developers.openai.com/api/docs/guides/reasoning */
const thinks = (model: string): boolean => /^(o\d|gpt-[5-9](?!.*chat))/.test(model);
const formatOf = (format: unknown): unknown => (isRecord(format) ? format['type'] : null);
const isOther = (value: unknown, usual: number): boolean => has(value) && value !== usual;

const RULES: readonly Rule[] = [
  ({ max_tokens, max_completion_tokens }) =>
    has(max_tokens) && has(max_completion_tokens)
      ? "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
      : null,
  ({ model, max_tokens }) =>
    thinks(model) && has(max_tokens)
      ? "Unsupported parameter: 'max_tokens' is not supported with this model."
      : null,
  (asked) => {
    const { model, temperature, top_p, presence_penalty, frequency_penalty } = asked;
    if (!thinks(model)) return null;
    const isSampled =
      isOther(temperature, 1) ||
      isOther(top_p, 1) ||
      isOther(presence_penalty, 0) ||
      isOther(frequency_penalty, 0);
    if (isSampled) return 'Unsupported value: this model does not sample as it is told.';
    const name = ['stop', 'logprobs', 'logit_bias'].find((field) => has(asked[field]));
    return name === undefined ? null : `Unsupported parameter: '${name}'`;
  },
  // https://github.com/run-llama/llama_index/issues/20865
  ({ model, parallel_tool_calls }) =>
    /^o\d/.test(model) && has(parallel_tool_calls)
      ? "Unsupported parameter: 'parallel_tool_calls' is not supported with this model."
      : null,
  ({ model, reasoning_effort }) =>
    !thinks(model) && has(reasoning_effort)
      ? 'Unrecognized request argument supplied: reasoning_effort'
      : null,
  (asked) => {
    const name = ['tool_choice', 'parallel_tool_calls'].find((field) => has(asked[field]));
    return name !== undefined && !has(asked.tools)
      ? `'${name}' is only allowed when 'tools' are specified.`
      : null;
  },
  ({ stream, stream_options }) =>
    has(stream_options) && stream !== true
      ? "The 'stream_options' parameter is only allowed when 'stream' is enabled."
      : null,
  ({ metadata, store }) =>
    has(metadata) && store !== true
      ? "The 'metadata' parameter is only allowed when 'store' is enabled."
      : null,
  ({ response_format, messages }) =>
    formatOf(response_format) === 'json_object' && !/json/i.test(JSON.stringify(messages))
      ? "'messages' must contain the word 'json' in some form"
      : null,
  ({ tools }) => toolsProblem(tools ?? []),
  ({ messages }) => callsProblem(messages),
];

/** Why OpenAI would refuse this body. None: it takes it. */
export const openaiRefusals = (value: unknown): readonly string[] => {
  const problem = contractProblem('openai-chat', value);
  return problem === null ? broken(RULES, body.parse(value)) : [problem];
};

/**
 * DeepSeek takes what OpenAI takes but for what it has no model for, and its own reasoning back beside calls:
 * https://api-docs.deepseek.com/api/create-chat-completion, https://api-docs.deepseek.com/guides/thinking_mode
 */
export const deepseekRefusals = (value: unknown): readonly string[] => {
  const asked = body.parse(value);
  const messages = asked.messages.map(({ reasoning_content: _reasoning, ...rest }) => rest);
  const { thinking: _thinking, ...rest } = asked;
  const problem = contractProblem('openai-chat', { ...rest, messages });
  return problem === null ? broken(DEEPSEEK_RULES, asked) : [problem];
};

const DEEPSEEK_RULES: readonly Rule[] = [
  // It knows no other name of the limit, and what it does not know it does not keep to.
  ({ max_completion_tokens }) => (has(max_completion_tokens) ? 'max_completion_tokens' : null),
  ({ messages }) =>
    /"type":"(image_url|file|input_audio)"/.test(JSON.stringify(messages))
      ? 'messages: unknown variant, expected `text`'
      : null,
  ({ messages }) =>
    messages.some(({ role }) => role === 'developer')
      ? 'messages: unknown variant `developer`'
      : null,
  ({ response_format }) =>
    formatOf(response_format) === 'json_schema'
      ? 'This response_format type is unavailable now'
      : null,
  ({ tools }) => toolsProblem(tools ?? []),
  ({ messages }) => callsProblem(messages),
];

const broken = (rules: readonly Rule[], asked: Body): readonly string[] =>
  rules.map((rule) => rule(asked)).filter((problem) => problem !== null);

const TOOLS_MAX = 128;

const toolsProblem = (tools: readonly z.infer<typeof called>[]): string | null => {
  const names = tools.flatMap((tool) => tool.function?.name ?? []);
  if (tools.length > TOOLS_MAX) return `Invalid 'tools': array too long`;
  if (new Set(names).size !== names.length) return 'Invalid tools: names must be unique.';
  const wrong = names.find((name) => !/^[a-zA-Z0-9_-]{1,64}$/.test(name));
  return wrong === undefined ? null : `Invalid 'tools': '${wrong}' does not match the pattern.`;
};

const ID_LENGTH_MAX = 40;

const callsProblem = (messages: Body['messages']): string | null => {
  let open = new Set<string>();
  for (const [at, message] of messages.entries()) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id ?? ''))
        return `messages.${at}: 'tool' must be a response to a preceding message with 'tool_calls'`;
      continue;
    }
    if (open.size > 0) return `messages.${at}: 'tool_calls' must be followed by tool messages`;
    const calls = message.tool_calls ?? [];
    if (message.role === 'assistant' && !has(message.content) && !hasCalls(message))
      return `messages.${at}.content: expected a string, got null.`;
    if (calls.some(({ id }) => id.length > ID_LENGTH_MAX))
      return `messages.${at}.tool_calls: 'id' is too long`;
    open = new Set(calls.map(({ id }) => id));
  }
  return open.size > 0 ? "'tool_calls' must be followed by tool messages" : null;
};

const hasCalls = (message: Body['messages'][number]): boolean =>
  [message.tool_calls, message['function_call'], message['refusal'], message['audio']].some(has);
