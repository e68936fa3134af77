import { isRecord } from '../../../lambdas/http/body.ts';
import { sealSummary } from '../../../lambdas/threads/dialects/responses/formats/responses-compaction.ts';
import type { Sample } from './schema-paths.ts';

type Body = Readonly<Record<string, unknown>>;

const HI = { role: 'user', content: 'hi' };
const TOOLS = [
  { type: 'function', name: 'sample', parameters: {}, strict: false },
  { type: 'custom', name: 'words' },
];

/** A sample in a body of Responses that OpenAI would take but for the sample itself, and where the sample stands in it. */
export const framedInput = ({
  value,
  path,
}: Sample): { readonly body: Body; readonly path: string } => {
  const told = isRecord(value) ? value : {};
  const [sample] = Array.isArray(told['input']) ? told['input'] : [];
  if (!path.startsWith('input.') || !isRecord(sample))
    return {
      body: {
        input: path.startsWith('text.format') ? 'hi in JSON' : 'hi',
        ...told,
        ...('tools' in told ? { tools: usualTools(told['tools'], path) } : {}),
        ...(/^(tool_choice|parallel_tool_calls)/.test(path) ? { tools: TOOLS } : {}),
        ...(path.startsWith('stream_options') ? { stream: true } : {}),
      },
      path,
    };
  const item: Body = { ...OPEN[String(sample['type'])], ...sample };
  const { before, after } = aroundItem(item);
  const isSealed = item['type'] === 'compaction' && !path.endsWith('encrypted_content');
  const sealed = isSealed ? { encrypted_content: sealSummary('sample') } : {};
  const tools = 'tools' in item ? { tools: usualTools(item['tools'], path) } : {};
  return {
    body: {
      ...told,
      input: [...before, { ...ofOneSource(item, path), ...tools, ...sealed }, ...after],
    },
    path: path.replace('input.0', `input.${before.length}`),
  };
};

/** What the document leaves open, and a call is told apart by. */
const SEARCHED = { call_id: 'sample', execution: 'client' };
const OPEN: Readonly<Record<string, Body>> = {
  function_call_output: { call_id: 'sample' },
  tool_search_call: SEARCHED,
  tool_search_output: SEARCHED,
};

/** Not strict, and a search that its client makes, unless the sample is of that. */
const usualTools = (tools: unknown, path: string): unknown =>
  Array.isArray(tools)
    ? tools.map((tool: unknown) => {
        if (!isRecord(tool)) return tool;
        if (tool['type'] === 'tool_search') return { execution: 'client', ...tool };
        return 'strict' in tool && !path.endsWith('.strict') ? { ...tool, strict: false } : tool;
      })
    : tools;

interface Around {
  readonly before: readonly object[];
  readonly after: readonly object[];
}

/** What has to stand before and after an item, for a history that is whole. */
const aroundItem = (item: Body): Around => {
  const type = typeof item['type'] === 'string' ? item['type'] : 'message';
  const id = item['call_id'] ?? item['id'];
  if (/^(function|custom_tool|local_shell|shell|apply_patch)_call_output$/.test(type))
    return { before: [HI, callFor(type.replace('_output', ''), id)], after: [] };
  if (type === 'tool_search_output')
    return {
      before: [
        HI,
        { type: 'tool_search_call', call_id: id, execution: 'client', arguments: { a: 1 } },
      ],
      after: [],
    };
  if (/^(function|local_shell|shell|apply_patch)_call$/.test(type))
    return {
      before: [HI],
      after: [{ type: 'function_call_output', call_id: id, output: 'done' }],
    };
  if (type === 'custom_tool_call')
    return {
      before: [HI],
      after: [{ type: 'custom_tool_call_output', call_id: id, output: 'done' }],
    };
  if (type === 'tool_search_call')
    return {
      before: [HI],
      after: [{ type: 'tool_search_output', call_id: id, execution: 'client', tools: [] }],
    };
  if (type === 'reasoning')
    return { before: [HI], after: [{ role: 'assistant', content: 'so' }, HI] };
  return type === 'message' && item['role'] !== 'assistant'
    ? { before: [], after: [HI] }
    : { before: [HI], after: [HI] };
};

const callFor = (type: string, id: unknown): object =>
  type === 'custom_tool_call'
    ? { type, call_id: id, name: 'sample', input: 'sample' }
    : { type: 'function_call', call_id: id, name: 'sample', arguments: '{"a":1}' };

/** A picture or a file has one source: what the sample is of, or bytes. */
const ofOneSource = (item: Body, path: string): Body => {
  const field = ['content', 'output'].find((name) => Array.isArray(item[name])) ?? 'content';
  const parts: unknown = item[field];
  if (!Array.isArray(parts)) return item;
  const plain = parts.map((part: unknown) => {
    if (!isRecord(part)) return part;
    const { file_data: data, ...others } = part;
    if (part['type'] === 'input_file' && !('file_url' in part))
      return { ...others, file_data: data ?? 'data:application/pdf;base64,JVBERi0=' };
    if (part['type'] === 'input_file') return others;
    if (part['type'] === 'input_image') return { image_url: IMAGE, ...part };
    return part;
  });
  return path.endsWith('file_id') ? item : { ...item, [field]: plain };
};

const IMAGE = 'data:image/png;base64,iVBORw0KGgo=';
