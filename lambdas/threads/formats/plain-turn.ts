import * as z from 'zod';
import { isRecord } from '../../http/body.ts';
import { imageTypeOf, plainData } from '../../inference/turn/media-types.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * A turn as clients of Anthropic's and OpenAI's types write it, as our own routes read it: what is null is not said,
 * `system` may be blocks, and content and tools are as `plainContent` and `plainTool` have them.
 */
export const plainTurn = (raw: unknown): unknown => {
  if (!isRecord(raw)) return raw;
  const { content, system, tools, ...rest } = withoutNulls(raw);
  return {
    ...rest,
    ...(content === undefined ? {} : { content: plainContent(content) }),
    ...(system === undefined ? {} : { system: textOfBlocks(system) }),
    ...(tools === undefined ? {} : { tools: Array.isArray(tools) ? tools.map(plainTool) : tools }),
  };
};

/** Fields that are said. */
export const withoutNulls = (fields: Fields): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== null && value !== undefined),
  );

const textBlocks = z.array(z.looseObject({ type: z.literal('text'), text: z.string() }));

/** Blocks of text as one: where a cache may be kept is the wire's own concern. */
const textOfBlocks = (system: unknown): unknown => {
  const { data } = textBlocks.safeParse(system);
  return data === undefined ? system : data.map(({ text }) => text).join('\n\n');
};

/** Blocks without what is null; their media by its registered name, as base64 of one line. */
const plainContent = (content: unknown): unknown =>
  Array.isArray(content) ? content.map(plainBlock) : content;

const plainBlock = (block: unknown): unknown => {
  if (!isRecord(block)) return block;
  const { source, citations, ...rest } = withoutNulls(block);
  return {
    ...rest,
    ...(isOff(citations) ? {} : { citations }),
    ...(source === undefined ? {} : { source: plainSource(source, block['type'] === 'image') }),
  };
};

/** Anthropic's types say so of a document that nobody shall cite. */
const isOff = (citations: unknown): boolean =>
  citations === undefined || (isRecord(citations) && citations['enabled'] === false);

const plainSource = (source: unknown, isImage: boolean): unknown => {
  if (!isRecord(source) || source['type'] !== 'base64') return source;
  const { data: told, media_type: toldType, ...rest } = withoutNulls(source);
  if (typeof told !== 'string') return source;
  const { data, mediaType } = plainData(told, typeof toldType === 'string' ? toldType : '');
  const ownType = isImage ? imageTypeOf(data) : null;
  return { ...rest, media_type: ownType ?? mediaType, data };
};

/** A tool by the names of other APIs: of `type` custom or function, its schema as `parameters`, its words null. */
const plainTool = (tool: unknown): unknown => {
  if (!isRecord(tool)) return tool;
  const { type, function: ofOpenAi, ...own } = withoutNulls(tool);
  const isOther = type !== undefined && type !== 'custom' && type !== 'function';
  const {
    parameters,
    inputSchema,
    cache_control: _mark,
    ...rest
  } = isRecord(ofOpenAi) ? withoutNulls(ofOpenAi) : own;
  const schema = rest['input_schema'] ?? inputSchema ?? parameters;
  return {
    ...rest,
    ...(schema === undefined ? {} : { input_schema: schema }),
    ...(isOther ? { type } : {}),
  };
};
