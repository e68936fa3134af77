import * as z from 'zod';
import { isRecord } from '../../../http/body.ts';
import { anyJson } from '../../turn/any-json.ts';
import { isClosedSchema } from '../../turn/closed-schema.ts';
import type { TurnControls, TurnTool } from '../../turn/turn.ts';
import { fieldRefused } from '../refuse-field.ts';
import { mark } from './content.ts';

const name = z.string().min(1).max(128);
export const messagesTool = z.strictObject({
  type: z.literal('custom').nullish(),
  name,
  description: z.string().nullish(),
  input_schema: z.record(z.string(), anyJson),
  strict: z.boolean().nullish(),
  cache_control: mark.nullish(),
  allowed_callers: z
    .array(z.literal('direct', { error: 'no program calls tools of this model' }))
    .nullish(),
  defer_loading: z.literal(false, { error: 'this model is offered its tools at once' }).nullish(),
  eager_input_streaming: z.boolean().nullish(),
  input_examples: z.array(z.record(z.string(), anyJson)).nullish(),
});
type MessagesTool = z.infer<typeof messagesTool>;

/** Throws AppError (400) for a tool that its own provider knows by its type. */
export const refuseForeignTools = (tools: unknown): void => {
  for (const [index, tool] of (Array.isArray(tools) ? tools : []).entries())
    if (isRecord(tool) && tool['type'] != null && tool['type'] !== 'custom')
      throw fieldRefused(
        `tools.${index}.type`,
        'is a tool of another provider, which this model is not offered',
      );
};

const serial = { disable_parallel_tool_use: z.boolean().nullish() };
export const messagesToolChoice = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('auto'), ...serial }),
  z.strictObject({ type: z.literal('any'), ...serial }),
  z.strictObject({ type: z.literal('tool'), name, ...serial }),
  z.strictObject({ type: z.literal('none') }),
]);
type Choice = z.infer<typeof messagesToolChoice>;

export const turnTools = (
  tools: readonly MessagesTool[],
  note: (field: string) => void,
): readonly TurnTool[] => {
  for (const [index, { name: called }] of tools.entries())
    if (tools.slice(0, index).some((other) => other.name === called))
      throw fieldRefused(`tools.${index}.name`, 'there are two of this name');
  return tools.map((tool) => turnTool(tool, note));
};

const turnTool = (tool: MessagesTool, note: (field: string) => void): TurnTool => {
  const { name: called, description, input_schema, strict, input_examples: examples } = tool;
  const words = examples == null || examples.length === 0 ? [] : [examplesIn(examples)];
  if (words.length > 0) note('tools.input_examples');
  if (tool.cache_control != null) note('tools.cache_control');
  // A schema that leaves members open is kept to as well as the model can.
  const isKept = strict === true && isClosedSchema(input_schema);
  if (strict === true && !isKept) note('tools.strict');
  return {
    name: called,
    description:
      words.length === 0 ? (description ?? '') : [description ?? '', ...words].join('\n\n').trim(),
    input_schema,
    ...(isKept ? { strict: true } : {}),
  };
};

const examplesIn = (examples: readonly unknown[]): string =>
  `Examples of its input:\n${examples.map((example) => JSON.stringify(example)).join('\n')}`;

const CHOICES = { auto: 'auto', any: 'required', none: 'none' } as const;

/** Throws AppError (400) for a choice of what is not offered. */
export const choiceControls = (
  choice: Choice | null,
  tools: readonly TurnTool[],
): Pick<TurnControls, 'toolChoice' | 'parallelToolCalls'> => {
  if (choice === null) return {};
  if (choice.type === 'any' && tools.length === 0)
    throw fieldRefused('tool_choice', 'there are no tools to choose from');
  if (choice.type === 'tool' && !tools.some((tool) => tool.name === choice.name))
    throw fieldRefused('tool_choice.name', `${choice.name} is none of the tools`);
  const isSerial = choice.type !== 'none' && choice.disable_parallel_tool_use === true;
  return {
    toolChoice: choice.type === 'tool' ? { name: choice.name } : CHOICES[choice.type],
    ...(isSerial ? { parallelToolCalls: false } : {}),
  };
};
