import { traitsOf } from '../../models/families.ts';
import { closedObjects } from '../../turn/closed-schema.ts';
import { describedSchema } from '../../turn/described-schema.ts';
import { emulated, refused, said, type ControlRules, type Granted } from '../control-rules.ts';
import { claudeThinking } from './claude-thinking.ts';

/** What a turn asks beyond its text, on the messages wire: https://platform.claude.com/docs/en/api/messages */
export const MESSAGES_CONTROLS: ControlRules = {
  toolChoice: (choice, { request: { tools }, names }) => {
    if (tools.length === 0) return said();
    return typeof choice === 'object'
      ? said({ tool_choice: { type: 'tool', name: names.toWire(choice.name) } })
      : said({ tool_choice: { type: CHOICES[choice] } });
  },
  // Only beside a choice that lets it call.
  parallelToolCalls: (isParallel, { request: { tools, controls = {} } }) => {
    if (tools.length === 0) return said();
    if (isParallel || controls.toolChoice === 'none') return said();
    return said({ tool_choice: { type: 'auto', disable_parallel_tool_use: true } });
  },
  topP: (top_p) => said({ top_p }),
  output: (output) => {
    if (output.type !== 'json_schema') return refused('this provider keeps to a schema alone');
    const { schema, isChanged } = closedObjects(output.schema);
    const fields = {
      output_config: { format: { type: output.type, schema: describedSchema(schema, output) } },
    };
    return isChanged ? emulated(fields) : said(fields);
  },
  effort: (effort) => said({ output_config: { effort } }),
  verbosity: (verbosity) => (verbosity === 'medium' ? said() : refused('this model takes none')),
  thinking: (wish, { request }) => claudeThinking(wish, request),
  topK: (top_k, { request: { model } }) =>
    traitsOf(model).temperatureMax === null ? refused('this model takes none') : said({ top_k }),
  stopSequences: (stop_sequences) =>
    stop_sequences.every((words) => words.trim() !== '')
      ? said({ stop_sequences })
      : refused('this provider takes none of white space alone'),
  presencePenalty: penalty,
  frequencyPenalty: penalty,
  seed: () => refused('this provider takes none'),
  endUser: (user_id) => said({ metadata: { user_id } }),
  serviceTier: (tier) => said({ service_tier: tier === 'auto' ? 'auto' : 'standard_only' }),
  cache: (cache_control) => said({ cache_control }),
  choices: () => refused('this provider gives one answer'),
  logprobs: () => refused('this provider tells none'),
};

const CHOICES = { auto: 'auto', none: 'none', required: 'any' } as const;

/** None at all is what every model has. */
function penalty(value: number): Granted {
  return value === 0 ? said() : refused('this provider takes none');
}
