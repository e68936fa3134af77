import type { OutputFormat, TurnRequest } from '../../turn/turn.ts';
import type { ToolNames } from '../history/tool-names.ts';

type WireObject = Readonly<Record<string, unknown>>;

/** What a turn asks beyond its text, on the chat completions wire: https://platform.openai.com/docs/api-reference/chat/create */
export const chatControls = (
  { controls = {}, tools }: TurnRequest,
  names: ToolNames,
): WireObject => {
  const { toolChoice, parallelToolCalls, topP, output, effort, verbosity } = controls;
  const hasTools = tools.length > 0;
  return {
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
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
    ...(hasTools && parallelToolCalls !== undefined
      ? { parallel_tool_calls: parallelToolCalls }
      : {}),
  };
};

const formatOf = (output: OutputFormat): WireObject => {
  if (output.type === 'json_object') return { type: 'json_object' };
  const { type, ...schema } = output;
  return { type, json_schema: schema };
};
