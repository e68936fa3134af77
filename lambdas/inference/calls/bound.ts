import { familyOf, tokenMarginOf, valueFor } from '../models/families.ts';
import type { ParsedCall } from '../wires/wire.ts';

const BASE_TOKENS = 64;
const MESSAGE_TOKENS = 16;
const TOOL_TOKENS = 64;
/** The system prompt that a provider adds when a request has tools (Anthropic: up to 700 tokens). */
const TOOLS_PROMPT_TOKENS = 1_000;
/** The most tokens one image may count where no family knows better. */
const IMAGE_TOKENS = 12_000;

/** Counts tokens of a text exactly, for one vendor's tokenizer. */
export type CountTokens = (text: string) => number;

/** An upper bound without a tokenizer: a token of byte-level BPE has at least one byte. */
export const boundInputTokens = (call: ParsedCall, model: string): number =>
  allowance(call, model) +
  call.measures.texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);

/** A closer bound, for requests that the first one would refuse. */
export const countInputTokens = (
  call: ParsedCall,
  provider: string,
  model: string,
  countTokens: CountTokens,
): number => {
  const counted = call.measures.texts.reduce((sum, text) => sum + countTokens(text), 0);
  return Math.min(
    boundInputTokens(call, model),
    allowance(call, model) + Math.ceil(counted * tokenMarginOf(provider)),
  );
};

const allowance = ({ measures }: ParsedCall, model: string): number =>
  BASE_TOKENS +
  measures.messages * MESSAGE_TOKENS +
  (measures.tools > 0 ? TOOLS_PROMPT_TOKENS : 0) +
  measures.tools * TOOL_TOKENS +
  measures.images * (valueFor(familyOf(model)?.imageTokens ?? [], model) ?? IMAGE_TOKENS);
