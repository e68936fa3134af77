import type {
  Omission,
  TextBlock,
  ToolResultBlock,
  ToolUseBlock,
  TurnMessage,
} from '../../turn/turn.ts';
import { cleanMessage, type CleanMessage } from './clean-message.ts';
import type { History, HistoryTurn, BlockAt, WireRules } from './history.ts';
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
  const clean = messages.map((message, at) => cleanMessage(rules, message, at, omit));
  const answers = answersOf(clean, omit);
  const idOf = callIds(rules.idLengthMax);
  const system: BlockAt<TextBlock>[] = [];
  const turns: HistoryTurn[] = [];
  for (const message of clean) {
    if (turns.length === 0) system.push(...message.system);
    else if (message.system.length > 0)
      append(turns, rules.allowsLateSystem ? systemTurn(message) : asUser(message, omit));
    if (message.assistant.length > 0) {
      const ids = new Map(calls(message).map(({ path, block }) => [path, idOf(block.id)]));
      append(turns, {
        role: 'assistant',
        content: message.assistant.map(({ block, path }) => ({
          path,
          block: block.type === 'tool_use' ? { ...block, id: ids.get(path) ?? block.id } : block,
        })),
      });
      const results = calls(message).map(({ path }) => {
        const answer = answers.get(path) ?? cancelCall(path, omit);
        return { ...answer, block: { ...answer.block, tool_use_id: ids.get(path) ?? '' } };
      });
      append(turns, { role: 'user', results, content: [] });
    }
    append(turns, { role: 'user', results: [], content: message.user });
  }
  addWords(rules, turns, omit);
  return { system, turns, omissions };
};

const calls = (message: CleanMessage): readonly BlockAt<ToolUseBlock>[] =>
  message.assistant.flatMap(({ block, path }) =>
    block.type === 'tool_use' ? [{ block, path }] : [],
  );

/**
 * The result of each call by the call's path. A result belongs to a call of its id in the last answer that has one, once;
 * calls of one id in one answer get their results in order.
 */
const answersOf = (
  clean: readonly CleanMessage[],
  omit: (omission: Omission) => void,
): ReadonlyMap<string, BlockAt<ToolResultBlock>> => {
  const answers = new Map<string, BlockAt<ToolResultBlock>>();
  const open = new Map<string, readonly string[]>();
  let told = new Set<string>();
  for (const message of clean) {
    for (const { block, path } of calls(message)) {
      open.set(block.id, told.has(block.id) ? [...(open.get(block.id) ?? []), path] : [path]);
      told.add(block.id);
    }
    if (message.results.length > 0 || message.user.length > 0) told = new Set();
    for (const result of message.results) {
      const [call, ...rest] = open.get(result.block.tool_use_id) ?? [];
      if (call === undefined)
        omit({ kind: 'orphan_tool_result', path: result.path, reason: 'no open call has its id' });
      else answers.set(call, result);
      open.set(result.block.tool_use_id, rest);
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
