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
}

/**
 * Traits of a model by its name, with or without a provider's prefix.
 * Prefill ended with Claude 4.6, sampling parameters with Claude Opus 4.7:
 * https://platform.claude.com/docs/en/about-claude/models/migration-guide
 * Reasoning beside tool calls: https://api-docs.deepseek.com/guides/thinking_mode
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
    };
  return {
    acceptsPrefill: false,
    acceptsTemperature: !/^(o\d|gpt-[5-9](?!.*chat))/.test(name),
    readsImages: true,
    readsDocuments: /^(gpt-|o\d|chatgpt-|ft:gpt-)/.test(name),
    wantsReasoningBack: false,
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
  };
};

/** `claude-opus-4-5-20251101` and `claude-3-5-sonnet` as 405 and 305; a model without a number is a new one. */
const versionOf = (name: string): number => {
  const [, major, minor] = /-(\d{1,2})(?:-(\d{1,2}))?(?![\d])/.exec(name) ?? [];
  return major === undefined ? Infinity : Number(major) * 100 + Number(minor ?? 0);
};
