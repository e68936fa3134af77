import type { TurnRequest } from '../../turn/turn.ts';
import type { ToolNames } from '../history/tool-names.ts';

type WireObject = Readonly<Record<string, unknown>>;

/** What a turn asks beyond its text, on the messages wire: https://platform.claude.com/docs/en/api/messages */
export const messagesControls = (request: TurnRequest, names: ToolNames): WireObject => {
  const { topP, output, effort } = request.controls ?? {};
  const config = {
    ...(effort === undefined ? {} : { effort }),
    ...(output?.type === 'json_schema'
      ? { format: { type: 'json_schema', schema: output.schema } }
      : {}),
  };
  return {
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(Object.keys(config).length === 0 ? {} : { output_config: config }),
    ...toolChoiceOf(request, names),
  };
};

const CHOICES = { auto: 'auto', none: 'none', required: 'any' } as const;

const toolChoiceOf = ({ controls = {}, tools }: TurnRequest, names: ToolNames): WireObject => {
  const { toolChoice, parallelToolCalls } = controls;
  if (tools.length === 0 || (toolChoice === undefined && parallelToolCalls !== false)) return {};
  const choice =
    typeof toolChoice === 'object'
      ? { type: 'tool', name: names.toWire(toolChoice.name) }
      : { type: CHOICES[toolChoice ?? 'auto'] };
  const isSerial = parallelToolCalls === false && choice.type !== 'none';
  return { tool_choice: { ...choice, ...(isSerial ? { disable_parallel_tool_use: true } : {}) } };
};
