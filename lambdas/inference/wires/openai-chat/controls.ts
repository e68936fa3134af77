import { traitsOf } from '../../models/families.ts';
import type { OutputFormat, TurnRequest } from '../../turn/turn.ts';
import type { ToolNames } from '../history/tool-names.ts';

type WireObject = Readonly<Record<string, unknown>>;

/** What a turn asks beyond its text, on the chat completions wire: https://platform.openai.com/docs/api-reference/chat/create */
export const chatControls = (
  { model, controls = {}, tools }: TurnRequest,
  names: ToolNames,
): WireObject => {
  const { toolChoice, parallelToolCalls, topP, output, effort, verbosity } = controls;
  const hasTools = tools.length > 0;
  return {
    ...(topP === undefined ? {} : { top_p: topP }),
    ...effortOf(model, effort),
    ...(verbosity === undefined ? {} : { verbosity }),
    ...(output === undefined ? {} : { response_format: formatOf(output) }),
    ...(hasTools && toolChoice !== undefined
      ? {
          tool_choice:
            typeof toolChoice === 'string'
              ? toolChoice
              : { type: 'function', function: { name: names.toWire(toolChoice.name) } },
        }
      : {}),
    ...(hasTools && parallelToolCalls !== undefined && traitsOf(model).choosesParallelCalls
      ? { parallel_tool_calls: parallelToolCalls }
      : {}),
  };
};

/** Where there is a switch, no thinking at all is its word and not an effort. */
const effortOf = (model: string, effort: string | undefined): WireObject => {
  if (effort === undefined) return {};
  if (!traitsOf(model).hasThinkingSwitch) return { reasoning_effort: effort };
  return effort === 'none'
    ? { thinking: { type: 'disabled' } }
    : { thinking: { type: 'enabled' }, reasoning_effort: effort };
};

const formatOf = (output: OutputFormat): WireObject => {
  if (output.type === 'json_object') return { type: 'json_object' };
  const { type, ...schema } = output;
  return { type, json_schema: schema };
};
