import { kinOf, traitsOf } from '../../models/families.ts';
import { closedObjects } from '../../turn/closed-schema.ts';
import { describedSchema } from '../../turn/described-schema.ts';
import type { OutputFormat, ThinkingWish, TurnRequest } from '../../turn/turn.ts';
import { claudeThinking } from '../anthropic-messages/claude-thinking.ts';
import {
  emulated,
  refused,
  said,
  type ControlRules,
  type Granted,
  type WireObject,
} from '../control-rules.ts';
import { thinkingByEffort } from '../openai-chat/controls.ts';

/** What a turn asks beyond its text: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStream.html */
export const CONVERSE_CONTROLS: ControlRules = {
  toolChoice: (choice, { request: { tools }, names }) => {
    if (tools.length === 0) return said();
    if (choice === 'none') return refused('this provider has no such choice: send no tools');
    if (typeof choice === 'object')
      return said({ toolConfig: { toolChoice: { tool: { name: names.toWire(choice.name) } } } });
    return said({ toolConfig: { toolChoice: choice === 'auto' ? { auto: {} } : { any: {} } } });
  },
  parallelToolCalls: (isParallel, { request: { tools } }) =>
    isParallel || tools.length === 0
      ? said()
      : refused('this provider cannot be kept from calling several at once'),
  topP: (topP, { request: { model, temperature } }) =>
    temperature !== null && traitsOf(model).takesOneSampler
      ? refused('this model takes a temperature or this, not both')
      : said(inference({ topP })),
  output: (output) =>
    output.type === 'json_schema'
      ? inSchema(output)
      : refused('this provider keeps to a schema alone'),
  effort: (effort, { request: { model } }) => {
    if (!isGpt(model)) return said({ outputConfig: { effort } });
    return effort === 'minimal' ? emulated(effortOf(model, 'low')) : said(effortOf(model, effort));
  },
  verbosity: (verbosity) => (verbosity === 'medium' ? said() : refused('this model takes none')),
  thinking: (wish, { request }) => thinkingOf(wish, request),
  topK: (top_k, { request: { model } }) =>
    isClaude(model) && traitsOf(model).temperatureMax !== null
      ? said(more({ top_k }))
      : refused('this model takes none'),
  stopSequences: (stopSequences) =>
    stopSequences.length > STOPS_MAX
      ? refused(`this provider takes at most ${STOPS_MAX}`)
      : said(inference({ stopSequences })),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
  seed: () => refused('this provider takes none'),
  // It has no place for one that its models would be told.
  endUser: () => emulated(),
  serviceTier: () => said(),
  // Nothing is kept unless a mark says where: what is sent is read again.
  cache: () => emulated(),
  choices: () => refused('this provider gives one answer'),
  logprobs: () => refused('this provider tells none'),
};

const STOPS_MAX = 4;
const inference = (fields: WireObject): WireObject => ({ inferenceConfig: fields });
const more = (fields: WireObject): WireObject => ({ additionalModelRequestFields: fields });
const isClaude = (model: string): boolean => kinOf(model)?.provider === 'anthropic';
const isGpt = (model: string): boolean => kinOf(model)?.provider === 'openai';
/** They are told in the words of the Responses wire: https://github.com/BerriAI/litellm/pull/38279 */
const effortOf = (_model: string, effort: string): WireObject => more({ reasoning: { effort } });

/** https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html: objects are closed. */
const inSchema = (output: Extract<OutputFormat, { type: 'json_schema' }>): Granted => {
  const { name, schema: wished } = output;
  const { schema, isChanged } = closedObjects(wished);
  const described = describedSchema(schema, output);
  const structure = { jsonSchema: { name, schema: JSON.stringify(described) } };
  const fields = { outputConfig: { textFormat: { type: 'json_schema', structure } } };
  return isChanged ? emulated(fields) : said(fields);
};

/** None at all is what every model has. */
function penalty(value: number): Granted {
  return value === 0 ? said() : refused('this provider takes none');
}

/** https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html */
const thinkingOf = (wish: ThinkingWish, request: TurnRequest): Granted => {
  const { model } = request;
  if (isGpt(model)) return thinkingByEffort(wish, request, effortOf);
  const isOtherwise = wish.type === 'enabled' && traitsOf(model).thinking === 'adaptive';
  const granted = claudeThinking(isOtherwise ? { type: 'adaptive' } : wish, request);
  if (granted.kind === 'refused' || Object.keys(granted.fields).length === 0) return granted;
  const fields = more(granted.fields);
  return isOtherwise ? emulated(fields) : { ...granted, fields };
};
