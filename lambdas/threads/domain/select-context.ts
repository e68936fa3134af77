import {
  addSizes,
  NO_SIZE,
  sizeOfBlock,
  type ContentSize,
} from '../../inference/turn/content-size.ts';
import type { Block, TurnMessage } from '../../inference/turn/turn.ts';
import { firstCharacters } from '../../shared/characters.ts';
import type { MessageStep, SupersededRange } from './thread.ts';

/** What a request may hold of a thread. */
export type ContextBudget = ContentSize;

export const sizeOfMessage = (steps: readonly Pick<MessageStep, 'content'>[]): ContentSize =>
  steps
    .flatMap(({ content }) => content.map(sizeOfBlock))
    .reduce(addSizes, { ...NO_SIZE, tokens: STEP_TOKENS * steps.length });

const STEP_TOKENS = 4;

export const fits = (size: ContentSize, budget: ContextBudget): boolean =>
  size.tokens <= budget.tokens && size.bytes <= budget.bytes && size.media <= budget.media;

/** Was this message replaced by an edit or a regeneration that the run at `seq` knows of? */
export const isSuperseded = (
  ranges: readonly SupersededRange[],
  messageSeq: number,
  seq: number,
): boolean =>
  ranges.some(
    ({ fromSeq, toSeq, bySeq }) => messageSeq >= fromSeq && messageSeq <= toSeq && bySeq <= seq,
  );

/** How much of its budget a history has when it was cut: the turns that follow extend it, and prompt caches hit. */
const CUT_SHARE = 2 / 3;

export interface CutOptions {
  /** There are no more messages. */
  readonly isWhole: boolean;
  /** Where the turn before was cut; null: nobody knows. */
  readonly lastCutSeq: number | null;
  /** Kept free for what persons said before a cut. */
  readonly wordsTokens: number;
  /** What is said after the messages: the question that is answered, or results of calls among them. */
  readonly own?: readonly TurnMessage[];
}

export interface ChosenContext {
  readonly messages: readonly (readonly MessageStep[])[];
  /** The seq that the messages begin after; 0: nothing is left out. */
  readonly cutSeq: number;
}

/**
 * The newest messages that fit every budget, oldest first: all of them; else those after the cut of the turn before, as
 * long as they fit, so that most requests only extend the last one; else no more than two thirds of the budget. Results of
 * tools are shortened where words of a person would be lost else. A message is taken whole with all its steps, and with the calls whose
 * results it brings, so a tool call and its result stay together. Where the question that is answered is among the
 * messages, the newest one is taken whatever its size.
 */
export const selectContext = (
  newestFirst: readonly (readonly MessageStep[])[],
  budget: ContextBudget,
  { isWhole, lastCutSeq, wordsTokens, own = [] }: CutOptions,
): ChosenContext => {
  const cutBefore = lastCutSeq ?? 0;
  const extended = newestFirst.filter(([step]) => (step?.seq ?? 0) > cutBefore);
  const isThere = isWhole || extended.length < newestFirst.length;
  const afterWords = { ...budget, tokens: budget.tokens - wordsTokens };
  const room = cutBefore === 0 ? budget : afterWords;
  const extend = (messages: readonly (readonly MessageStep[])[]): ChosenContext | null =>
    extended.length > 0 && isThere && fits(sizeOfMessage(messages.flat()), room)
      ? { messages, cutSeq: cutBefore }
      : null;
  const cut = (taken: readonly (readonly MessageStep[])[]): ChosenContext => {
    const firstSeq = taken.at(-1)?.[0]?.seq ?? (newestFirst[0]?.[0]?.seq ?? 0) + 1;
    const isAll = isWhole && taken.length === newestFirst.length;
    return { messages: taken.toReversed(), cutSeq: isAll ? 0 : firstSeq - 1 };
  };
  const share = {
    tokens: budget.tokens * CUT_SHARE,
    bytes: budget.bytes * CUT_SHARE,
    media: budget.media * CUT_SHARE,
  };
  const oldestFirst = extended.toReversed();
  const whole = extend(oldestFirst);
  if (whole !== null) return whole;
  const taken = newestWithin(newestFirst, { budget: share, own, sizeOf: sizeOfMessage });
  const lost = sizeOfPersons(newestFirst.slice(taken.length), Infinity);
  if (lost.tokens <= wordsTokens) return cut(taken);
  const shorter = extend(byMessage(withShorterResults(oldestFirst.flat(), room)));
  if (shorter !== null) return shorter;
  const most = newestWithin(newestFirst, { budget: share, own, sizeOf: sizeOfShortest });
  const { messages, cutSeq } = cut(most);
  return { messages: byMessage(withShorterResults(messages.flat(), afterWords)), cutSeq };
};

const byMessage = (steps: readonly MessageStep[]): readonly (readonly MessageStep[])[] => [
  ...Map.groupBy(steps, ({ seq }) => seq).values(),
];

interface Taking {
  readonly budget: ContextBudget;
  readonly own: readonly TurnMessage[];
  readonly sizeOf: typeof sizeOfMessage;
}

const newestWithin = (
  newestFirst: readonly (readonly MessageStep[])[],
  { budget, own, sizeOf }: Taking,
): readonly (readonly MessageStep[])[] => {
  const taken: (readonly MessageStep[])[] = [];
  let size = NO_SIZE;
  let wanted = callsWanted(new Set(), own);
  for (const steps of newestFirst) {
    const next = addSizes(size, sizeOf(steps));
    const isQuestion = taken.length === 0 && !isOfPerson(own);
    const isWanted = wanted.size > 0 && !isOfPerson(steps);
    if (!fits(next, budget) && !isQuestion && !isWanted) break;
    size = next;
    taken.push(steps);
    wanted = callsWanted(wanted, steps);
  }
  return taken;
};

/**
 * What persons said before the cut, without anything else of it, the oldest first: the newest of it that fits. It depends on
 * the cut alone, so it stays the same as long as the cut does. With `hasQuestion` the newest is the question that is
 * answered, and is there whole.
 */
export const wordsBefore = (
  newestFirst: readonly (readonly MessageStep[])[],
  tokensMax: number,
  hasQuestion = false,
): readonly TurnMessage[] => {
  const words: TurnMessage[] = [];
  let left = tokensMax;
  for (const steps of newestFirst) {
    if (!isOfPerson(steps)) continue;
    const isQuestion = hasQuestion && words.length === 0;
    const content = steps.flatMap((step) =>
      isQuestion ? step.content : step.content.flatMap(wordsOnly),
    );
    const { tokens } = sizeOfMessage([{ content }]);
    if (tokens > left && !isQuestion) continue;
    left -= tokens;
    words.push({ role: 'user', content, model: null });
  }
  return words.toReversed();
};

/** What persons said in these messages, its words alone: no more than the tokens that are given. */
export const sizeOfPersons = (
  messages: readonly (readonly MessageStep[])[],
  tokensMax: number,
): ContentSize => {
  const said = messages
    .filter(isOfPerson)
    .map((steps) =>
      sizeOfMessage([{ content: steps.flatMap(({ content }) => content.flatMap(wordsOnly)) }]),
    );
  const { tokens } = said.reduce(addSizes, NO_SIZE);
  return { ...NO_SIZE, tokens: Math.min(tokens, tokensMax) };
};

const wordsOnly = (block: Block): readonly Block[] => {
  if (block.type === 'text') return [block];
  if (block.type !== 'image' && block.type !== 'document') return [];
  return [{ type: 'text', text: `[${block.type} left out: it is older than what fits]` }];
};

/** Characters of a tool's result that are kept of it, from level to level, where there is no room for all. */
const RESULT_CHARS = [65_536, 16_384, 4_096, 1_024] as const;

/** The same messages with the results of tools cut as far as it takes: they go before anything that a person said. */
export const withShorterResults = <M extends { readonly content: readonly Block[] }>(
  messages: readonly M[],
  budget: ContextBudget,
): readonly M[] => {
  let shorter = messages;
  for (const charsMax of RESULT_CHARS) {
    if (fits(sizeOfMessage(shorter), budget)) return shorter;
    shorter = messages.map((message) => ({
      ...message,
      content: message.content.map((block) => shorterResult(block, charsMax)),
    }));
  }
  return shorter;
};

/** What messages take with results of tools as short as they get. */
export const sizeOfShortest = (messages: readonly { readonly content: readonly Block[] }[]) =>
  sizeOfMessage(
    messages.map(({ content }) => ({
      content: content.map((block) => shorterResult(block, Math.min(...RESULT_CHARS))),
    })),
  );

const shorterResult = (block: Block, charsMax: number): Block => {
  if (block.type !== 'tool_result') return block;
  const { content } = block;
  if (typeof content === 'string') return { ...block, content: shorterText(content, charsMax) };
  return {
    ...block,
    content: content.map((part) => {
      if (part.type === 'text') return { ...part, text: shorterText(part.text, charsMax) };
      const { bytes } = sizeOfBlock(part);
      return bytes <= charsMax
        ? part
        : { type: 'text', text: '[image left out: there is no room for it]' };
    }),
  };
};

/** Beginning and end say most of what a result is. */
const shorterText = (text: string, charsMax: number): string => {
  if (text.length <= charsMax) return text;
  const head = firstCharacters(text, Math.floor(charsMax / 2));
  const tail = text.slice(-Math.floor(charsMax / 2)).replace(/^[\udc00-\udfff]/, '');
  return `${head}\n[${text.length - head.length - tail.length} characters left out]\n${tail}`;
};

/** Nobody's calls come after the words of a person: a result without a call does not bring all of history along. */
export const isOfPerson = (
  steps: readonly Pick<TurnMessage | MessageStep, 'role' | 'content'>[],
): boolean =>
  steps.some(
    ({ role, content }) => role === 'user' && content.some(({ type }) => type !== 'tool_result'),
  );

/** Ids of calls that the results taken so far answer and that were not taken yet. */
const callsWanted = (
  before: ReadonlySet<string>,
  steps: readonly Pick<MessageStep, 'content'>[],
): Set<string> => {
  const wanted = new Set(before);
  for (const block of steps.toReversed().flatMap(({ content }) => content)) {
    if (block.type === 'tool_result') wanted.add(block.tool_use_id);
    if (block.type === 'tool_use') wanted.delete(block.id);
  }
  return wanted;
};

/** A run's own steps; its model is the one it was asked for, whatever dated name the provider answered with. */
export const ownMessages = (
  run: { readonly settings: { readonly model: string } },
  steps: readonly Pick<MessageStep, 'role' | 'content'>[],
): readonly TurnMessage[] =>
  turnMessages(steps.map((step) => ({ ...step, model: run.settings.model })));

/** History rows as what a model is given: results of tools are the user's. */
export const turnMessages = (
  steps: readonly Pick<MessageStep, 'role' | 'content' | 'model'>[],
): readonly TurnMessage[] =>
  steps
    .filter((step) => step.content.length > 0)
    .map((step) => ({
      role: step.role === 'tool' ? 'user' : step.role,
      content: step.content,
      model: step.role === 'assistant' ? step.model : null,
    }));
