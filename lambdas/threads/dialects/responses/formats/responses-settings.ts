import * as z from 'zod';
import * as check from '../../../../inference/models/control-problem.ts';
import { isAlias } from '../../../../inference/routing/route.ts';
import type { Json, TurnControls, TurnTool } from '../../../../inference/turn/turn.ts';
import { AppError } from '../../../../shared/app-error.ts';
import { newestPins } from '../../../domain/dialect-pins.ts';
import { LOOP_DEFAULT, SETTINGS_BYTES_MAX } from '../../../domain/limits.ts';
import type { RunSettings } from '../../../domain/thread.ts';
import {
  conversationOf,
  type Asked,
  type AskedFormat,
  type ResponseBody,
} from './responses-request.ts';
import { askedEffort } from './asked-effort.ts';
import { nameInThread } from './call-kinds.ts';
import { LOGPROBS_ECHO } from './responses-logprobs.ts';
import { declaredTools, offeredTools, placedTools, type PlacedTool } from './responses-tools.ts';

const json: z.ZodType<Json> = z.json();

/** How the run is made. Throws AppError that names what the model cannot do: nothing is dropped without a word. */
export const responseSettings = (body: ResponseBody, feature: string | null): RunSettings => {
  const settings = settingsOf(body, feature);
  if (Buffer.byteLength(JSON.stringify(settings)) <= SETTINGS_BYTES_MAX) return settings;
  throw new AppError({
    code: 'body_too_large',
    publicMessage: `tools and instructions hold at most ${SETTINGS_BYTES_MAX} bytes together`,
    facts: { param: 'tools' },
  });
};

const settingsOf = (body: ResponseBody, feature: string | null): RunSettings => ({
  model: body.model,
  system: body.instructions ?? null,
  maxTokens: body.max_output_tokens ?? null,
  temperature: body.temperature ?? null,
  ...withOwnWishes(askedSettings(body), body),
  toolIds: [],
  loopMax: LOOP_DEFAULT,
  clientCalls: 'end',
  onInterrupt: 'end',
  feature: feature ?? body.metadata?.['feature'] ?? null,
  dialects: newestPins(),
  echo: echoOf(body),
});

/** What only this route asks. A provider tells the users of its caller apart by the newer of the two fields. */
const withOwnWishes = (
  asked: ReturnType<typeof askedSettings>,
  body: ResponseBody,
): ReturnType<typeof askedSettings> => {
  const endUser = body.safety_identifier ?? body.user;
  const controls = {
    ...asked.controls,
    ...(endUser ? { endUser } : {}),
    ...(asksLogprobs(body) ? { logprobs: body.top_logprobs ?? 0 } : {}),
  };
  return { ...asked, controls };
};

/** Who asks for tokens that stood in a word's place asks how likely the words were. */
const asksLogprobs = ({ include, top_logprobs: top }: ResponseBody): boolean =>
  (top ?? 0) > 0 || (include ?? []).includes('message.output_text.logprobs');

export const askedSettings = (
  body: Asked,
): Pick<RunSettings, 'toolsMode' | 'clientTools' | 'controls'> => {
  const placed = toolsOf(body);
  const clientTools = allowedTools(body, offeredTools(placed));
  const controls = controlsOf(body);
  const { model, temperature = null } = body;
  // What a project's own name stands for is known when it is asked.
  const problem = isAlias(model)
    ? null
    : check.controlProblem({ model, temperature, tools: clientTools, controls });
  if (problem !== null) throw refused(problem, placed);
  const wanted = typeof controls.toolChoice === 'object' ? controls.toolChoice.name : null;
  if (wanted !== null && !clientTools.some(({ name }) => name === wanted))
    throw invalid('tool_choice', `${wanted} is none of the tools`);
  return { toolsMode: clientTools.length === 0 ? 'none' : 'client', clientTools, controls };
};

/** A model is not offered what it may not call. Throws AppError (400) for the name of no tool. */
const allowedTools = (
  { tool_choice: choice }: Pick<Asked, 'tool_choice'>,
  offered: readonly TurnTool[],
): readonly TurnTool[] => {
  if (!isAllowedTools(choice)) return offered;
  const allowed = choice.tools.flatMap((one) => {
    const found = offered.filter(({ name }) => isNamed(one, name));
    if (found.length === 0) throw invalid('tool_choice', `${nameOf(one)} is none of the tools`);
    return found;
  });
  return offered.filter((one) => allowed.includes(one));
};

type Named = AllowedTools['tools'][number];

/** A namespace is all of its tools. */
const isNamed = (one: Named, name: string): boolean =>
  one.type === 'namespace' ? name.startsWith(nameInThread(one.name, '')) : name === nameOf(one);

const nameOf = (one: Named): string =>
  one.type === 'namespace'
    ? one.name
    : nameInThread('namespace' in one ? one.namespace : null, one.name);

/** Declared beside the input, declared in it, or found by a search of the client's. */
const toolsOf = ({ tools, input }: Pick<Asked, 'tools' | 'input'>): readonly PlacedTool[] => {
  const placed = [...placedTools(tools ?? [], 'tools')];
  const names = new Set(placed.map(({ tool }) => tool.name));
  for (const [index, item] of (input ?? []).entries()) {
    if (item.type !== 'additional_tools' && item.type !== 'tool_search_output') continue;
    for (const one of placedTools(item.tools, `input.${index}.tools`)) {
      // A search may find again what another one found; the latest one counts.
      if (item.type === 'tool_search_output' && names.has(one.tool.name)) continue;
      placed.push(one);
      names.add(one.tool.name);
    }
  }
  return placed;
};

const controlsOf = (body: Asked): TurnControls => {
  const { tool_choice: choice, top_p: topP, parallel_tool_calls: parallel } = body;
  const { format: wanted, verbosity } = body.text ?? {};
  return {
    ...(choice == null ? {} : { toolChoice: choiceOf(choice) }),
    ...(parallel == null ? {} : { parallelToolCalls: parallel }),
    ...(topP == null ? {} : { topP }),
    ...askedEffort(body)?.controls,
    // What every model does unless it is asked for something else.
    ...(verbosity == null || verbosity === 'medium' ? {} : { verbosity }),
    ...(wanted == null || wanted.type === 'text' ? {} : { output: outputOf(wanted) }),
  };
};

type Choice = NonNullable<Asked['tool_choice']>;
type AllowedTools = Extract<Choice, { readonly type: 'allowed_tools' }>;

const isAllowedTools = (choice: Asked['tool_choice']): choice is AllowedTools =>
  typeof choice === 'object' && choice !== null && choice.type === 'allowed_tools';

const choiceOf = (choice: Choice): NonNullable<TurnControls['toolChoice']> => {
  if (typeof choice === 'string') return choice;
  return isAllowedTools(choice) ? choice.mode : { name: nameOf(choice) };
};

const outputOf = (
  wanted: Exclude<AskedFormat, { readonly type: 'text' }>,
): NonNullable<TurnControls['output']> => {
  if (wanted.type === 'json_object') return { type: wanted.type };
  const { description, strict, ...rest } = wanted;
  return {
    ...rest,
    ...(description === undefined ? {} : { description }),
    ...(strict == null ? {} : { strict }),
  };
};

const FIELDS = {
  temperature: 'temperature',
  topP: 'top_p',
  effort: 'reasoning.effort',
  output: 'text.format',
  verbosity: 'text.verbosity',
} as const;

const refused = (
  { control, reason }: check.ControlProblem,
  placed: readonly PlacedTool[],
): AppError => {
  if (control !== 'strict') return invalid(FIELDS[control], reason);
  const strict = placed.find(({ tool }) => tool.strict === true);
  return invalid(`${strict?.param ?? 'tools'}.strict`, reason);
};

const invalid = (param: string, problem: string): AppError =>
  new AppError({
    code: 'invalid_request',
    publicMessage: `${param}: ${problem}`,
    facts: { param },
  });

/** What a response says back of its run's request. */
export const responsesEcho = ({
  echo,
  system,
  clientTools,
}: RunSettings): Readonly<Record<string, Json>> => ({
  instructions: system,
  tools: clientTools.map(({ name, description, input_schema, strict }) => ({
    type: 'function',
    name,
    description: description === '' ? null : description,
    parameters: input_schema,
    strict: strict ?? false,
  })),
  ...echo,
});

/** Fields that the settings hold nowhere else. */
const echoOf = (body: ResponseBody): Readonly<Record<string, Json>> => {
  const conversation = conversationOf(body);
  const tools = declaredTools(body.tools ?? [], toolsOf(body), isAllowedTools(body.tool_choice));
  const { effort, summary, context } = body.reasoning ?? {};
  return {
    background: body.background ?? false,
    conversation: conversation === null ? null : { id: conversation },
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: body.previous_response_id ?? null,
    prompt_cache_key: body.prompt_cache_key ?? null,
    reasoning: {
      effort: effort ?? null,
      summary: summary ?? null,
      ...(context == null ? {} : { context }),
    },
    safety_identifier: body.safety_identifier ?? null,
    service_tier: 'default',
    store: body.store ?? true,
    temperature: body.temperature ?? null,
    text: {
      format: json.parse(body.text?.format ?? { type: 'text' }),
      verbosity: body.text?.verbosity ?? 'medium',
    },
    tool_choice: body.tool_choice ?? 'auto',
    ...(tools === null ? {} : { tools }),
    top_logprobs: body.top_logprobs ?? 0,
    ...(asksLogprobs(body) ? LOGPROBS_ECHO : {}),
    top_p: body.top_p ?? null,
    truncation: 'auto',
    ...(body.user == null ? {} : { user: body.user }),
  };
};
