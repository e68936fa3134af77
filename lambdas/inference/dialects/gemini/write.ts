import { allTokens, type LikelyTokens } from '../../turn/likely-tokens.ts';
import { isJsonObject, toolInput } from '../../turn/partial-json.ts';
import type { Block, BlockDelta, Json, TurnEvent, UrlCitation } from '../../turn/turn.ts';
import { UNSIGNED } from '../../wires/gemini/own-marks.ts';
import type { TokenUsage } from '../../../ledger/domain/usage.ts';
import type { AnswerEnd, AnswerFacts } from '../dialect.ts';
import type { SaidAnswer } from '../several.ts';
import {
  finishReason,
  groundingOf,
  logprobsOf,
  tailOf,
  usageOf,
  type Cited,
} from './answer-parts.ts';
import { markOf, type Thought } from '../marked-thought.ts';

/** What was written so far. Blocks come one after the other, so one is open at most. */
export interface ContentsWriter {
  readonly facts: AnswerFacts;
  /** A chunk up to its part, and after it: nearly every chunk is the same but for its words. */
  readonly before: string;
  readonly behind: string;
  readonly open: OpenBlock | null;
  readonly cited: readonly Cited[];
  readonly logprobs: LikelyTokens | null;
  /** Bytes of the answer's words. */
  readonly length: number;
  readonly hasCalls: boolean;
  /** What a call said that was cut, or is no call. */
  readonly broken: string | null;
}
interface OpenBlock {
  readonly block: Block;
  readonly words: string;
  readonly json: string;
  readonly signature: string;
  readonly citations: readonly UrlCitation[];
}
type Step = readonly [ContentsWriter, string];
type Part = Readonly<Record<string, Json>>;

/** https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent */
export const startAnswer = (facts: AnswerFacts): ContentsWriter => ({
  facts,
  before: 'data: {"candidates":[{"content":{"parts":[',
  behind: `],"role":"model"},"index":${facts.choice ?? 0}}],${JSON.stringify(tailOf(facts)).slice(1)}\r\n\r\n`,
  open: null,
  cited: [],
  logprobs: null,
  length: 0,
  hasCalls: false,
  broken: null,
});

export const stepAnswer = (state: ContentsWriter, event: TurnEvent): Step => {
  const [next, parts] = stepParts(state, event);
  return [next, parts.map((part) => next.before + JSON.stringify(part) + next.behind).join('')];
};

const NO_PARTS: readonly Part[] = [];

const stepParts = (
  state: ContentsWriter,
  event: TurnEvent,
): readonly [ContentsWriter, readonly Part[]] => {
  switch (event.type) {
    case 'content_block_delta':
      return state.open === null ? [state, NO_PARTS] : stepDelta(state, state.open, event.delta);
    case 'content_block_start':
      return begin(state, event.content_block);
    case 'content_block_stop':
      return state.open === null ? [state, NO_PARTS] : close(state, state.open);
    case 'message_start':
    case 'message_delta':
    case 'message_stop':
      return [state, NO_PARTS];
  }
};

const begin = (state: ContentsWriter, block: Block): readonly [ContentsWriter, readonly Part[]] => {
  const open = { block, words: '', json: '', signature: '', citations: [] };
  if (block.type === 'text' && block.text !== '')
    return [{ ...state, open: { ...open, words: block.text } }, [{ text: block.text }]];
  return [{ ...state, open }, NO_PARTS];
};

const stepDelta = (
  state: ContentsWriter,
  open: OpenBlock,
  delta: BlockDelta,
): readonly [ContentsWriter, readonly Part[]] => {
  const grown = (more: Partial<OpenBlock>): ContentsWriter => ({
    ...state,
    open: { ...open, ...more },
  });
  switch (delta.type) {
    case 'text_delta':
      return [grown({ words: open.words + delta.text }), [{ text: delta.text }]];
    case 'thinking_delta':
      return [
        grown({ words: open.words + delta.thinking }),
        state.facts.hidesThoughts ? NO_PARTS : [{ text: delta.thinking, thought: true }],
      ];
    case 'signature_delta':
      return [grown({ signature: open.signature + delta.signature }), NO_PARTS];
    case 'input_json_delta':
      return [grown({ json: open.json + delta.partial_json }), NO_PARTS];
    case 'logprobs_delta':
      return [{ ...state, logprobs: { before: state.logprobs, more: delta.logprobs } }, NO_PARTS];
    case 'citations_delta':
      return [grown({ citations: [...open.citations, delta.citation] }), NO_PARTS];
  }
};

/** A call comes whole, and the mark of a thought after its words. */
const close = (
  state: ContentsWriter,
  open: OpenBlock,
): readonly [ContentsWriter, readonly Part[]] => {
  const closed = { ...state, open: null };
  const { block, words, json } = open;
  switch (block.type) {
    case 'text': {
      const fromBytes = state.length;
      const cited = open.citations.map((citation) => ({ citation, text: words, fromBytes }));
      return [
        {
          ...closed,
          length: fromBytes + Buffer.byteLength(words),
          cited: [...state.cited, ...cited],
        },
        NO_PARTS,
      ];
    }
    case 'tool_use': {
      const input = json.trim() === '' ? block.input : toolInput(json);
      if (!isJsonObject(input ?? undefined) || block.partial_json !== undefined)
        return [{ ...closed, broken: block.partial_json ?? json }, NO_PARTS];
      // The first of several alone is signed, so that the conversation may continue with a model of Google's.
      return [
        { ...closed, hasCalls: true },
        [
          {
            functionCall: { id: block.id, name: block.name, args: input },
            ...(state.hasCalls ? {} : { thoughtSignature: UNSIGNED }),
          },
        ],
      ];
    }
    case 'thinking':
    case 'redacted_thinking':
      return [closed, [markedPart(state.facts, thoughtIn(block, open))]];
    default:
      return [closed, NO_PARTS];
  }
};

const thoughtIn = (block: Thought, { words, signature }: OpenBlock): Thought => {
  if (block.type === 'redacted_thinking') return block;
  const whole = signature === '' ? (block.signature ?? '') : signature;
  return {
    type: block.type,
    thinking: block.thinking + words,
    ...(whole === '' ? {} : { signature: whole }),
  };
};

const markedPart = ({ model, hidesThoughts }: AnswerFacts, thought: Thought): Part => ({
  text: '',
  thought: true,
  thoughtSignature: markOf(thought, model, hidesThoughts),
});

export const endAnswer = (
  { facts, cited, logprobs, broken }: ContentsWriter,
  { stopReason, usage, isFollowed }: AnswerEnd,
): string =>
  `data: ${JSON.stringify({
    candidates: [
      {
        content: { parts: [{ text: '' }], role: 'model' },
        ...endingOf(stopReason, broken),
        index: facts.choice ?? 0,
        ...groundingOf(cited),
        ...logprobsOf(allTokens(logprobs)),
      },
    ],
    ...(isFollowed ? {} : { usageMetadata: usageOf(usage) }),
    ...tailOf(facts),
  })}\r\n\r\n`;

const endingOf = (reason: AnswerEnd['stopReason'], broken: string | null): object => ({
  finishReason: finishReason(reason, broken !== null),
  ...(broken === null ? {} : { finishMessage: `A call was not whole: ${broken}` }),
});

/** https://ai.google.dev/api/generate-content#GenerateContentResponse */
export const wholeAnswer = (
  facts: AnswerFacts,
  events: readonly TurnEvent[],
  { stopReason, usage }: AnswerEnd,
): object => wholeAnswers(facts, [{ choice: 0, events, stopReason }], usage);

export const wholeAnswers = (
  facts: AnswerFacts,
  answers: readonly SaidAnswer[],
  usage: TokenUsage,
): object => {
  const answer = {
    candidates: answers.map((one) => candidateOf(facts, one)),
    usageMetadata: usageOf(usage),
    ...tailOf(facts),
  };
  return facts.isList === true ? [answer] : answer;
};

const candidateOf = (facts: AnswerFacts, { choice, events, stopReason }: SaidAnswer): object => {
  let state = startAnswer(facts);
  let parts: readonly Part[] = [];
  for (const event of events) {
    const [next, more] = stepParts(state, event);
    state = next;
    parts = joined(parts, more);
  }
  return {
    content: { parts, role: 'model' },
    ...endingOf(stopReason, state.broken),
    index: choice,
    ...groundingOf(state.cited),
    ...logprobsOf(allTokens(state.logprobs)),
  };
};

/** Words that follow each other are one part; a mark stands on the thought before it. */
const joined = (parts: readonly Part[], more: readonly Part[]): readonly Part[] => {
  const all = [...parts];
  for (const part of more) {
    const last = all.at(-1) ?? {};
    const [before, after] = [last['text'], part['text']];
    const isSame =
      typeof before === 'string' &&
      typeof after === 'string' &&
      last['thought'] === part['thought'] &&
      last['thoughtSignature'] === undefined;
    if (isSame) all[all.length - 1] = { ...last, ...part, text: before + after };
    else all.push(part);
  }
  return all;
};
