import { traitsOf } from './families.ts';
import type { TurnRequest } from '../turn/turn.ts';

/** A wish that a model's provider would refuse, by its name in `TurnRequest`. */
export interface ControlProblem {
  readonly control: 'temperature' | 'topP' | 'effort' | 'output' | 'verbosity' | 'strict';
  readonly reason: string;
}

/** The first wish that this model cannot grant; null: it accepts them all. */
export const controlProblem = ({
  model,
  temperature,
  tools,
  controls = {},
}: Pick<TurnRequest, 'model' | 'temperature' | 'tools' | 'controls'>): ControlProblem | null => {
  const { temperatureMax, takesOneSampler, takesVerbosity, efforts, outputs } = traitsOf(model);
  const { topP, effort, output, verbosity } = controls;
  if (temperature !== null && temperatureMax === null)
    return { control: 'temperature', reason: 'this model takes none' };
  if (temperature !== null && temperatureMax !== null && temperature > temperatureMax)
    return { control: 'temperature', reason: `this model takes at most ${temperatureMax}` };
  if (topP !== undefined && temperatureMax === null)
    return { control: 'topP', reason: 'this model takes none' };
  if (topP !== undefined && temperature !== null && takesOneSampler)
    return { control: 'topP', reason: 'this model takes a temperature or this, not both' };
  if (effort !== undefined && !efforts.includes(effort))
    return {
      control: 'effort',
      reason:
        efforts.length === 0 ? 'this model takes none' : `this model takes ${efforts.join(', ')}`,
    };
  if (
    output !== undefined &&
    !outputs.includes(output.type === 'json_schema' ? 'schema' : 'object')
  )
    return { control: 'output', reason: `this model has no ${output.type}` };
  if (verbosity !== undefined && !takesVerbosity)
    return { control: 'verbosity', reason: 'this model takes none' };
  if (tools.some(({ strict }) => strict === true) && !outputs.includes('schema'))
    return { control: 'strict', reason: 'this model cannot promise to keep to a schema' };
  return null;
};
