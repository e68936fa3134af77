import * as z from 'zod';
import { anyJson } from '../../turn/any-json.ts';
import { grammarWords, TEXT_SCHEMA } from '../../turn/text-tools.ts';
import type { TurnControls, TurnTool } from '../../turn/turn.ts';
import { fieldRefused } from '../refuse-field.ts';

const name = z.string().min(1).max(128);
const schema = z.record(z.string(), anyJson);
const functionTool = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({
    name,
    description: z.string().nullish(),
    parameters: schema.nullish(),
    strict: z.boolean().nullish(),
  }),
});
const customTool = z.strictObject({
  type: z.literal('custom'),
  custom: z.strictObject({
    name,
    description: z.string().nullish(),
    format: z
      .discriminatedUnion('type', [
        z.strictObject({ type: z.literal('text') }),
        z.strictObject({
          type: z.literal('grammar'),
          grammar: z.strictObject({ syntax: z.enum(['lark', 'regex']), definition: z.string() }),
        }),
      ])
      .nullish(),
  }),
});
export const chatTool = z.discriminatedUnion('type', [functionTool, customTool], {
  error: 'this model is offered function and custom tools alone',
});
type ChatTool = z.infer<typeof chatTool>;

const namedFunction = z.strictObject({
  type: z.literal('function'),
  function: z.strictObject({ name }),
});
const namedCustom = z.strictObject({
  type: z.literal('custom'),
  custom: z.strictObject({ name }),
});
type NamedTool = z.infer<typeof namedFunction | typeof namedCustom>;
const allowed = z.strictObject({
  type: z.literal('allowed_tools'),
  allowed_tools: z.strictObject({
    mode: z.enum(['auto', 'required']),
    tools: z.array(z.discriminatedUnion('type', [namedFunction, namedCustom])).min(1),
  }),
});
export const chatToolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.discriminatedUnion('type', [namedFunction, namedCustom, allowed]),
]);
type Choice = z.infer<typeof chatToolChoice>;

export interface ChatTools {
  readonly tools: readonly TurnTool[];
  readonly toolChoice: Pick<TurnControls, 'toolChoice'>;
  readonly textTools: ReadonlySet<string>;
}

/** What a model is offered. Throws AppError (400) for a choice of what is not. */
export const chatTools = (
  asked: readonly ChatTool[],
  choice: Choice | null,
  note: (field: string) => void,
): ChatTools => {
  const all = asked.map(turnTool);
  const textTools = new Set(all.flatMap((one) => (one.form === 'custom' ? [one.name] : [])));
  if (textTools.size > 0) note('tools.custom');
  const twice = all.findIndex(({ name: called }, at) =>
    all.slice(0, at).some((other) => other.name === called),
  );
  if (twice !== -1)
    throw fieldRefused(`tools.${twice}.function.name`, 'there are two of this name');
  if (choice === null) return { tools: all, toolChoice: {}, textTools };
  const mode = typeof choice === 'string' ? choice : null;
  if (mode !== null) {
    if (mode === 'required' && all.length === 0)
      throw fieldRefused('tool_choice', 'there are no tools to choose from');
    return { tools: all, toolChoice: { toolChoice: mode }, textTools };
  }
  const names = all.map((one) => one.name);
  if (typeof choice === 'object' && choice.type === 'allowed_tools') {
    const wanted = choice.allowed_tools.tools.map((one) => known(names, one));
    const tools = all.filter((one) => wanted.includes(one.name));
    return { tools, toolChoice: { toolChoice: choice.allowed_tools.mode }, textTools };
  }
  if (typeof choice === 'string') return { tools: all, toolChoice: {}, textTools };
  return { tools: all, toolChoice: { toolChoice: { name: known(names, choice) } }, textTools };
};

const known = (names: readonly string[], tool: NamedTool): string => {
  const called = tool.type === 'function' ? tool.function.name : tool.custom.name;
  if (names.includes(called)) return called;
  throw fieldRefused('tool_choice', `${called} is none of the tools`);
};

const turnTool = (tool: ChatTool): TurnTool => {
  if (tool.type === 'function') {
    const { name: called, description, parameters, strict } = tool.function;
    return {
      name: called,
      description: description ?? '',
      input_schema: parameters ?? {},
      ...(strict === true ? { strict } : {}),
    };
  }
  const { name: called, description, format } = tool.custom;
  const words = format?.type === 'grammar' ? [grammarWords(format.grammar)] : [];
  return {
    name: called,
    description:
      words.length === 0 ? (description ?? '') : [description ?? '', ...words].join('\n\n').trim(),
    input_schema: TEXT_SCHEMA,
    form: 'custom',
  };
};
