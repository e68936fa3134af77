import { knownProvider } from './providers.ts';

/** What a model does that holds no conversation. */
export type UnitKind = 'embedding' | 'image' | 'speech' | 'transcription' | 'moderation';

interface KindFacts {
  readonly kind: UnitKind;
  readonly provider: string;
  /** Names that need no provider before them. */
  readonly pattern: RegExp;
  /** The route that calls it, where that is none of its kind's. */
  readonly route?: string;
}

/** https://developers.openai.com/api/docs/models */
const KINDS: readonly KindFacts[] = [
  { kind: 'embedding', provider: 'openai', pattern: /^text-embedding-/ },
  { kind: 'moderation', provider: 'openai', pattern: /^(?:omni|text)-moderation-/ },
  { kind: 'image', provider: 'openai', pattern: /^(?:gpt-image-|chatgpt-image-|dall-e-)/ },
  { kind: 'speech', provider: 'openai', pattern: /^(?:tts-1|gpt-[\w.]+(?:-mini)?-tts)(?:-|$)/ },
  {
    kind: 'transcription',
    provider: 'openai',
    pattern: /^(?:whisper-|gpt-(?:[\w.]+-)*transcribe(?:-|$))/,
  },
  // https://ai.google.dev/gemini-api/docs/embeddings
  {
    kind: 'embedding',
    provider: 'google',
    pattern: /^gemini-embedding-/,
    route: 'POST /v1beta/models/{id}:embedContent',
  },
  // https://elevenlabs.io/docs/overview/models
  { kind: 'speech', provider: 'elevenlabs', pattern: /^eleven_/ },
  { kind: 'transcription', provider: 'elevenlabs', pattern: /^scribe_/ },
];

/** The kind of a model by its name; null: it converses, or nobody here knows it. */
export const unitKindOf = (name: string): KindFacts | null =>
  KINDS.find(({ pattern }) => pattern.test(name)) ?? null;

/** The route here that calls such a model. */
export const unitRouteOf = ({ provider, kind, route }: KindFacts): string =>
  route ?? knownProvider(provider)?.ownRoute ?? UNIT_ROUTES[kind];

const UNIT_ROUTES: Readonly<Record<UnitKind, string>> = {
  embedding: 'POST /v1/embeddings',
  image: 'POST /v1/images/generations',
  speech: 'POST /v1/audio/speech',
  transcription: 'POST /v1/audio/transcriptions',
  moderation: 'POST /v1/moderations',
};
