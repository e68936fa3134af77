import * as z from 'zod';
import { quickCheck } from '../../../http/quick-check.ts';
import { EFFORTS, effortWish } from '../../models/efforts.ts';
import { outputLimitOf, traitsOf } from '../../models/families.ts';
import { anyJson } from '../../turn/any-json.ts';
import { isClosedSchema } from '../../turn/closed-schema.ts';
import type { Block, ThinkingWish, TurnControls } from '../../turn/turn.ts';
import type { AskedCall, AskedTurn } from '../dialect.ts';
import { fieldRefused } from '../refuse-field.ts';
import { refusedField } from '../refused-field.ts';
import { mark, markOf } from './content.ts';
import { messageParam, systemMessage, systemParam, turnMessage } from './messages.ts';
import {
  choiceControls,
  messagesTool,
  messagesToolChoice,
  refuseForeignTools,
  turnTools,
} from './tools.ts';

const OTHER_MODEL = 'is not served to this model';
const display = z.enum(['summarized', 'omitted']).nullish();
const format = z.strictObject({
  type: z.literal('json_schema'),
  schema: z.record(z.string(), anyJson),
});

/** https://platform.claude.com/docs/en/api/messages, as a model of another family can be asked. */
const messagesBody = z.strictObject({
  model: z.string().min(1).max(256),
  messages: z.array(messageParam).min(1).max(100_000),
  system: systemParam.nullish(),
  max_tokens: z
    .int()
    .min(1, 'this model keeps no cache without an answer')
    .max(10_000_000)
    .nullish(),
  temperature: z.number().min(0).max(1).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  top_k: z.int().min(0).nullish(),
  stop_sequences: z.array(z.string()).nullish(),
  stream: z.boolean().nullish(),
  tools: z.array(messagesTool).max(1_000).nullish(),
  tool_choice: messagesToolChoice.nullish(),
  thinking: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1), display }),
      z.strictObject({ type: z.literal('adaptive'), display }),
      z.strictObject({ type: z.literal('disabled') }),
    ])
    .nullish(),
  output_config: z
    .strictObject({
      effort: z.enum(EFFORTS).nullish(),
      format: format.nullish(),
      task_budget: refusedField(OTHER_MODEL),
    })
    .nullish(),
  output_format: format.nullish(),
  cache_control: mark.nullish(),
  service_tier: z.enum(['auto', 'standard_only']).nullish(),
  metadata: z
    .strictObject({ user_id: z.string().nullish(), feature: z.string().optional() })
    .nullish(),
  speed: z.literal('standard', { error: OTHER_MODEL }).nullish(),
  inference_geo: z.literal('global', { error: OTHER_MODEL }).nullish(),
  mcp_servers: z.array(z.never({ error: OTHER_MODEL })).nullish(),
  billing_policy: refusedField(OTHER_MODEL),
  compaction: refusedField(OTHER_MODEL),
  container: refusedField(OTHER_MODEL),
  context_management: refusedField(OTHER_MODEL),
  diagnostics: refusedField(OTHER_MODEL),
  fallback_credit_token: refusedField(OTHER_MODEL),
  fallbacks: refusedField(OTHER_MODEL),
  thread: refusedField(OTHER_MODEL),
  user_profile_id: refusedField(OTHER_MODEL),
  workspace_id: refusedField(OTHER_MODEL),
});
type MessagesBody = z.infer<typeof messagesBody>;
const checkMessagesBody = quickCheck(messagesBody);

/** A body of the messages dialect. */
export const readMessagesTurn = ({ body }: Pick<AskedCall, 'body'>): AskedTurn => {
  refuseForeignTools(body['tools']);
  const asked = checkMessagesBody(body);
  const { model, system } = asked;
  const notes = new Set<string>();
  const note = (field: string) => void notes.add(field);
  const files = new Map<Block, string>();
  const tools = turnTools(asked.tools ?? [], note);
  const choice = choiceControls(asked.tool_choice ?? null, tools);
  const before = system == null || system.length === 0 ? [] : [systemMessage(system)];
  const messages = asked.messages.map((one, index) =>
    turnMessage(one, index, model, { note, files }),
  );
  return {
    request: {
      model,
      system: null,
      messages: [...before, ...messages],
      tools,
      maxTokens: limitOf(asked, note),
      temperature: unlessUsual(asked),
      controls: { ...choice, ...controlsOf(asked, choice, note) },
    },
    isStream: asked.stream ?? false,
    emulated: [...notes],
    ...(asked.output_format == null ? {} : { names: { output: 'output_format' } }),
    placeOf: (index) =>
      index < before.length ? 'system' : `messages.${index - before.length}.content`,
    files,
    style: {
      wantsUsage: true,
      hidesThoughts: thinkingDisplay(asked) === 'omitted',
      textTools: new Set(),
    },
  };
};

/** This dialect must name a limit, so its clients name one that no other model has: it is the model's own then. */
const limitOf = ({ model, max_tokens: limit }: MessagesBody, note: (field: string) => void) => {
  const most = outputLimitOf(model);
  if (limit == null || most === null || limit <= most) return limit ?? null;
  note('max_tokens');
  return most;
};

const unlessUsual = ({ temperature, model }: MessagesBody): number | null =>
  temperature == null || (temperature === 1 && traitsOf(model).temperatureMax === null)
    ? null
    : temperature;

const thinkingDisplay = ({ thinking }: MessagesBody): string | null =>
  thinking == null || thinking.type === 'disabled' ? null : (thinking.display ?? null);

const controlsOf = (
  asked: MessagesBody,
  { toolChoice }: Pick<TurnControls, 'toolChoice'>,
  note: (field: string) => void,
): TurnControls => {
  const { top_p: topP, top_k: topK, stop_sequences: stops, service_tier: tier } = asked;
  const isForced = toolChoice === 'required' || typeof toolChoice === 'object';
  const user = asked.metadata?.user_id;
  const output = asked.output_config?.format ?? asked.output_format;
  if (output != null && !isClosedSchema(output.schema))
    note(asked.output_format == null ? 'output_config.format' : 'output_format');
  return {
    ...(topP == null || topP === 1 ? {} : { topP }),
    ...(topK == null ? {} : { topK }),
    ...(stops == null || stops.length === 0 ? {} : { stopSequences: stops }),
    ...(user == null ? {} : { endUser: user }),
    ...(tier == null ? {} : { serviceTier: tier === 'auto' ? 'auto' : 'default' }),
    ...(asked.cache_control == null ? {} : { cache: { type: 'ephemeral' }, ...cacheOf(asked) }),
    ...(output == null
      ? {}
      : {
          output: {
            type: output.type,
            name: 'answer',
            schema: output.schema,
            strict: isClosedSchema(output.schema),
          },
        }),
    ...thinkingOf(asked),
    ...effortOf(asked, isForced, note),
  };
};

const cacheOf = ({ cache_control }: MessagesBody): Pick<TurnControls, 'cache'> => {
  const { cache_control: cache } = markOf({ cache_control });
  return cache === undefined ? {} : { cache };
};

const thinkingOf = ({ thinking }: MessagesBody): { thinking?: ThinkingWish } => {
  if (thinking == null) return {};
  return thinking.type === 'enabled'
    ? { thinking: { type: thinking.type, budgetTokens: thinking.budget_tokens } }
    : { thinking: { type: thinking.type } };
};

/** Whether to think is said beside it here. */
const effortOf = (
  { model, output_config: config, thinking }: MessagesBody,
  isForced: boolean,
  note: (field: string) => void,
): TurnControls => {
  if (config?.effort == null) return {};
  const wish = effortWish(model, config.effort, !isForced);
  if (wish === null) throw fieldRefused('output_config.effort', 'this model takes none');
  if (!wish.isExact) note('output_config.effort');
  const { effort, thinking: thought } = wish.controls;
  return {
    ...(effort === undefined ? {} : { effort }),
    ...(thinking == null && thought?.type === 'adaptive' ? { thinking: thought } : {}),
  };
};
