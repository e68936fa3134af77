import { FINER, FOREIGN, O200K, type Tokenizer } from './tokenizers.ts';

/** The wires that a provider's API may speak; `wires/wires.ts` has one for each name. */
export const WIRE_NAMES = ['openai-chat', 'anthropic-messages'] as const;
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
  /** Wants its own reasoning back beside every tool call, even when it is empty. */
  readonly wantsReasoningBack: boolean;
  /** Words for how much it shall think; none: it is not asked. */
  readonly efforts: readonly string[];
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

const PLAIN: ModelTraits = {
  acceptsPrefill: false,
  temperatureMax: Infinity,
  takesOneSampler: false,
  choosesParallelCalls: true,
  readsImages: true,
  readsDocuments: false,
  wantsReasoningBack: false,
  efforts: [],
  hasThinkingSwitch: false,
  takesVerbosity: false,
  outputs: [],
};

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
    return {
      ...PLAIN,
      temperatureMax: thinks ? null : Infinity,
      // https://github.com/run-llama/llama_index/issues/20865
      choosesParallelCalls: !/^o\d/.test(name),
      readsDocuments: true,
      efforts: thinks ? ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] : [],
      takesVerbosity: thinks && name.startsWith('gpt-'),
      outputs: ['object', 'schema'],
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
      efforts: version >= (isOpus ? 405 : 406) ? ['low', 'medium', 'high'] : [],
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
    [/^deepseek-(reasoner|r1)/, { maxOutputTokens: 64_000, isReasoning: true }],
    [/^deepseek-/, { maxOutputTokens: 8_192, isReasoning: false }],
  ],
  windowTokens: [],
  imageTokens: [],
  tokenizers: [],
  wantsCompletionLimit: () => false,
};

const FAMILIES: readonly Family[] = [GPT, CLAUDE, DEEPSEEK];

/** Whose models have prices of their own, the cheap one of each family among them. */
export const FAMILY_PROVIDERS: readonly string[] = [
  ...new Set(FAMILIES.map(({ provider }) => provider)),
];
export const CHEAP_MODELS: readonly string[] = FAMILIES.map(({ cheapModel }) => cheapModel);

/** The family of a model by its name; null: nobody's that is known here. */
export const familyOf = (name: string): Family | null =>
  FAMILIES.find(({ pattern }) => pattern.test(name)) ?? null;

/** Traits of a model by its name, with or without a provider's prefix. An unknown one gets the careful answer. */
export const traitsOf = (model: string): ModelTraits => {
  const name = model.slice(model.lastIndexOf('/') + 1);
  return familyOf(name)?.traits(baseOf(name)) ?? PLAIN;
};

/** The first value of a list by name that fits the model or the one it was tuned from; null: none does. */
export const valueFor = <T>(list: ByName<T>, name: string): T | null =>
  list.find(([pattern]) => pattern.test(baseOf(name)))?.[1] ?? null;

/** A fine-tune is its model in everything but its price. */
const baseOf = (name: string): string => name.replace(/^ft:/, '');

/** Providers that this gateway knows by itself: the others need a base URL of their owner's. */
const PROVIDERS = {
  openai: { baseUrl: 'https://api.openai.com/v1' },
  anthropic: { baseUrl: 'https://api.anthropic.com' },
  deepseek: { baseUrl: 'https://api.deepseek.com/v1' },
  // Named by its host alone: https://docs.ollama.com/api/openai-compatibility
  ollama: { isLocal: true, pathOfHost: '/v1' },
} as const satisfies Readonly<Record<string, KnownProvider>>;
type ProviderName = keyof typeof PROVIDERS;

export interface KnownProvider {
  /** Absent: its owner says where it is. */
  readonly baseUrl?: string;
  /** On the owner's own machine: its models cost nothing. */
  readonly isLocal?: true;
  /** Where its wire is below a base URL that is no more than a host. */
  readonly pathOfHost?: string;
}

const KNOWN: ReadonlyMap<string, KnownProvider> = new Map(Object.entries(PROVIDERS));

/** null: nobody's that is known here. */
export const knownProvider = (name: string): KnownProvider | null => KNOWN.get(name) ?? null;

/** The wire that a provider speaks unless its owner says otherwise. */
export const ownWire = (provider: string): WireName =>
  FAMILIES.find((family) => family.provider === provider)?.wire ?? 'openai-chat';

/** The tokenizer of a provider's model: the same name at somebody else may be anything. */
export const tokenizerOf = (provider: string, model: string): Tokenizer => {
  const family = familyOf(model);
  return (family?.provider === provider ? valueFor(family.tokenizers, model) : null) ?? FOREIGN;
};

/** `claude-opus-4-5-20251101` and `claude-3-5-sonnet` as 405 and 305; a model without a number is a new one. */
export const claudeVersion = (name: string): number => {
  const [, major, minor] = /-(\d{1,2})(?:-(\d{1,2}))?(?![\d])/.exec(name) ?? [];
  return major === undefined ? Infinity : Number(major) * 100 + Number(minor ?? 0);
};
