import { isRecord } from '../../../http/body.ts';
import { traitsOf } from '../../models/families.ts';
import { offeredSchema } from '../../turn/tool-schema.ts';
import type { Omission, TextBlock, ToolResultBlock, TurnRequest } from '../../turn/turn.ts';
import type {
  AssistantTurn,
  BlockAt,
  HistoryTurn,
  Media,
  UserBlock,
  UserTurn,
  WireRules,
} from '../history/history.ts';
import { mediaProblem, unreadReason } from '../history/media-source.ts';
import { mendHistory } from '../history/mend-history.ts';
import { resultWords } from '../history/result-words.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';
import { grantControls } from '../control-rules.ts';
import { UNSIGNED } from './own-marks.ts';
import type { EncodedBody } from '../wire.ts';
import { GEMINI_CONTROLS } from './controls.ts';

type WireObject = Readonly<Record<string, unknown>>;

const ID_LENGTH_MAX = 64;

/** The body for generateContent. Rules: https://ai.google.dev/gemini-api/docs/function-calling, .../thought-signatures */
export const encodeContents = (request: TurnRequest): EncodedBody => {
  const history = mendHistory(rulesFor(request.model), request.messages);
  const names = toolNames(request);
  const omissions = [...history.omissions];
  const omit = (omission: Omission) => void omissions.push(omission);
  const calledNames = callNames(history.turns);
  const controls = grantControls(GEMINI_CONTROLS, { request, names });
  return {
    body: {
      ...systemOf(request.system, history.system),
      contents: history.turns.map((turn) =>
        contentOf(turn, { names, called: calledNames, model: request.model }),
      ),
      ...toolsOf(request, names, omit),
      ...controls.fields,
      ...generationOf(request, controls.fields),
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

/** Limit and temperature beside what was wished of the same object. */
const generationOf = (
  { model, maxTokens, temperature }: TurnRequest,
  { generationConfig }: WireObject,
): WireObject => {
  const highest = traitsOf(model).temperatureMax ?? Infinity;
  const config = {
    ...(maxTokens === null ? {} : { maxOutputTokens: maxTokens }),
    ...(temperature === null ? {} : { temperature: Math.min(highest, temperature) }),
    ...(isRecord(generationConfig) ? generationConfig : {}),
  };
  return Object.keys(config).length === 0 ? {} : { generationConfig: config };
};

/** Bytes have no name here. */
const hasTitles = ({ messages }: TurnRequest): boolean =>
  messages.some(({ content }) =>
    content.some(
      (block) =>
        block.type === 'document' && block.title !== undefined && block.source.type !== 'text',
    ),
  );

const hasMarks = ({ messages }: TurnRequest): boolean =>
  messages.some(({ content }) =>
    content.some((block) => 'cache_control' in block && block.cache_control !== undefined),
  );

const rulesFor = (model: string): WireRules => ({
  idLengthMax: ID_LENGTH_MAX,
  thoughtProblem: (thought, writer) => {
    if (writer !== model) return 'another model thought it';
    return thought.type === 'thinking' && thought.signature ? null : 'it has no signature';
  },
  mediaProblem: (media) =>
    sourceProblem(model, media) ?? (isHeard(model, media) ? null : mediaProblem(media)),
  allowsLateSystem: false,
  startsWithUser: true,
  acceptsPrefill: traitsOf(model).acceptsPrefill,
});

const isHeard = (model: string, { type, source }: Media): boolean =>
  type === 'document' &&
  source.type === 'base64' &&
  traitsOf(model).hears.includes(source.media_type);

const sourceProblem = (model: string, { type, source }: Media): string | null => {
  if (type === 'image' && !traitsOf(model).readsImages) return 'the model reads no images';
  return source.type === 'url' ? unreadReason(source) : null;
};

const systemOf = (text: string | null, placed: readonly BlockAt<TextBlock>[]): WireObject => {
  const texts = [text ?? '', ...placed.map(({ block }) => block.text)];
  const parts = texts.filter((part) => part.trim() !== '').map((part) => ({ text: part }));
  return parts.length === 0 ? {} : { systemInstruction: { parts } };
};

/** The tool of each call by the call's id: a result says it again. */
const callNames = (turns: readonly HistoryTurn[]): ReadonlyMap<string, string> =>
  new Map(
    turns.flatMap(({ content }) =>
      content.flatMap(({ block }) =>
        block.type === 'tool_use' ? [[block.id, block.name] as const] : [],
      ),
    ),
  );

interface Spoken {
  readonly names: ToolNames;
  /** The tool of each call. */
  readonly called: ReadonlyMap<string, string>;
  readonly model: string;
}

const contentOf = (turn: HistoryTurn, { names, called, model }: Spoken): WireObject => {
  switch (turn.role) {
    case 'system':
      return { role: 'user', parts: turn.content.map(({ block }) => ({ text: block.text })) };
    case 'user':
      return { role: 'user', parts: userParts(turn, names, called) };
    case 'assistant':
      return { role: 'model', parts: modelParts(turn, names, model) };
  }
};

/** Results first and all of them, for they answer the calls of the turn before. */
const userParts = (
  { results, content }: UserTurn,
  names: ToolNames,
  called: ReadonlyMap<string, string>,
): readonly WireObject[] => [
  ...results.map(({ block }) =>
    resultPart(block, names.toWire(called.get(block.tool_use_id) ?? '')),
  ),
  ...results.flatMap(({ block }) => resultImages(block)),
  ...content.map(({ block }) => userPart(block)),
];

const resultPart = (result: ToolResultBlock, name: string): WireObject => {
  const { tool_use_id, is_error } = result;
  const text = resultWords(result);
  return {
    functionResponse: {
      id: tool_use_id,
      name,
      response: is_error === true ? { error: text } : { output: text },
    },
  };
};

/** Images of results follow them: only the newest models read them inside. */
const resultImages = ({ tool_use_id, content }: ToolResultBlock): readonly WireObject[] => {
  const images = typeof content === 'string' ? [] : content.filter(({ type }) => type === 'image');
  return images.length === 0
    ? []
    : [{ text: `Images in the result of ${tool_use_id}:` }, ...images.map(userPart)];
};

const userPart = (block: UserBlock): WireObject => {
  if (block.type === 'text') return { text: block.text };
  const { source } = block;
  switch (source.type) {
    case 'base64':
      return { inlineData: { mimeType: mimeType(source.media_type), data: source.data } };
    case 'text': {
      const title = block.type === 'document' ? block.title : undefined;
      return {
        text: `<document${title === undefined ? '' : ` title=${JSON.stringify(title)}`}>\n${source.data}\n</document>`,
      };
    }
    case 'url':
      return { fileData: { fileUri: source.url } };
  }
};

/** Its own word for one: https://ai.google.dev/gemini-api/docs/audio#supported-formats */
const mimeType = (type: string): string => (type === 'audio/mpeg' ? 'audio/mp3' : type);

/** From Gemini 3 on. */
const wantsSignatures = (model: string): boolean => !/(?:^|\/)gemini-[12]/.test(model);

/** A thought goes back as the mark on what was said after it; its words are a summary, which the model reads no more. */
const modelParts = (
  { content }: AssistantTurn,
  names: ToolNames,
  model: string,
): readonly WireObject[] => {
  let isUnsigned = wantsSignatures(model);
  const parts: WireObject[] = [];
  let signature: string | null = null;
  for (const { block } of content) {
    const mark: WireObject = signature === null ? {} : { thoughtSignature: signature };
    switch (block.type) {
      case 'thinking':
        signature = block.signature ?? signature;
        continue;
      case 'redacted_thinking':
        continue;
      case 'text':
        parts.push({ text: block.text, ...mark });
        break;
      case 'tool_use': {
        const signed = block.signature === undefined ? mark : { thoughtSignature: block.signature };
        const isSigned = 'thoughtSignature' in signed;
        parts.push({
          functionCall: { id: block.id, name: names.toWire(block.name), args: block.input },
          ...(isSigned || !isUnsigned ? signed : { thoughtSignature: UNSIGNED }),
        });
        // The first of several calls alone is signed.
        isUnsigned = false;
        break;
      }
    }
    signature = null;
  }
  return parts;
};

const toolsOf = (
  { tools }: TurnRequest,
  names: ToolNames,
  omit: (omission: Omission) => void,
): WireObject => {
  if (tools.length === 0) return {};
  const isStrict = tools.some(({ strict }) => strict === true);
  return {
    // Calls that keep to their schemas, where the model may also answer in words.
    ...(isStrict ? { toolConfig: { functionCallingConfig: { mode: 'VALIDATED' } } } : {}),
    tools: [
      {
        functionDeclarations: tools.map(({ name, description, input_schema }) => ({
          name: names.toWire(name),
          ...(description === '' ? {} : { description }),
          parametersJsonSchema: {
            ...offeredSchema({ name, input_schema }, omit),
            type: 'object',
          },
        })),
      },
    ],
  };
};
