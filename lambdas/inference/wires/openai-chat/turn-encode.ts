import { traitsOf, type ModelTraits } from '../../models/families.ts';
import { routeModel } from '../../models/route-model.ts';
import type { Omission, TextBlock, TurnRequest } from '../../turn/turn.ts';
import { isSound, mediaProblem, unreadReason } from '../history/media-source.ts';
import type {
  AssistantTurn,
  HistoryTurn,
  BlockAt,
  Thought,
  UserTurn,
  WireRules,
} from '../history/history.ts';
import { mendHistory } from '../history/mend-history.ts';
import { grantControls } from '../control-rules.ts';
import type { EncodedBody } from '../wire.ts';
import { CHAT_CONTROLS } from './controls.ts';
import { textOrParts, toolMessages } from './parts.ts';
import { limitField } from './request.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';
import { offeredSchema } from '../../turn/tool-schema.ts';

/** A longer `tool_call_id` is refused. */
const ID_LENGTH_MAX = 40;
type WireObject = Readonly<Record<string, unknown>>;

/** The body for the chat completions wire. Rules: https://platform.openai.com/docs/api-reference/chat/create */
export const encodeChat = (request: TurnRequest): EncodedBody => {
  const traits = traitsOf(request.model);
  const history = mendHistory(rulesFor(request.model, traits), request.messages);
  const names = toolNames(request);
  const omissions = [...history.omissions];
  const omit = (omission: Omission) => void omissions.push(omission);
  const controls = grantControls(CHAT_CONTROLS, { request, names });
  return {
    body: {
      model: request.model,
      ...limitOf(request),
      ...temperatureOf(request, traits, omit),
      messages: [
        ...systemMessages(request.system, history.system),
        ...history.turns.flatMap((turn) => messagesOf(turn, names, traits, omit)),
      ],
      ...toolsOf(request, names, omit),
      ...controls.fields,
    },
    omissions,
    emulated: hasMarks(request) ? [...controls.emulated, 'cacheMarks'] : controls.emulated,
    refused: controls.refused,
  };
};

/** Providers of this wire keep what they can by themselves. */
const hasMarks = ({ messages }: TurnRequest): boolean =>
  messages.some(({ content }) =>
    content.some((block) => 'cache_control' in block && block.cache_control !== undefined),
  );

const limitOf = ({ model, maxTokens }: TurnRequest): WireObject =>
  maxTokens === null ? {} : { [limitField(routeModel(model)?.model ?? model)]: maxTokens };

const rulesFor = (model: string, traits: ModelTraits): WireRules => ({
  idLengthMax: ID_LENGTH_MAX,
  thoughtProblem: (thought, writer) => {
    if (!traits.wantsReasoningBack || thought.type !== 'thinking')
      return 'it has no place on this wire';
    return writer === model ? null : 'another model thought it';
  },
  mediaProblem: (media) => {
    const { type, source } = media;
    if (type === 'image' && !traits.readsImages) return 'the model reads no images';
    if (type === 'document' && source.type === 'url') return unreadReason(source);
    if (source.type === 'url' && source.unread !== undefined) return source.unread;
    if (type === 'document' && source.type === 'base64' && isSound(media))
      return traits.hears.includes(source.media_type)
        ? null
        : `the model hears no ${source.media_type}`;
    if (type === 'document' && source.type === 'base64' && !traits.readsDocuments)
      return 'the model reads no files';
    return mediaProblem(media);
  },
  allowsLateSystem: true,
  startsWithUser: false,
  acceptsPrefill: traits.acceptsPrefill,
});

const temperatureOf = (
  { temperature }: TurnRequest,
  traits: ModelTraits,
  omit: (omission: Omission) => void,
): WireObject => {
  if (temperature === null) return {};
  if (traits.temperatureMax !== null) return { temperature };
  omit({ kind: 'temperature', path: 'temperature', reason: 'the model takes none' });
  return {};
};

const systemMessages = (
  text: string | null,
  placed: readonly BlockAt<TextBlock>[],
): readonly WireObject[] => {
  const texts = [text ?? '', ...placed.map(({ block }) => block.text)];
  const content = texts.filter((part) => part.trim() !== '').join('\n\n');
  return content === '' ? [] : [{ role: 'system', content }];
};

const messagesOf = (
  turn: HistoryTurn,
  names: ToolNames,
  traits: ModelTraits,
  omit: (omission: Omission) => void,
): readonly WireObject[] => {
  switch (turn.role) {
    case 'system':
      return [
        { role: 'system', content: turn.content.map(({ block }) => block.text).join('\n\n') },
      ];
    case 'user':
      return userMessages(turn);
    case 'assistant':
      return [assistantMessage(turn, names, traits, omit)];
  }
};

const userMessages = ({ results, content }: UserTurn): readonly WireObject[] => [
  ...toolMessages(results.map(({ block }) => block)),
  ...(content.length === 0
    ? []
    : [{ role: 'user', content: textOrParts(content.map(({ block }) => block)) }]),
];

const assistantMessage = (
  { content }: AssistantTurn,
  names: ToolNames,
  traits: ModelTraits,
  omit: (omission: Omission) => void,
): WireObject => {
  const text = content.flatMap(({ block }) => (block.type === 'text' ? [block.text] : [])).join('');
  const calls = content.flatMap(({ block }) =>
    block.type === 'tool_use'
      ? [
          {
            id: block.id,
            type: 'function',
            function: { name: names.toWire(block.name), arguments: JSON.stringify(block.input) },
          },
        ]
      : [],
  );
  const thoughts = content.flatMap(({ block, path }) =>
    block.type === 'thinking' ? [{ block, path }] : [],
  );
  return {
    role: 'assistant',
    content: text === '' ? null : text,
    ...reasoningOf(thoughts, traits, calls.length > 0, omit),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
};

/** A model that thinks wants its reasoning back beside its calls, and only there. */
const reasoningOf = (
  thoughts: readonly BlockAt<Thought>[],
  traits: ModelTraits,
  hasCalls: boolean,
  omit: (omission: Omission) => void,
): WireObject => {
  if (!traits.wantsReasoningBack) return {};
  if (hasCalls)
    return {
      reasoning_content: thoughts
        .map(({ block }) => (block.type === 'thinking' ? block.thinking : ''))
        .join(''),
    };
  for (const { path } of thoughts)
    omit({ kind: 'thinking', path, reason: 'wanted back beside tool calls only' });
  return {};
};

const toolsOf = (
  { tools }: TurnRequest,
  names: ToolNames,
  omit: (omission: Omission) => void,
): WireObject => {
  if (tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, input_schema, strict }) => ({
      type: 'function',
      function: {
        name: names.toWire(name),
        ...(description === '' ? {} : { description }),
        parameters: {
          properties: {},
          ...offeredSchema({ name, input_schema }, omit),
          type: 'object',
        },
        ...(strict === true ? { strict } : {}),
      },
    })),
  };
};
