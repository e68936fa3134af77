import * as z from 'zod';
import { keepAnswer } from '../strict/sent-bodies.ts';
import { LOGPROB } from './spoken-tokens.ts';
import type { Spoken } from './spoken.ts';

/** What a client heard of an answer, whatever dialect it came in and whether it was streamed. */
export interface Heard {
  readonly words: string;
  readonly calls: readonly { readonly name: string; readonly input: string }[];
  readonly reason: string;
  /** Words of the other answers to the same call. */
  readonly others: readonly string[];
  /** Tokens that were told how likely they were, each with those that stood in its place. */
  readonly tokens: readonly HeardToken[];
}
interface HeardToken {
  readonly token: string;
  readonly logprob: number;
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

const chatCall = z.object({
  index: z.int().optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string() }).optional(),
  custom: z.object({ name: z.string().optional(), input: z.string() }).optional(),
});
const chatPut = z.object({
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(chatCall).optional(),
});
const likely = z.object({ token: z.string(), logprob: z.number() });
const chatToken = likely
  .extend({
    bytes: z.array(z.int()),
    top_logprobs: z.array(likely.extend({ bytes: z.array(z.int()) })),
  })
  .transform(({ token, logprob, top_logprobs: top }) => ({
    token,
    logprob,
    top: top.map(({ token: other, logprob: rate }) => ({ token: other, logprob: rate })),
  }));
const chatAnswer = z.object({
  choices: z.array(
    z.object({
      index: z.int(),
      logprobs: z.object({ content: z.array(chatToken) }).nullish(),
      message: chatPut.optional(),
      delta: chatPut.optional(),
      finish_reason: z.string().nullable(),
    }),
  ),
});
const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
});
const message = z.object({ content: z.array(block), stop_reason: z.string() });
const event = z.looseObject({
  type: z.string(),
  content_block: block.optional(),
  delta: z
    .looseObject({
      text: z.string().optional(),
      partial_json: z.string().optional(),
      stop_reason: z.string().nullish(),
    })
    .optional(),
});

/** What came, as it is also read by the vendor's own classes. */
export const valuesOf = (
  vendor: Parameters<typeof keepAnswer>[0],
  text: string,
  isStream: boolean,
): readonly unknown[] => {
  const values = isStream ? dataOf(text) : [JSON.parse(text)];
  keepAnswer(vendor, isStream, values);
  return values;
};

const dataOf = (text: string): readonly unknown[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('data: ') && line !== 'data: [DONE]')
    .map((line): unknown => JSON.parse(line.slice(6)));

export const heardInChat = (text: string, isStream: boolean): Heard => {
  const calls: { name: string; input: string }[] = [];
  const said: string[] = [];
  const tokens: HeardToken[] = [];
  let reason = '';
  for (const value of valuesOf('openai', text, isStream))
    for (const choice of chatAnswer.parse(value).choices) {
      const put = choice.delta ?? choice.message;
      said[choice.index] = (said[choice.index] ?? '') + (put?.content ?? '') + (put?.refusal ?? '');
      reason = choice.finish_reason ?? reason;
      tokens.push(...(choice.logprobs?.content ?? []));
      for (const [at, call] of (put?.tool_calls ?? []).entries()) {
        const told = call.function ?? call.custom;
        const known = (calls[call.index ?? at] ??= { name: '', input: '' });
        known.name += told?.name ?? '';
        known.input += call.function?.arguments ?? call.custom?.input ?? '';
      }
    }
  const [words = '', ...others] = said;
  return { words, calls, reason, others, tokens };
};

export const heardInMessages = (text: string, isStream: boolean): Heard => {
  const values = valuesOf('anthropic', text, isStream);
  if (!isStream) {
    const { content, stop_reason } = message.parse(values[0]);
    return {
      words: content.map((one) => one.text ?? '').join(''),
      calls: content.flatMap(({ type, name = '', input }) =>
        type === 'tool_use' ? [{ name, input: JSON.stringify(input) }] : [],
      ),
      reason: stop_reason,
      others: [],
      tokens: [],
    };
  }
  const calls: { name: string; input: string }[] = [];
  let words = '';
  let reason = '';
  for (const { type, content_block: begun, delta } of values.map((value) => event.parse(value))) {
    if (type === 'content_block_start' && begun?.type === 'tool_use')
      calls.push({ name: begun.name ?? '', input: '' });
    words += delta?.text ?? '';
    reason = delta?.stop_reason ?? reason;
    const last = calls.at(-1);
    if (last !== undefined) last.input += delta?.partial_json ?? '';
  }
  return { words, calls, reason, others: [], tokens: [] };
};

const contentToken = z
  .object({ token: z.string(), logProbability: z.number() })
  .transform(({ token, logProbability: logprob }) => ({ token, logprob }));
const candidate = z.object({
  logprobsResult: z
    .object({
      chosenCandidates: z.array(contentToken),
      topCandidates: z.array(z.object({ candidates: z.array(contentToken) })),
    })
    .optional(),
  content: z.object({
    parts: z.array(
      z.object({
        text: z.string().optional(),
        thought: z.boolean().optional(),
        functionCall: z.object({ name: z.string(), args: z.unknown() }).optional(),
      }),
    ),
  }),
  finishReason: z.string().optional(),
  index: z.int(),
});
const contents = z.object({ candidates: z.array(candidate).min(1) });

export const heardInContents = (text: string, isStream: boolean): Heard => {
  const calls: { name: string; input: string }[] = [];
  const said: string[] = [];
  const tokens: HeardToken[] = [];
  let reason = '';
  for (const value of valuesOf('google', text, isStream))
    for (const { content, finishReason, index, logprobsResult: likelihood } of contents.parse(value)
      .candidates) {
      reason = finishReason ?? reason;
      for (const [at, token] of (likelihood?.chosenCandidates ?? []).entries())
        tokens.push({ ...token, top: likelihood?.topCandidates[at]?.candidates ?? [] });
      for (const { text: words = '', thought, functionCall: call } of content.parts) {
        if (thought !== true) said[index] = (said[index] ?? '') + words;
        if (call !== undefined) calls.push({ name: call.name, input: JSON.stringify(call.args) });
      }
    }
  const [words = '', ...others] = said;
  return { words, calls, reason, others, tokens };
};

/** All that the model said, in the caller's words for why it stopped. */
export const expectedOf = (
  { words = [], calls = [], reason = 'end', others = [], tellsLogprobs }: Spoken,
  reasons: Readonly<Record<NonNullable<Spoken['reason']> | 'calls', readonly string[]>>,
  textTools: boolean,
) => ({
  words: words.join(''),
  calls: calls.map(({ name, input }) => ({
    name,
    input: textTools ? String(JSON.parse(input.join('')).input) : input.join(''),
  })),
  others: others.map((other) => other.join('')),
  tokens:
    tellsLogprobs === true
      ? words.map((token) => ({ token, logprob: LOGPROB.chosen, top: [LOGPROB.other] }))
      : [],
  reasons: calls.length > 0 ? reasons.calls : reasons[reason],
});
