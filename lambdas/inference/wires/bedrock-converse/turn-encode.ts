import { isRecord } from '../../../http/body.ts';
import { traitsOf } from '../../models/families.ts';
import { offeredSchema } from '../../turn/tool-schema.ts';
import type { Block, Omission, TextBlock, ToolResultBlock, TurnRequest } from '../../turn/turn.ts';
import { grantControls } from '../control-rules.ts';
import type { BlockAt, HistoryTurn, Media, WireRules } from '../history/history.ts';
import { isThought } from '../history/clean-message.ts';
import { mediaProblem, unreadReason } from '../history/media-source.ts';
import { mendHistory } from '../history/mend-history.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';
import type { EncodedBody } from '../wire.ts';
import { CONVERSE_CONTROLS } from './controls.ts';

type WireObject = Readonly<Record<string, unknown>>;

const ID_LENGTH_MAX = 64;

/** The body for ConverseStream. Rules: https://docs.aws.amazon.com/bedrock/latest/userguide/conversation-inference-call.html */
export const encodeConverse = (request: TurnRequest): EncodedBody => {
  const history = mendHistory(rulesFor(request.model), request.messages);
  const names = toolNames(request);
  const omissions = [...history.omissions];
  const omit = (omission: Omission) => void omissions.push(omission);
  const controls = grantControls(CONVERSE_CONTROLS, { request, names });
  const { toolConfig, inferenceConfig, ...fields } = controls.fields;
  const tools = toolsOf(request, names, history.turns, omit);
  return {
    body: {
      ...systemOf(request.system, history.system),
      messages: history.turns.map((turn) => messageOf(turn, names)),
      ...(tools.length === 0
        ? {}
        : { toolConfig: { tools, ...(isRecord(toolConfig) ? toolConfig : {}) } }),
      ...inferenceOf(request, inferenceConfig, omit),
      ...fields,
    },
    omissions,
    emulated: [
      ...controls.emulated,
      ...(hasMarks(request) ? (['cacheMarks'] as const) : []),
      ...(hasTitles(request) ? (['documentTitles'] as const) : []),
    ],
    refused: controls.refused,
  };
};

const hasMarks = ({ messages }: TurnRequest): boolean =>
  messages.some(({ content }) =>
    content.some((block) => 'cache_control' in block && block.cache_control !== undefined),
  );

const hasTitles = ({ messages }: TurnRequest): boolean =>
  messages.some(({ content }) =>
    content.some((block) => block.type === 'document' && block.title !== undefined),
  );

const rulesFor = (model: string): WireRules => ({
  idLengthMax: ID_LENGTH_MAX,
  thoughtProblem: (thought, writer) => {
    if (writer !== model) return 'another model thought it';
    return thought.type === 'redacted_thinking' || thought.signature ? null : 'it has no signature';
  },
  mediaProblem: (media) => sourceProblem(model, media) ?? mediaProblem(media),
  allowsLateSystem: false,
  startsWithUser: true,
  acceptsPrefill: false,
});

const sourceProblem = (model: string, { type, source }: Media): string | null => {
  if (source.type === 'url') return unreadReason(source);
  const isFile = type === 'document' && source.type === 'base64';
  return isFile && !traitsOf(model).readsDocuments ? 'the model reads no files' : null;
};

const systemOf = (text: string | null, placed: readonly BlockAt<TextBlock>[]): WireObject => {
  const texts = [text ?? '', ...placed.map(({ block }) => block.text)];
  const system = texts.filter((part) => part.trim() !== '').map((part) => ({ text: part }));
  return system.length === 0 ? {} : { system };
};

const inferenceOf = (
  { model, maxTokens, temperature }: TurnRequest,
  wished: unknown,
  omit: (omission: Omission) => void,
): WireObject => {
  const highest = Math.min(1, traitsOf(model).temperatureMax ?? -1);
  if (temperature !== null && highest < 0)
    omit({ kind: 'temperature', path: 'temperature', reason: 'the model takes none' });
  if (temperature !== null && highest >= 0 && temperature > highest)
    omit({ kind: 'temperature', path: 'temperature', reason: `at most ${highest} on this wire` });
  const config = {
    ...(maxTokens === null ? {} : { maxTokens }),
    ...(temperature === null || highest < 0 ? {} : { temperature: Math.min(highest, temperature) }),
    ...(isRecord(wished) ? wished : {}),
  };
  return Object.keys(config).length === 0 ? {} : { inferenceConfig: config };
};

const messageOf = (turn: HistoryTurn, names: ToolNames): WireObject => {
  const placed: readonly BlockAt<Block>[] =
    turn.role === 'user' ? [...turn.results, ...turn.content] : turn.content;
  const blocks = thoughtsFirst(placed.map(({ block }) => block));
  const hasFile = blocks.some(({ type }) => type === 'document');
  const content = blocks.map((block, index) => contentBlock(block, names, index));
  return {
    role: turn.role === 'assistant' ? 'assistant' : 'user',
    // A document stands beside words.
    content:
      hasFile && !blocks.some(({ type }) => type === 'text')
        ? [...content, { text: '(see the document)' }]
        : content,
  };
};

const thoughtsFirst = (blocks: readonly Block[]): readonly Block[] => {
  const [first] = blocks;
  if (first === undefined || isThought(first)) return blocks;
  return [...blocks.filter(isThought), ...blocks.filter((block) => !isThought(block))];
};

const contentBlock = (block: Block, names: ToolNames, index: number): WireObject => {
  switch (block.type) {
    case 'text':
      return { text: block.text };
    case 'thinking':
      return {
        reasoningContent: {
          reasoningText: { text: block.thinking, signature: block.signature ?? '' },
        },
      };
    case 'redacted_thinking':
      return { reasoningContent: { redactedContent: block.data } };
    case 'tool_use':
      return {
        toolUse: { toolUseId: block.id, name: names.toWire(block.name), input: block.input },
      };
    case 'tool_result':
      return { toolResult: resultOf(block) };
    case 'image':
    case 'document':
      return mediaBlock(block, index);
  }
};

const resultOf = ({ tool_use_id, content, is_error }: ToolResultBlock): WireObject => ({
  toolUseId: tool_use_id,
  content:
    typeof content === 'string'
      ? [{ text: content }]
      : content.map((part, index) =>
          part.type === 'text' ? { text: part.text } : mediaBlock(part, index),
        ),
  ...(is_error === true ? { status: 'error' } : {}),
});

/** Bytes are base64 in its JSON. Names of documents are neutral: a model may take one for an instruction. */
const mediaBlock = ({ type, source }: Media, index: number): WireObject => {
  if (source.type === 'url') return { text: source.url };
  if (type === 'image')
    return {
      image: { format: source.media_type.replace('image/', ''), source: { bytes: source.data } },
    };
  const name = `document ${index + 1}`;
  return source.type === 'text'
    ? { document: { format: 'txt', name, source: { text: source.data } } }
    : { document: { format: 'pdf', name, source: { bytes: source.data } } };
};

/** A history with calls wants tools to be defined. */
const toolsOf = (
  { tools }: TurnRequest,
  names: ToolNames,
  turns: readonly HistoryTurn[],
  omit: (omission: Omission) => void,
): readonly WireObject[] => {
  if (tools.length > 0)
    return tools.map(({ name, description, input_schema, strict }) => ({
      toolSpec: {
        name: names.toWire(name),
        ...(description === '' ? {} : { description }),
        inputSchema: { json: { ...offeredSchema({ name, input_schema }, omit), type: 'object' } },
        ...(strict === true ? { strict } : {}),
      },
    }));
  const used = turns.flatMap(({ content }) =>
    content.flatMap(({ block }) => (block.type === 'tool_use' ? [names.toWire(block.name)] : [])),
  );
  return [...new Set(used)].map((name) => ({
    toolSpec: { name, inputSchema: { json: { type: 'object' } } },
  }));
};
