import { GEMINI } from './gemini-family.ts';
import { PLAIN } from './plain-traits.ts';
import { bareName, knownProvider, type ProviderName } from './providers.ts';
import { FINER, FOREIGN, O200K, type Tokenizer } from './tokenizers.ts';

/** The wires that a provider's API may speak; `wires/wires.ts` has one for each name. */
export const WIRE_NAMES = [
  'openai-chat',
  'anthropic-messages',
  'gemini',
  'bedrock-converse',
] as const;
export type WireName = (typeof WIRE_NAMES)[number];

const WIRE_WORDS: ReadonlyMap<string, WireName> = new Map<string, WireName>([
  ...WIRE_NAMES.map((name) => [name, name] as const),
  ['openai', 'openai-chat'],
  ['anthropic', 'anthropic-messages'],
]);

/** What a provider may be said to speak. */
export const WIRE_CHOICES: readonly string[] = [...WIRE_WORDS.keys()];

/** A wire by its name, or by the shorter word of the provider secret. null: neither. */
export const wireByWord = (word: string): WireName | null => WIRE_WORDS.get(word) ?? null;

/** What a model's provider accepts beyond its family's wire. */
export interface ModelTraits {
  /** May the last message be the assistant's, for the model to continue? */
  readonly acceptsPrefill: boolean;
  /** The highest temperature; null: the model accepts neither a temperature nor a `top_p`. */
  readonly temperatureMax: number | null;
  /** Accepts a temperature or a `top_p`, never both. */
  readonly takesOneSampler: boolean;
  /** Accepts a wish about calling tools in parallel: others never do, and refuse the wish. */
  readonly choosesParallelCalls: boolean;
  readonly readsImages: boolean;
  /** PDFs as base64 in the messages. */
  readonly readsDocuments: boolean;
  /** Types of sounds that it hears. */
  readonly hears: readonly string[];
  /** Wants its own reasoning back beside every tool call, even when it is empty. */
  readonly wantsReasoningBack: boolean;
  /** Words for how much it shall think; none: it is not asked. */
  readonly efforts: readonly string[];
  /** May be told how long to think: by a budget, or as it finds right. null: neither, or by an effort alone. */
  readonly thinking: 'budget' | 'adaptive' | null;
  /** Thinks unless a switch of its own, beside the effort, says otherwise. */
  readonly hasThinkingSwitch: boolean;
  /** May be asked to say less or more. */
  readonly takesVerbosity: boolean;
  /** Answers in JSON: `schema` keeps to one, in words and in calls; `object` is JSON of any shape. */
  readonly outputs: readonly ('object' | 'schema')[];
}

export interface OutputLimit {
  readonly maxOutputTokens: number;
  readonly isReasoning: boolean;
}

type ByName<T> = readonly (readonly [pattern: RegExp, value: T])[];

/** Models that one vendor makes and that have one wire. In lists by name the first pattern that fits counts. */
export interface Family {
  /** Names that need no provider before them. */
  readonly pattern: RegExp;
  /** Whose account answers them, by its name in the stage's secret. */
  readonly provider: ProviderName;
  readonly wire: WireName;
  /** The cheapest that writes a line well, at the prices of `GET /v1/catalog`. */
  readonly cheapModel: string;
  /** What keeps it from thinking before it writes one; null: it does not. */
  readonly cheapEffort: string | null;
  /** Models that answer on another wire of the provider alone, which is not spoken here. */
  readonly elsewhere: RegExp | null;
  readonly traits: (name: string) => ModelTraits;
  /** The highest speed that is published for one of them: what a model may have put out that nobody saw. */
  readonly tokensPerSecond: number;
  /** Streams its thoughts as it thinks them, all of them. */
  readonly showsThoughts: boolean;
  /** The field of a body that it reads how to think in; any other word about it says nothing. */
  readonly thinkingField: 'thinking' | 'reasoning_effort';
  /** The most that a model may put out in one call. */
  readonly outputLimits: ByName<OutputLimit>;
  /** Windows that are longer than the price table says. */
  readonly windowTokens: ByName<number>;
  /** The most tokens that one image may count. */
  readonly imageTokens: ByName<number>;
  /** How a model cuts text into tokens; one that is not listed may do as any other vendor's. */
  readonly tokenizers: ByName<Tokenizer>;
  /** Models that refuse `max_tokens` on the chat completions wire and want `max_completion_tokens`. */
  readonly wantsCompletionLimit: (name: string) => boolean;
}

/** https://developers.openai.com/api/docs/models: the pages of these have no other endpoint. */
const RESPONSES_ONLY =
  /(?:^|-)(?:codex|pro|cyber|rosalind)(?:-|$)|deep-research|computer-use|daybreak/;

/**
 * Limits and windows: https://platform.openai.com/docs/models
 * Images: https://platform.openai.com/docs/guides/images-vision
 * Efforts: https://platform.openai.com/docs/guides/reasoning
 * Verbosity: https://platform.openai.com/docs/guides/latest-model
 * Schemas: https://platform.openai.com/docs/guides/structured-outputs
 */
const GPT: Family = {
  pattern: /^(gpt-|chatgpt-|o\d|ft:gpt-)/,
  provider: 'openai',
  wire: 'openai-chat',
  cheapModel: 'gpt-4o-mini',
  cheapEffort: null,
  elsewhere: RESPONSES_ONLY,
  // GPT-5.4 mini, of the medians of Artificial Analysis: https://www.aitoolrank.net/reviews/fastest-ai-models-2026
  tokensPerSecond: 220,
  showsThoughts: false,
  thinkingField: 'reasoning_effort',
  traits: (name) => {
    const thinks = /^(o\d|gpt-[5-9](?!.*chat))/.test(name);
    // https://platform.openai.com/docs/models/gpt-audio
    const hears = /^gpt-(?:audio|4o(?:-mini)?-audio)/.test(name);
    return {
      ...PLAIN,
      temperatureMax: thinks ? null : Infinity,
      // https://github.com/run-llama/llama_index/issues/20865
      choosesParallelCalls: !/^o\d/.test(name),
      readsImages: !hears,
      readsDocuments: !hears,
      hears: hears ? ['audio/wav', 'audio/mpeg'] : [],
      efforts: thinks ? ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] : [],
      takesVerbosity: thinks && name.startsWith('gpt-'),
      outputs: hears ? [] : ['object', 'schema'],
    };
  },
  outputLimits: [
    [/^(gpt-5.*-chat|gpt-chat)/, { maxOutputTokens: 16_384, isReasoning: false }],
    [/^gpt-[5-9]/, { maxOutputTokens: 128_000, isReasoning: true }],
    [/^o\d/, { maxOutputTokens: 100_000, isReasoning: true }],
    [/^gpt-4\.1/, { maxOutputTokens: 32_768, isReasoning: false }],
    [/^gpt-4o-2024-05-13/, { maxOutputTokens: 4_096, isReasoning: false }],
    [/^(gpt-4o|chatgpt-4o)/, { maxOutputTokens: 16_384, isReasoning: false }],
    [/^gpt-4$/, { maxOutputTokens: 8_192, isReasoning: false }],
  ],
  windowTokens: [
    [/^gpt-4\.1/, 1_047_576],
    [/^gpt-5[.-]5/, 1_050_000],
  ],
  imageTokens: [
    [/^gpt-4o-mini/, 48_169],
    [/^(gpt-4o|gpt-4-|o1|o3|chatgpt-4o)/, 1_445],
  ],
  tokenizers: [[/^(gpt-4o|gpt-4\.|gpt-5|gpt-chat|gpt-oss|chatgpt-4o|gpt-audio|o\d)/, O200K]],
  wantsCompletionLimit: (name) => !name.startsWith('gpt-oss'),
};

/**
 * Limits, and who thinks unless asked not to, as of November 2026: https://platform.claude.com/docs/en/about-claude/models
 * Images: https://platform.claude.com/docs/en/build-with-claude/vision
 * Prefill ended with 4.6, sampling parameters with Opus 4.7:
 * https://platform.claude.com/docs/en/about-claude/models/migration-guide
 * Efforts: https://platform.claude.com/docs/en/build-with-claude/effort
 * Thinking: https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
 * Schemas: https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
const CLAUDE: Family = {
  pattern: /^claude-/,
  provider: 'anthropic',
  wire: 'anthropic-messages',
  cheapModel: 'claude-haiku-4-5',
  cheapEffort: null,
  elsewhere: null,
  // Sonnet 4.6, of the same medians as of June 2026: https://induwara.lk/tools/ai-llm-speed-comparison
  tokensPerSecond: 105,
  showsThoughts: false,
  thinkingField: 'thinking',
  traits: (name) => {
    const version = claudeVersion(name);
    const isOpus = name.includes('opus');
    return {
      ...PLAIN,
      acceptsPrefill: version < 406,
      temperatureMax: version < (isOpus ? 407 : 500) ? 1 : null,
      takesOneSampler: true,
      readsDocuments: true,
      efforts: claudeEfforts(version, isOpus),
      thinking: version >= 406 ? 'adaptive' : version >= 307 ? 'budget' : null,
      outputs: version >= (isOpus ? 401 : 405) ? ['schema'] : [],
    };
  },
  outputLimits: [
    [/^claude-(3-opus|3-sonnet|3-haiku|2)/, { maxOutputTokens: 4_096, isReasoning: false }],
    [/^claude-3-5/, { maxOutputTokens: 8_192, isReasoning: false }],
    [/^claude-(opus-4-[01]|opus-4-2)/, { maxOutputTokens: 32_000, isReasoning: false }],
    [/^claude-(opus|sonnet)-4-[678]/, { maxOutputTokens: 128_000, isReasoning: false }],
    [/^claude-(opus|sonnet|haiku|fable|mythos)-5/, { maxOutputTokens: 128_000, isReasoning: true }],
    [/^claude-/, { maxOutputTokens: 64_000, isReasoning: false }],
  ],
  windowTokens: [],
  imageTokens: [[/^claude-/, 5_000]],
  tokenizers: [[/^claude-/, FINER]],
  wantsCompletionLimit: () => false,
};

/** The most came with 4.6, the word between with 4.7. */
const claudeEfforts = (version: number, isOpus: boolean): readonly string[] => {
  if (version >= 407) return ['low', 'medium', 'high', 'xhigh', 'max'];
  if (version === 406) return ['low', 'medium', 'high', 'max'];
  return isOpus && version >= 405 ? ['low', 'medium', 'high'] : [];
};

/**
 * Limits, as of November 2026: https://api-docs.deepseek.com/quick_start/pricing
 * Thinking unless asked not to, and reasoning beside tool calls: https://api-docs.deepseek.com/guides/thinking_mode
 */
const DEEPSEEK: Family = {
  pattern: /^deepseek-/,
  provider: 'deepseek',
  wire: 'openai-chat',
  cheapModel: 'deepseek-flash',
  cheapEffort: 'none',
  elsewhere: null,
  // The mean of its models, of the same medians as of April 2026, and half as much again: https://benchlm.ai/llm-speed
  tokensPerSecond: 75,
  showsThoughts: true,
  thinkingField: 'thinking',
  traits: (name) => {
    const thinks = /^deepseek-(flash|v4)/.test(name);
    return {
      ...PLAIN,
      readsImages: name.startsWith('deepseek-flash'),
      wantsReasoningBack: true,
      efforts: thinks ? ['none', 'low', 'high', 'max'] : [],
      hasThinkingSwitch: thinks,
      outputs: ['object'],
    };
  },
  outputLimits: [
    [/^deepseek-(flash|v4)/, { maxOutputTokens: 384_000, isReasoning: true }],
    [/^deepseek-reasoner/, { maxOutputTokens: 64_000, isReasoning: true }],
    // https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters-deepseek.html
    [/^deepseek-r1/, { maxOutputTokens: 32_768, isReasoning: true }],
    [/^deepseek-/, { maxOutputTokens: 8_192, isReasoning: false }],
  ],
  windowTokens: [],
  imageTokens: [],
  tokenizers: [],
  wantsCompletionLimit: () => false,
};

const FAMILIES: readonly Family[] = [GPT, CLAUDE, DEEPSEEK, GEMINI];

/** Whose models have prices of their own, the cheap one of each family among them. */
export const FAMILY_PROVIDERS: readonly string[] = [
  ...new Set(FAMILIES.map(({ provider }) => provider)),
];
export const CHEAP_MODELS: readonly string[] = FAMILIES.map(({ cheapModel }) => cheapModel);

/** The family whose own provider answers a model of this name; null: nobody's that is known here. */
export const familyOf = (name: string): Family | null =>
  FAMILIES.find(({ pattern }) => pattern.test(name)) ?? null;

/** The family that a model is of, whoever runs it under whatever name; null: none that is known here. */
export const kinOf = (model: string): Family | null => familyOf(bareName(model));

/** Traits of a model, whoever runs it. An unknown one gets the careful answer. */
export const traitsOf = (model: string): ModelTraits =>
  kinOf(model)?.traits(bareName(model)) ?? PLAIN;

/** A fact that a model's family lists by name; null: nobody here knows it. */
export const factOf = <T>(model: string, listOf: (family: Family) => ByName<T>): T | null => {
  const family = kinOf(model);
  return family === null ? null : firstFor(listOf(family), model);
};

const firstFor = <T>(list: ByName<T>, model: string): T | null =>
  list.find(([pattern]) => pattern.test(bareName(model)))?.[1] ?? null;

/** The wire that a provider speaks unless its owner says otherwise. */
export const ownWire = (provider: string): WireName =>
  FAMILIES.find((family) => family.provider === provider)?.wire ??
  knownProvider(provider)?.wire ??
  'openai-chat';

/** The tokenizer of a provider's model: the same name at somebody else may be anything. */
export const tokenizerOf = (provider: string, model: string): Tokenizer => {
  const family = familyOf(model);
  return (family?.provider === provider ? firstFor(family.tokenizers, model) : null) ?? FOREIGN;
};

/** `claude-opus-4-5-20251101` and `claude-3-5-sonnet` as 405 and 305; a model without a number is a new one. */
export const claudeVersion = (name: string): number => {
  const [, major, minor] = /-(\d{1,2})(?:-(\d{1,2}))?(?![\d])/.exec(name) ?? [];
  return major === undefined ? Infinity : Number(major) * 100 + Number(minor ?? 0);
};

/** The most that a model may put out, whoever runs it; null: nobody here knows it. */
export const outputLimitOf = (model: string): number | null =>
  factOf(model, ({ outputLimits }) => outputLimits)?.maxOutputTokens ?? null;
