import { factOf, tokenizerOf } from '../models/families.ts';
import { contextTokensOf } from '../models/prices.ts';
import { foreignTokens } from '../models/tokenizers.ts';
import type { ParsedCall } from '../wires/wire.ts';

const BASE_TOKENS = 32;
const MESSAGE_TOKENS = 8;
const TOOL_TOKENS = 64;
/** The system prompt that a provider adds when a request has tools (Anthropic: up to 700 tokens). */
const TOOLS_PROMPT_TOKENS = 1_000;
/**
 * A tool that the client runs and the provider knows. Anthropic: bash 245, text editor 700, computer 735 and a system prompt of
 * 499: https://platform.claude.com/docs/en/agents-and-tools/tool-use/computer-use-tool
 */
const OWN_TOOL_TOKENS = 1_500;
/**
 * What Anthropic adds for an answer in a schema or with citations; it names no figure:
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs,
 * https://platform.claude.com/docs/en/build-with-claude/citations
 */
const ADDED_PROMPT_TOKENS = 1_000;
/** What a template may put around a value of JSON beyond its own bytes, as a line's end and its indent. */
const VALUE_TOKENS = 1;
/** The most tokens one image may count where no family knows better. */
const IMAGE_TOKENS = 12_000;
/** Input of the longest window of today. */
const WINDOW_TOKENS = 1_050_000;

/** Counts tokens of a text exactly, for one vendor's tokenizer. */
export type CountTokens = (text: string) => number;

/** An upper bound without a tokenizer: a token of byte-level BPE has at least one byte. */
export const boundInputTokens = (call: ParsedCall, provider: string, model: string): number =>
  allowance(call, provider, model) + call.measures.bytes;

/**
 * A closer bound, for requests that the first one would refuse. Only a model's own tokenizer gives one: whoever chooses the
 * words can choose those that another tokenizer cuts worst.
 */
export const countInputTokens = (
  call: ParsedCall,
  provider: string,
  model: string,
  countTokens: CountTokens,
): number =>
  tokenizerOf(provider, model).isOwn
    ? estimateInputTokens(call, provider, model, countTokens)
    : boundInputTokens(call, provider, model);

/** What a provider that did not say it is taken to have counted: with the margin of its tokenizer, and never above the bound. */
export const estimateInputTokens = (
  call: ParsedCall,
  provider: string,
  model: string,
  countTokens: CountTokens,
): number => {
  const tokenizer = tokenizerOf(provider, model);
  let tokens = 0;
  for (const text of call.textsOf(call.exact ?? call.body))
    tokens += tokenizer.isOwn
      ? countTokens(text) * tokenizer.margin
      : foreignTokens(tokenizer, text, countTokens);
  return Math.min(
    boundInputTokens(call, provider, model),
    allowance(call, provider, model) + Math.ceil(tokens),
  );
};

/** So few words in ASCII are about as many tokens of any vendor: a margin is for what adds up. */
const PLAIN_TOKENS = 2;

/** What a provider that did not say it is taken to have put out: as what came in, but that no template stands between. */
export const estimateOutputTokens = (
  text: string,
  provider: string,
  model: string,
  countTokens: CountTokens,
): number => {
  const tokenizer = tokenizerOf(provider, model);
  if (tokenizer.isOwn) return countTokens(text);
  const tokens = foreignTokens(tokenizer, text, countTokens);
  const isFew = tokens <= PLAIN_TOKENS * tokenizer.margin && isAscii(text);
  return Math.ceil(isFew ? tokens / tokenizer.margin : tokens);
};

const isAscii = (text: string): boolean => Buffer.byteLength(text) === text.length;

const allowance = ({ measures }: ParsedCall, provider: string, model: string): number =>
  BASE_TOKENS +
  measures.values * VALUE_TOKENS +
  measures.messages * MESSAGE_TOKENS +
  (measures.tools > 0 ? TOOLS_PROMPT_TOKENS : 0) +
  measures.tools * TOOL_TOKENS +
  measures.ownTools * OWN_TOOL_TOKENS +
  measures.prompts * ADDED_PROMPT_TOKENS +
  Math.min(measures.repeated, windowTokensOf(provider, model)) +
  measures.images * (factOf(model, ({ imageTokens }) => imageTokens) ?? IMAGE_TOKENS) +
  (measures.documents > 0 ? windowTokensOf(provider, model) : 0);

/** A document is at most all that the model can read, for its pages may say any amount. */
export const windowTokensOf = (provider: string, model: string): number =>
  Math.max(
    contextTokensOf(provider, model) ?? WINDOW_TOKENS,
    factOf(model, ({ windowTokens }) => windowTokens) ?? 0,
  );
