import { traitsOf } from '../../models/families.ts';
import type { Block, Omission, TextBlock, TurnRequest } from '../../turn/turn.ts';
import { grantControls } from '../control-rules.ts';
import { MESSAGES_CONTROLS } from './controls.ts';
import { spareMarks } from '../history/cache-marks.ts';
import { isThought } from '../history/clean-message.ts';
import { mediaProblem } from '../history/media-source.ts';
import { mendHistory } from '../history/mend-history.ts';
import type { EncodedBody } from '../wire.ts';
import type { HistoryTurn, BlockAt, Thought, WireRules } from '../history/history.ts';
import { toolNames, type ToolNames } from '../history/tool-names.ts';
import { offeredSchema } from '../../turn/tool-schema.ts';

const ID_LENGTH_MAX = 64;
type WireObject = Readonly<Record<string, unknown>>;

/**
 * The body for the messages wire. Rules: https://platform.claude.com/docs/en/build-with-claude/working-with-messages,
 * https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls (results first, all in one message),
 * https://platform.claude.com/docs/en/build-with-claude/extended-thinking (thinking first, unchanged, of the same model).
 */
export const encodeMessages = (request: TurnRequest): EncodedBody => {
  const omissions: Omission[] = [];
  const whole = mendHistory(rulesFor(request.model), request.messages);
  const names = toolNames(request);
  const setsOwn = request.controls?.cache !== undefined;
  const history = spareMarks(whole, setsOwn, (omission) => omissions.push(omission));
  const controls = grantControls(MESSAGES_CONTROLS, { request, names });
  return {
    body: {
      model: request.model,
      ...(request.maxTokens === null ? {} : { max_tokens: request.maxTokens }),
      ...temperatureOf(request, omissions),
      ...systemOf(request.system, history.system),
      messages: trimPrefill(history.turns).map((turn) => messageOf(turn, names)),
      ...toolsOf(request, names, history.turns, omissions),
      ...controls.fields,
    },
    omissions: [...whole.omissions, ...omissions],
    emulated: controls.emulated,
    refused: controls.refused,
  };
};

const rulesFor = (model: string): WireRules => ({
  idLengthMax: ID_LENGTH_MAX,
  thoughtProblem: (thought, writer) => thoughtProblem(thought, writer, model),
  mediaProblem,
  allowsLateSystem: false,
  startsWithUser: true,
  acceptsPrefill: traitsOf(model).acceptsPrefill,
});

const thoughtProblem = (thought: Thought, writer: string | null, model: string): string | null => {
  if (writer !== model) return 'another model thought it';
  if (thought.type === 'redacted_thinking' || thought.signature) return null;
  return 'it has no signature';
};

const temperatureOf = ({ model, temperature }: TurnRequest, omissions: Omission[]): WireObject => {
  if (temperature === null) return {};
  const leaveOut = (reason: string) =>
    omissions.push({ kind: 'temperature', path: 'temperature', reason });
  if (traitsOf(model).temperatureMax === null) {
    leaveOut('the model takes none');
    return {};
  }
  if (temperature > 1) leaveOut('at most 1 on this wire');
  return { temperature: Math.min(1, temperature) };
};

const systemOf = (text: string | null, placed: readonly BlockAt<TextBlock>[]): WireObject => {
  const own = text === null || text.trim() === '' ? [] : [{ type: 'text' as const, text }];
  const blocks: readonly TextBlock[] = [...own, ...placed.map(({ block }) => block)];
  if (blocks.length === 0) return {};
  return { system: blocks.length === 1 && own.length === 1 ? text : blocks };
};

const messageOf = (turn: HistoryTurn, names: ToolNames): WireObject => {
  const placed: readonly BlockAt<Block>[] =
    turn.role === 'user' && turn.results.length > 0
      ? [...turn.results, ...turn.content]
      : turn.content;
  return {
    role: turn.role,
    content: thoughtsFirst(placed.map(({ block }) => wireBlock(block, names))),
  };
};

/** The order in which the model said it stays when it began with a thought; merged answers may not have. */
const thoughtsFirst = (blocks: readonly Block[]): readonly Block[] => {
  const [first] = blocks;
  if (first === undefined || isThought(first) || !blocks.some(isThought)) return blocks;
  return [...blocks.filter(isThought), ...blocks.filter((block) => !isThought(block))];
};

const wireBlock = (block: Block, names: ToolNames): Block => {
  if (block.type === 'tool_use') {
    const name = names.toWire(block.name);
    if (block.signature === undefined && name === block.name) return block;
    const { signature: _signature, ...call } = block;
    return { ...call, name };
  }
  return block.type === 'document' && block.source.type === 'text'
    ? { ...block, source: { ...block.source, media_type: 'text/plain' } }
    : block;
};

/** A prefill may not end in white space. */
const trimPrefill = (turns: readonly HistoryTurn[]): readonly HistoryTurn[] => {
  const last = turns.at(-1);
  const placed = last?.role === 'assistant' ? last.content.at(-1) : undefined;
  if (last?.role !== 'assistant' || placed?.block.type !== 'text') return turns;
  const trimmed = { ...placed, block: { ...placed.block, text: placed.block.text.trimEnd() } };
  return [...turns.slice(0, -1), { ...last, content: [...last.content.slice(0, -1), trimmed] }];
};

/** A history with calls wants tools to be defined, even when the model shall call none any more. */
const toolsOf = (
  { tools }: TurnRequest,
  names: ToolNames,
  turns: readonly HistoryTurn[],
  omissions: Omission[],
): WireObject => {
  if (tools.length > 0)
    return {
      tools: tools.map(({ name, description, input_schema, strict }) => ({
        name: names.toWire(name),
        ...(description === '' ? {} : { description }),
        input_schema: {
          ...offeredSchema({ name, input_schema }, (omission) => omissions.push(omission)),
          type: 'object',
        },
        ...(strict === true ? { strict } : {}),
      })),
    };
  const used = turns.flatMap(({ content }) =>
    content.flatMap(({ block }) => (block.type === 'tool_use' ? [names.toWire(block.name)] : [])),
  );
  if (used.length === 0) return {};
  return {
    tools: [...new Set(used)].map((name) => ({ name, input_schema: { type: 'object' } })),
    tool_choice: { type: 'none' },
  };
};
