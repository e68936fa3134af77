import type { ParsedCall } from '../wires/wire.ts';

const BASE_TOKENS = 64;
const MESSAGE_TOKENS = 16;
const TOOL_TOKENS = 64;
/** The system prompt that a provider adds when a request has tools (Anthropic: up to 700 tokens). */
const TOOLS_PROMPT_TOKENS = 1_000;
/** Other vendors cut text into more tokens than the tokenizer at hand. */
const FOREIGN_TOKENIZER_MARGIN = 1.6;
const OWN_TOKENIZER_MARGIN = 1.02;

/** The most tokens one image may count. Sources: the vision guides of OpenAI and Anthropic. */
const IMAGE_TOKENS: readonly { readonly pattern: RegExp; readonly tokens: number }[] = [
  { pattern: /^gpt-4o-mini/, tokens: 48_169 },
  { pattern: /^(gpt-4o|gpt-4-|o1|o3|chatgpt-4o)/, tokens: 1_445 },
  { pattern: /^claude-/, tokens: 5_000 },
];
const IMAGE_TOKENS_OTHER = 12_000;

/** Counts tokens of a text exactly, for one vendor's tokenizer. */
export type CountTokens = (text: string) => number;

/** An upper bound without a tokenizer: a token of byte-level BPE has at least one byte. */
export const inputTokensBound = (call: ParsedCall, model: string): number =>
  allowance(call, model) + call.inputTexts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** A closer bound, for requests that the first one would refuse. */
export const inputTokensCounted = (
  call: ParsedCall,
  provider: string,
  model: string,
  countTokens: CountTokens,
): number => {
  const counted = call.inputTexts.reduce((sum, text) => sum + countTokens(text), 0);
  const margin = provider === 'openai' ? OWN_TOKENIZER_MARGIN : FOREIGN_TOKENIZER_MARGIN;
  return Math.min(
    inputTokensBound(call, model),
    allowance(call, model) + Math.ceil(counted * margin),
  );
};

const allowance = (call: ParsedCall, model: string): number => {
  const image =
    IMAGE_TOKENS.find(({ pattern }) => pattern.test(model))?.tokens ?? IMAGE_TOKENS_OTHER;
  return (
    BASE_TOKENS +
    call.messageCount * MESSAGE_TOKENS +
    (call.toolCount > 0 ? TOOLS_PROMPT_TOKENS : 0) +
    call.toolCount * TOOL_TOKENS +
    call.imageCount * image
  );
};
