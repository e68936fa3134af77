import type { Omission, TextBlock, ToolResultBlock, TurnMessage } from '../../turn/turn.ts';
import { cleanMessage, withoutLastThoughts, type CleanMessage } from './clean-message.ts';
import type { AssistantBlock, History, HistoryTurn, BlockAt, WireRules } from './history.ts';
import { callIds } from './tool-names.ts';

const CANCELLED = 'Cancelled: this call was not run.';
const FIRST_WORDS = '(The beginning of this conversation is left out.)';
const GO_ON = 'Go on exactly where your last answer stopped, without repeating it.';

/**
 * A history that a provider accepts: nothing empty; a call has a legal id of its own and its results, and only they,
 * stand next to it, results first; no two turns of one role in a row; the first and the last turn are what the wire wants.
 */
export const mendHistory = (rules: WireRules, messages: readonly TurnMessage[]): History => {
  const omissions: Omission[] = [];
  const omit = (omission: Omission) => void omissions.push(omission);
  const clean = joined(messages.map((message, at) => cleanMessage(rules, message, at, omit))).map(
    (message) => withoutLastThoughts(message, omit),
  );
  const answers = answersOf(clean, omit);
  const idOf = callIds(rules.idLengthMax);
  const system: BlockAt<TextBlock>[] = [];
  const turns: HistoryTurn[] = [];
  for (const message of clean) {
    if (turns.length === 0) system.push(...message.system);
    else if (message.system.length > 0)
      append(turns, rules.allowsLateSystem ? systemTurn(message) : asUser(message, omit));
    if (message.assistant.length > 0) {
      const results: BlockAt<ToolResultBlock>[] = [];
      const content = message.assistant.map((placed): BlockAt<AssistantBlock> => {
        const { block } = placed;
        if (block.type !== 'tool_use') return placed;
        const id = idOf(block.id);
        const answer = answers.get(placed) ?? cancelCall(placed.path, omit);
        results.push(
          answer.block.tool_use_id === id
            ? answer
            : { path: answer.path, block: { ...answer.block, tool_use_id: id } },
        );
        return id === block.id ? placed : { path: placed.path, block: { ...block, id } };
      });
      append(turns, { role: 'assistant', content });
      if (results.length > 0) append(turns, { role: 'user', results, content: [] });
    }
    if (message.user.length > 0)
      append(turns, { role: 'user', results: [], content: message.user });
  }
  addWords(rules, turns, omit);
  return { system, turns, omissions };
};

/**
 * Answers that follow each other are one: a client may say a thought, words, and each of the calls that were made at once in
 * a message of its own. What stands between them and says nothing does not part them.
 */
const joined = (clean: readonly CleanMessage[]): readonly CleanMessage[] => {
  const whole: CleanMessage[] = [];
  /** Blocks of the last one, where it is an answer. */
  let open: BlockAt<AssistantBlock>[] | null = null;
  for (const message of clean) {
    if (saysNothing(message)) continue;
    const isOne = isAnswer(message);
    if (open !== null && isOne) {
      open.push(...message.assistant);
      continue;
    }
    open = isOne ? [...message.assistant] : null;
    whole.push(open === null ? message : { ...message, assistant: open });
  }
  return whole;
};

const isAnswer = ({ assistant, ...others }: CleanMessage): boolean =>
  assistant.length > 0 && saysNothing({ ...others, assistant: [] });

const saysNothing = ({ results, user, assistant, system }: CleanMessage): boolean =>
  results.length + user.length + assistant.length + system.length === 0;

/**
 * The result of each call. A result belongs to a call of its id in the last answer that has one, once; calls of one id in one
 * answer get their results in order.
 */
const answersOf = (
  clean: readonly CleanMessage[],
  omit: (omission: Omission) => void,
): ReadonlyMap<BlockAt<AssistantBlock>, BlockAt<ToolResultBlock>> => {
  const answers = new Map<BlockAt<AssistantBlock>, BlockAt<ToolResultBlock>>();
  const open = new Map<string, readonly BlockAt<AssistantBlock>[]>();
  let told = new Set<string>();
  for (const message of clean) {
    for (const placed of message.assistant) {
      const { block } = placed;
      if (block.type !== 'tool_use') continue;
      open.set(block.id, told.has(block.id) ? [...(open.get(block.id) ?? []), placed] : [placed]);
      told.add(block.id);
    }
    if (told.size > 0 && (message.results.length > 0 || message.user.length > 0)) told = new Set();
    for (const result of message.results) {
      const { tool_use_id: id } = result.block;
      const [call, ...rest] = open.get(id) ?? [];
      if (call === undefined)
        omit({ kind: 'orphan_tool_result', path: result.path, reason: 'no open call has its id' });
      else answers.set(call, result);
      if (rest.length > 0) open.set(id, rest);
      else open.delete(id);
    }
  }
  return answers;
};

const cancelCall = (path: string, omit: (omission: Omission) => void): BlockAt<ToolResultBlock> => {
  omit({ kind: 'missing_tool_result', path, reason: 'the call has no result' });
  const block = {
    type: 'tool_result',
    tool_use_id: '',
    content: CANCELLED,
    is_error: true,
  } as const;
  return { path, block };
};

const systemTurn = (message: CleanMessage): HistoryTurn => ({
  role: 'system',
  content: message.system,
});

const asUser = (message: CleanMessage, omit: (omission: Omission) => void): HistoryTurn => ({
  role: 'user',
  results: [],
  content: message.system.map(({ block, path }) => {
    omit({ kind: 'system_text', path, reason: 'sent as text of the user' });
    return { path, block: { ...block, text: `<system>\n${block.text}\n</system>` } };
  }),
});

/** Appends a turn, or adds it to the last one when both are of one role. */
const append = (turns: HistoryTurn[], turn: HistoryTurn): void => {
  const isEmpty = turn.content.length === 0 && (turn.role !== 'user' || turn.results.length === 0);
  if (isEmpty) return;
  const last = turns.at(-1);
  if (last?.role === 'user' && turn.role === 'user')
    turns[turns.length - 1] = {
      role: 'user',
      results: [...last.results, ...turn.results],
      content: [...last.content, ...turn.content],
    };
  else if (last?.role === 'assistant' && turn.role === 'assistant')
    turns[turns.length - 1] = { role: 'assistant', content: [...last.content, ...turn.content] };
  else turns.push(turn);
};

const addWords = (
  rules: WireRules,
  turns: HistoryTurn[],
  omit: (omission: Omission) => void,
): void => {
  const words = (text: string, path: string, reason: string): HistoryTurn => {
    omit({ kind: 'added_user_text', path, reason });
    return { role: 'user', results: [], content: [{ path, block: { type: 'text', text } }] };
  };
  const isMissing = turns.length === 0 || (rules.startsWithUser && turns[0]?.role !== 'user');
  if (isMissing) turns.unshift(words(FIRST_WORDS, '0', 'the first message must be the user’s'));
  const last = turns.at(-1);
  if (last?.role === 'assistant' && !rules.acceptsPrefill)
    turns.push(words(GO_ON, last.content.at(-1)?.path ?? '0', 'the model refuses a prefill'));
};
