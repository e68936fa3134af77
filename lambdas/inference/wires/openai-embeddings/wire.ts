import * as z from 'zod';
import { checked, countValues } from '../../../http/body.ts';
import { utf8Text } from '../../../shared/utf8.ts';
import { NO_TOKENS } from '../../../ledger/domain/usage.ts';
import { parseJsonObject } from '../../../http/body.ts';
import { exactJson } from '../exact-json.ts';
import { countOf, fieldsOf } from '../fields.ts';
import { unknownFields } from '../unpriced.ts';
import type { UnitCall, UnitCounts, UnitWire } from '../unit-wire.ts';
import { openaiEndpoint } from '../units/openai-endpoint.ts';

/** https://platform.openai.com/docs/api-reference/embeddings/create; open servers take texts of any number. */
const INPUTS_MAX = 10_000;
const text = z.string();
const tokens = z.array(z.int().min(0)).min(1);
const fields = z.looseObject({
  model: z.string().min(1).max(256),
  input: z.union([
    text,
    z.array(text).min(1).max(INPUTS_MAX),
    tokens.max(1_000_000),
    z.array(tokens).min(1).max(INPUTS_MAX),
  ]),
});
const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'input',
  'encoding_format',
  'dimensions',
  'user',
]);

/** What a tokenizer may put around a text: its first and its last token. */
const AROUND_TOKENS = 2;
/** https://developers.openai.com/api/docs/models/text-embedding-3-small: a longer input is refused, and not billed. */
const OWN = /^text-embedding-/;
const OWN_TOKENS_MAX = 8_192;

export interface EmbeddingCall extends UnitCall {
  readonly input: z.output<typeof fields>['input'];
  /** To be written, numbers as they were said. */
  readonly sent: Readonly<Record<string, unknown>>;
}

/** Vectors of texts or of tokens, billed by the tokens that go in. */
export const openaiEmbeddings: UnitWire<EmbeddingCall> = {
  kind: 'embedding',
  route: 'POST /v1/embeddings',
  beside: 'openai-chat',
  read: (bytes) => {
    const json = utf8Text(bytes);
    const body = parseJsonObject(json);
    countValues(body);
    const { model, input } = checked(fields, body);
    return {
      model,
      input,
      unpriced: unknownFields(body, KNOWN),
      fields: body,
      sent: exactJson(json) ?? body,
    };
  },
  bound: ({ input }, model) => ({
    counts: {
      ...NO_TOKENS,
      input: boundTokens(input, OWN.test(model) ? OWN_TOKENS_MAX : Infinity),
    },
    unpriced: [],
  }),
  endpoint: (account, headers) => openaiEndpoint('/embeddings', account, headers),
  body: ({ sent }, model) => ({
    type: 'application/json',
    bytes: Buffer.from(JSON.stringify({ ...sent, model })),
  }),
  shownHeaders: () => ({}),
  members: ['usage', 'error'],
  isLast: () => false,
  isJson: () => true,
  sound: () => null,
  counts: (_call, { told }) => countsOf(fieldsOf(told[0]?.['usage'])),
};

const countsOf = (usage: ReturnType<typeof fieldsOf>): UnitCounts | null => {
  const input = countOf(usage['prompt_tokens']) ?? countOf(usage['total_tokens']);
  return input === null || input === 0
    ? null
    : { tokens: { ...NO_TOKENS, input }, isEstimate: false };
};

/** A token of byte-level BPE has at least one byte; tokens of a caller's own are counted. */
const boundTokens = (input: EmbeddingCall['input'], tokensMax: number): number =>
  (typeof input === 'string' ? [input] : wholeInputs(input)).reduce(
    (sum, one) =>
      sum +
      Math.min(typeof one === 'string' ? Buffer.byteLength(one) : one.length, tokensMax) +
      AROUND_TOKENS,
    0,
  );

/** A list of numbers is one input. */
const wholeInputs = (
  list: readonly string[] | readonly number[] | readonly (readonly number[])[],
): readonly (string | readonly number[])[] => {
  const inputs: (string | readonly number[])[] = [];
  const numbers: number[] = [];
  for (const one of list) {
    if (typeof one === 'number') numbers.push(one);
    else inputs.push(one);
  }
  return numbers.length > 0 ? [numbers] : inputs;
};
