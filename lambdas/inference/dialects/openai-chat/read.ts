import * as z from 'zod';
import { quickCheck } from '../../../http/quick-check.ts';
import { EFFORTS, effortWish } from '../../models/efforts.ts';
import { traitsOf } from '../../models/families.ts';
import { refusedField } from '../refused-field.ts';
import { anyJson } from '../../turn/any-json.ts';
import type { Block, OutputFormat, TurnControls } from '../../turn/turn.ts';
import type { AskedCall, AskedTurn } from '../dialect.ts';
import { fieldRefused } from '../refuse-field.ts';
import { chatMessage, turnMessage } from './messages.ts';
import { chatTool, chatToolChoice, chatTools } from './tools.ts';

const limit = z.int().min(1).max(10_000_000).nullish();
const penalty = z.number().min(-2).max(2).nullish();
const OTHER_MODEL = 'is not served to this model';

/** https://platform.openai.com/docs/api-reference/chat/create, as a model of another family can be asked. */
const chatBody = z.strictObject({
  model: z.string().min(1).max(256),
  messages: z.array(chatMessage).min(1).max(10_000),
  max_tokens: limit,
  max_completion_tokens: limit,
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(1).nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(64)]).nullish(),
  presence_penalty: penalty,
  frequency_penalty: penalty,
  seed: z.int().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish(),
      include_obfuscation: z.literal(false, { error: OTHER_MODEL }).nullish(),
    })
    .nullish(),
  tools: z.array(chatTool).max(1_000).nullish(),
  tool_choice: chatToolChoice.nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('text') }),
      z.strictObject({ type: z.literal('json_object') }),
      z.strictObject({
        type: z.literal('json_schema'),
        json_schema: z.strictObject({
          name: z.string(),
          description: z.string().nullish(),
          schema: z.record(z.string(), anyJson).nullish(),
          strict: z.boolean().nullish(),
        }),
      }),
    ])
    .nullish(),
  reasoning_effort: z.enum(EFFORTS).nullish(),
  verbosity: z.enum(['low', 'medium', 'high']).nullish(),
  modalities: z.array(z.literal('text', { error: 'this model answers in text' })).nullish(),
  n: z.int().min(1).max(128).nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  logit_bias: z
    .record(z.string(), z.never({ error: 'its tokens are not those of this model' }))
    .nullish(),
  store: z.literal(false, { error: OTHER_MODEL }).nullish(),
  service_tier: z.enum(['auto', 'default']).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  prompt_cache_key: z.string().nullish(),
  prompt_cache_retention: z.literal('in_memory', { error: OTHER_MODEL }).nullish(),
  prompt_cache_options: refusedField(OTHER_MODEL),
  metadata: z
    .strictObject(
      { feature: z.string().optional() },
      { error: 'is kept with stored answers alone' },
    )
    .nullish(),
  audio: refusedField('this model answers in text'),
  prediction: refusedField(OTHER_MODEL),
  moderation: refusedField(OTHER_MODEL),
  web_search_options: refusedField('this model does not search'),
  functions: refusedField('is not served to this model: send tools'),
  function_call: refusedField('is not served to this model: send tool_choice'),
});
type ChatBody = z.infer<typeof chatBody>;
const checkChatBody = quickCheck(chatBody);

/** A body of the chat completions dialect. */
export const readChatTurn = ({ body }: Pick<AskedCall, 'body'>): AskedTurn => {
  const asked = checkChatBody(body);
  const { model } = asked;
  const notes = new Set<string>();
  const note = (field: string) => void notes.add(field);
  const files = new Map<Block, string>();
  const { tools, toolChoice, textTools } = chatTools(
    asked.tools ?? [],
    asked.tool_choice ?? null,
    note,
  );
  const controls: TurnControls = { ...toolChoice, ...controlsOf(asked, toolChoice, note) };
  return {
    request: {
      model,
      system: null,
      messages: asked.messages.map((message, at) =>
        turnMessage(message, model, { path: `messages.${at}`, note, files }),
      ),
      tools,
      maxTokens: limitOf(asked),
      temperature: unlessUsual(asked.temperature, model),
      controls,
    },
    isStream: asked.stream ?? false,
    emulated: [...notes],
    placeOf: (index) => `messages.${index}.content`,
    files,
    style: {
      wantsUsage: asked.stream_options?.include_usage ?? false,
      hidesThoughts: false,
      textTools,
    },
  };
};

/** Two are refused by the dialect's own provider too. */
const limitOf = ({ max_tokens: old, max_completion_tokens: limit_ }: ChatBody): number | null => {
  if (old != null && limit_ != null && old !== limit_)
    throw fieldRefused('max_tokens', 'stands beside max_completion_tokens, which says otherwise');
  return limit_ ?? old ?? null;
};

/** What every model does by itself may be asked of a model that takes no such wish. */
const unlessUsual = (value: number | null | undefined, model: string): number | null =>
  value == null || (value === 1 && traitsOf(model).temperatureMax === null) ? null : value;

const controlsOf = (
  asked: ChatBody,
  { toolChoice }: Pick<TurnControls, 'toolChoice'>,
  note: (field: string) => void,
): TurnControls => {
  const { stop, user, safety_identifier: identifier, response_format: format } = asked;
  const stops = typeof stop === 'string' ? [stop] : (stop ?? []);
  const endUser = identifier ?? user;
  if (identifier != null && user != null && identifier !== user) note('user');
  const isForced = toolChoice === 'required' || typeof toolChoice === 'object';
  const topP = asked.top_p === 1 ? null : asked.top_p;
  const { logprobs, top_logprobs: top } = asked;
  if (top && logprobs !== true)
    throw fieldRefused('top_logprobs', 'is told where logprobs is true alone');
  if (asked.prompt_cache_key != null) note('prompt_cache_key');
  return {
    ...(topP == null ? {} : { topP }),
    ...(asked.top_k == null ? {} : { topK: asked.top_k }),
    ...(stops.length === 0 ? {} : { stopSequences: stops }),
    ...(asked.presence_penalty ? { presencePenalty: asked.presence_penalty } : {}),
    ...(asked.frequency_penalty ? { frequencyPenalty: asked.frequency_penalty } : {}),
    ...(asked.seed == null ? {} : { seed: asked.seed }),
    ...(asked.n == null || asked.n === 1 ? {} : { choices: asked.n }),
    ...(logprobs === true ? { logprobs: top ?? 0 } : {}),
    ...(asked.parallel_tool_calls == null ? {} : { parallelToolCalls: asked.parallel_tool_calls }),
    ...(asked.verbosity == null || asked.verbosity === 'medium'
      ? {}
      : { verbosity: asked.verbosity }),
    ...(asked.service_tier == null ? {} : { serviceTier: asked.service_tier }),
    ...(endUser == null ? {} : { endUser }),
    ...(asked.prompt_cache_key == null ? {} : { cache: { type: 'ephemeral' } }),
    ...(format == null || format.type === 'text' ? {} : { output: outputOf(format) }),
    ...effortOf(asked, isForced, note),
  };
};

const effortOf = (
  { model, reasoning_effort: effort }: ChatBody,
  isForced: boolean,
  note: (field: string) => void,
): TurnControls => {
  if (effort == null) return {};
  const wish = effortWish(model, effort, !isForced);
  if (wish === null) throw fieldRefused('reasoning_effort', 'this model takes none');
  if (!wish.isExact) note('reasoning_effort');
  return wish.controls;
};

type Format = Exclude<NonNullable<ChatBody['response_format']>, { readonly type: 'text' }>;

const outputOf = (format: Format): OutputFormat => {
  if (format.type === 'json_object') return { type: format.type };
  const { name, description, schema, strict } = format.json_schema;
  return {
    type: format.type,
    name,
    schema: schema ?? { type: 'object' },
    ...(description == null ? {} : { description }),
    ...(strict == null ? {} : { strict }),
  };
};
