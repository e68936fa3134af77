/** Providers that this gateway knows by itself: the others need a base URL of their owner's. */
const PROVIDERS = {
  openai: { baseUrl: 'https://api.openai.com/v1' },
  anthropic: { baseUrl: 'https://api.anthropic.com' },
  deepseek: { baseUrl: 'https://api.deepseek.com/v1' },
  google: { baseUrl: 'https://generativelanguage.googleapis.com' },
  // Asked by the role of the function, in the region that its owner says.
  bedrock: { awsService: 'bedrock-runtime', wire: 'bedrock-converse' },
  elevenlabs: { baseUrl: 'https://api.elevenlabs.io', ownRoute: 'POST /elevenlabs/{path}' },
  // Named by its host alone: https://docs.ollama.com/api/openai-compatibility
  ollama: { isLocal: true, pathOfHost: '/v1' },
} as const satisfies Readonly<Record<string, KnownProvider>>;
export type ProviderName = keyof typeof PROVIDERS;

export interface KnownProvider {
  /** Absent: its owner says where it is. */
  readonly baseUrl?: string;
  /** Its API is on no wire that others speak: the route here that speaks it. */
  readonly ownRoute?: string;
  /** On the owner's own machine: its models cost nothing. */
  readonly isLocal?: true;
  /** The host of the AWS service that it is. */
  readonly awsService?: string;
  /** Of its own, though no family of models is. */
  readonly wire?: 'bedrock-converse';
  /** Where its wire is below a base URL that is no more than a host. */
  readonly pathOfHost?: string;
}

const KNOWN: ReadonlyMap<string, KnownProvider> = new Map(Object.entries(PROVIDERS));

/** null: nobody's that is known here. */
export const knownProvider = (name: string): KnownProvider | null => KNOWN.get(name) ?? null;

/**
 * Bedrock names the maker of a model before it, where it runs before that, and its edition after it:
 * `us.anthropic.claude-opus-5-v1:0`. https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html
 */
const OF_BEDROCK = /^(?:[a-z-]+\.)?(anthropic|openai|deepseek)\.(.+?)(?:-v\d+)?(?::\d+)?$/;

/**
 * What its maker calls a model, whoever runs it: without the provider, the place, the maker and the edition around it. A
 * fine-tune is its model in everything but its price.
 */
export const bareName = (model: string): string => {
  const name = model.slice(model.lastIndexOf('/') + 1).replace(/^ft:/, '');
  const [, maker, own] = OF_BEDROCK.exec(name) ?? [];
  if (own === undefined) return name;
  return maker === 'deepseek' ? `deepseek-${own}` : own;
};
