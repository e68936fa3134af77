/** What a model's provider accepts beyond its family's wire. Unknown models get the careful answer, which all accept. */
export interface ModelTraits {
  /** May the last message be the assistant's, for the model to go on with? */
  readonly acceptsPrefill: boolean;
  readonly acceptsTemperature: boolean;
  readonly readsImages: boolean;
  /** PDFs as base64 in the messages. */
  readonly readsDocuments: boolean;
  /** Wants its own reasoning back beside every tool call, even when it is empty. */
  readonly wantsReasoningBack: boolean;
  /** Words for how much it shall think; none: it is not asked. */
  readonly efforts: readonly string[];
  /** Answers in JSON: `schema` keeps to one, in words and in calls; `object` is JSON of any shape. */
  readonly outputs: readonly ('object' | 'schema')[];
}

/**
 * Traits of a model by its name, with or without a provider's prefix.
 * Prefill ended with Claude 4.6, sampling parameters with Claude Opus 4.7:
 * https://platform.claude.com/docs/en/about-claude/models/migration-guide
 * Reasoning beside tool calls: https://api-docs.deepseek.com/guides/thinking_mode
 * Efforts: https://platform.openai.com/docs/guides/reasoning, https://platform.claude.com/docs/en/build-with-claude/effort
 * Schemas: https://platform.openai.com/docs/guides/structured-outputs,
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
export const traitsOf = (model: string): ModelTraits => {
  const name = model.slice(model.lastIndexOf('/') + 1);
  if (name.startsWith('claude-')) return claudeTraits(name);
  if (name.startsWith('deepseek-'))
    return {
      acceptsPrefill: false,
      acceptsTemperature: true,
      readsImages: false,
      readsDocuments: false,
      wantsReasoningBack: true,
      efforts: [],
      outputs: ['object'],
    };
  const thinks = /^(o\d|gpt-[5-9](?!.*chat))/.test(name);
  const isOpenai = /^(gpt-|o\d|chatgpt-|ft:gpt-)/.test(name);
  return {
    acceptsPrefill: false,
    acceptsTemperature: !thinks,
    readsImages: true,
    readsDocuments: isOpenai,
    wantsReasoningBack: false,
    efforts: thinks ? ['none', 'minimal', 'low', 'medium', 'high', 'xhigh'] : [],
    outputs: isOpenai ? ['object', 'schema'] : [],
  };
};

const claudeTraits = (name: string): ModelTraits => {
  const version = versionOf(name);
  return {
    acceptsPrefill: version < 406,
    acceptsTemperature: version < (name.includes('opus') ? 407 : 500),
    readsImages: true,
    readsDocuments: true,
    wantsReasoningBack: false,
    efforts: version >= (name.includes('opus') ? 405 : 406) ? ['low', 'medium', 'high'] : [],
    outputs: version >= (name.includes('opus') ? 401 : 405) ? ['schema'] : [],
  };
};

/** `claude-opus-4-5-20251101` and `claude-3-5-sonnet` as 405 and 305; a model without a number is a new one. */
const versionOf = (name: string): number => {
  const [, major, minor] = /-(\d{1,2})(?:-(\d{1,2}))?(?![\d])/.exec(name) ?? [];
  return major === undefined ? Infinity : Number(major) * 100 + Number(minor ?? 0);
};
