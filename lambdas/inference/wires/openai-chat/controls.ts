import { createHash } from 'node:crypto';
import { familyOf, traitsOf } from '../../models/families.ts';
import { routeModel } from '../../models/route-model.ts';
import type { OutputFormat, ThinkingWish, TurnRequest } from '../../turn/turn.ts';
import {
  emulated,
  refused,
  said,
  type ControlRules,
  type Granted,
  type WireObject,
} from '../control-rules.ts';

/** What a turn asks beyond its text, on the chat completions wire: https://platform.openai.com/docs/api-reference/chat/create */
export const CHAT_CONTROLS: ControlRules = {
  toolChoice: (choice, { request: { tools }, names }) => {
    if (tools.length === 0) return said();
    const tool_choice =
      typeof choice === 'string'
        ? choice
        : { type: 'function', function: { name: names.toWire(choice.name) } };
    return said({ tool_choice });
  },
  parallelToolCalls: (parallel_tool_calls, { request: { tools, model } }) =>
    tools.length > 0 && traitsOf(model).choosesParallelCalls
      ? said({ parallel_tool_calls })
      : said(),
  topP: (top_p) => said({ top_p }),
  output: (output) => said({ response_format: formatOf(output) }),
  effort: (effort, { request: { model } }) => said(effortOf(model, effort)),
  verbosity: (verbosity) => said({ verbosity }),
  thinking: (wish, { request }) => thinkingByEffort(wish, request, effortOf),
  topK: (top_k, { request: { model } }) =>
    vendorOf(model) === null ? said({ top_k }) : refused('this provider takes none'),
  // Which of them came is not told.
  stopSequences: (stop, { request: { model } }) => {
    const most = STOPS_MAX[vendorOf(model) ?? 'other'];
    if (isThinker(model)) return refused('this model takes none');
    return stop.length > most ? refused(`this provider takes at most ${most}`) : emulated({ stop });
  },
  presencePenalty: (value, { request: { model } }) => penalty(model, { presence_penalty: value }),
  frequencyPenalty: (value, { request: { model } }) => penalty(model, { frequency_penalty: value }),
  seed: (seed, { request: { model } }) =>
    vendorOf(model) === 'deepseek' ? refused('this provider takes none') : said({ seed }),
  endUser: (user, { request: { model } }) => {
    if (vendorOf(model) !== 'openai') return said({ user });
    return user.length > USER_CHARS_MAX
      ? emulated({ safety_identifier: createHash('sha256').update(user).digest('hex') })
      : said({ safety_identifier: user });
  },
  serviceTier: (service_tier, { request: { model } }) =>
    vendorOf(model) === 'openai' ? said({ service_tier }) : said(),
  // Every provider of this wire keeps what it can by itself, for as long as it does.
  cache: () => emulated(),
  choices: (n, { request: { model } }) =>
    givesOne(model) ? refused('this provider gives one answer') : said({ n }),
  logprobs: (top_logprobs, { request }) =>
    hidesLogprobs(request)
      ? refused('this model tells none while it thinks')
      : said({ logprobs: true, ...(top_logprobs === 0 ? {} : { top_logprobs }) }),
};

/** https://platform.openai.com/docs/api-reference/chat/create, https://api-docs.deepseek.com/api/create-chat-completion */
const STOPS_MAX = { openai: 4, deepseek: 16, other: 16 } as const;
const USER_CHARS_MAX = 64;

/** Whose model it is; null: anybody's server, which takes what its operator made it take. */
const vendorOf = (model: string): 'openai' | 'deepseek' | null => {
  const route = routeModel(model);
  const provider = route === null ? null : familyOf(route.model)?.provider;
  if (provider !== route?.provider) return null;
  return provider === 'openai' || provider === 'deepseek' ? provider : null;
};

/** https://docs.ollama.com/api/openai-compatibility, https://api-docs.deepseek.com/api/create-chat-completion */
const givesOne = (model: string): boolean =>
  vendorOf(model) === 'deepseek' || routeModel(model)?.provider === 'ollama';

/** https://developers.openai.com/api/docs/guides/reasoning, https://api-docs.deepseek.com/guides/thinking_mode */
const hidesLogprobs = ({ model, controls = {} }: TurnRequest): boolean => {
  if (vendorOf(model) !== 'deepseek') return isThinker(model);
  const isOff = controls.effort === 'none' || controls.thinking?.type === 'disabled';
  return traitsOf(model).hasThinkingSwitch ? !isOff : model.includes('reasoner');
};

/** A model of OpenAI's that thinks: it samples as it finds right, and ends where it finds right. */
const isThinker = (model: string): boolean =>
  vendorOf(model) === 'openai' && traitsOf(model).efforts.length > 0;

const penalty = (model: string, fields: WireObject): Granted => {
  if (Object.values(fields).every((value) => value === 0)) return said();
  return isThinker(model) ? refused('this model takes none') : said(fields);
};

/** Where there is a switch, no thinking at all is its word and not an effort. */
const effortOf = (model: string, effort: string): WireObject => {
  if (!traitsOf(model).hasThinkingSwitch) return { reasoning_effort: effort };
  return effort === 'none'
    ? { thinking: { type: 'disabled' } }
    : { thinking: { type: 'enabled' }, reasoning_effort: effort };
};

/** Efforts by the least budget that asks for each. */
const EFFORTS = [
  ['high', 16_384],
  ['medium', 4_096],
  ['low', 0],
] as const;

/** These models are told how hard to think, and not how long: `inWords` of their wire. */
export const thinkingByEffort = (
  wish: ThinkingWish,
  { model, controls = {} }: TurnRequest,
  inWords: (model: string, effort: string) => WireObject,
): Granted => {
  const { efforts } = traitsOf(model);
  const thinks = efforts.length > 0;
  if (wish.type === 'disabled') {
    if (!thinks) return said();
    return efforts.includes('none')
      ? said(inWords(model, 'none'))
      : refused('this model always thinks');
  }
  if (controls.effort !== undefined || wish.type === 'adaptive')
    return thinks ? said() : emulated();
  if (!thinks) return refused('this model cannot be told how much to think');
  const wanted = EFFORTS.filter(([, least]) => wish.budgetTokens >= least).map(([word]) => word);
  const effort = wanted.find((word) => efforts.includes(word)) ?? 'high';
  return emulated(inWords(model, effort));
};

const formatOf = (output: OutputFormat): WireObject => {
  if (output.type === 'json_object') return { type: 'json_object' };
  const { type, ...schema } = output;
  return { type, json_schema: schema };
};
