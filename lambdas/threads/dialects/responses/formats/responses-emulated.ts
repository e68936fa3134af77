import { askedEffort } from './asked-effort.ts';
import type { InputItem, InputPart } from './responses-input.ts';
import type { ResponseBody } from './responses-request.ts';
import type { ResponseTool } from './responses-tools.ts';

/**
 * The fields of a body that are taken and do here something else than at OpenAI, or nothing, and an effort that its model has
 * no word for. What else a model at hand is told in another way is known when it is asked, and stands in the audit view of
 * its answer.
 */
export const emulatedFields = (body: ResponseBody): readonly string[] => [
  ...new Set([
    ...(body.prompt_cache_key == null ? [] : ['prompt_cache_key']),
    ...(isOverruled(body) ? ['user'] : []),
    ...(askedEffort(body)?.isExact === false ? ['reasoning.effort'] : []),
    ...reasoningFields(body),
    ...(body.tools ?? []).flatMap((tool) => toolFields(tool, 'tools')),
    ...(body.input ?? []).flatMap(itemFields),
  ]),
];

/** A provider hears one name of a user. */
const isOverruled = ({ user, safety_identifier: identifier }: ResponseBody): boolean =>
  user != null && identifier != null && user !== identifier;

/** Thoughts are shown as they are, and a model is given back those that it accepts. */
const reasoningFields = ({ reasoning }: ResponseBody): readonly string[] => {
  const { summary, context } = reasoning ?? {};
  return [
    ...(summary == null || summary === 'auto' ? [] : ['reasoning.summary']),
    ...(context == null || context === 'auto' ? [] : ['reasoning.context']),
  ];
};

/** A tool is offered from the start, by its own words; what it answers with is not foretold. */
const toolFields = (tool: ResponseTool, path: string): readonly string[] => {
  switch (tool.type) {
    case 'function':
    case 'custom':
      return [
        ...(tool.defer_loading === true ? [`${path}.defer_loading`] : []),
        ...('output_schema' in tool && tool.output_schema != null ? [`${path}.output_schema`] : []),
        ...('format' in tool && tool.format?.type === 'grammar' ? [`${path}.format`] : []),
      ];
    case 'namespace':
      return [
        ...(tool.description ? [`${path}.description`] : []),
        ...tool.tools.flatMap((inner) => toolFields(inner, `${path}.tools`)),
      ];
    case 'tool_search':
      return [];
  }
};

const itemFields = (item: InputItem): readonly string[] => {
  switch (item.type) {
    case 'left_out':
      return [`input.${item.of}`];
    case 'message':
      return [
        ...(item.phase == null ? [] : ['input.phase']),
        ...item.content.flatMap((part) => partFields(part, 'input.content')),
      ];
    case 'function_call_output':
    case 'custom_tool_call_output':
      return item.output.flatMap((part) => partFields(part, 'input.output'));
    case 'additional_tools':
    case 'tool_search_output':
      return item.tools.flatMap((tool) => toolFields(tool, 'input.tools'));
    default:
      return [];
  }
};

/** How closely a picture or a page is looked at. */
const partFields = (part: InputPart, path: string): readonly string[] =>
  'detail' in part && part.detail != null && part.detail !== 'auto' ? [`${path}.detail`] : [];
