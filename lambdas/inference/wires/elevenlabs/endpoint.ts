import { isFreeRead } from './free-reads.ts';
import type { Unpriced } from '../unpriced.ts';
import type { Endpoint, WireAccount } from '../wire.ts';

/** Below `/elevenlabs`, as its SDK has it: `/v1/text-to-speech/{voice_id}`. */
export interface ElevenPath {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

/** What its clients read: what a call cost, and its name for those that continue it. */
const SHOWN: readonly string[] = ['character-cost', 'request-id', 'history-item-id'];

export const elevenEndpoint = ({ path, query }: ElevenPath, { apiKey }: WireAccount): Endpoint => {
  const asked = new URLSearchParams(query).toString();
  return {
    path: asked === '' ? path : `${path}?${asked}`,
    headers: apiKey === null ? {} : { 'xi-api-key': apiKey },
  };
};

export const shownHeaders = (
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    SHOWN.flatMap((name) => {
      const value = headers[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

export const foreignQuery = (
  { query }: ElevenPath,
  known: ReadonlySet<string>,
): readonly Unpriced[] =>
  Object.keys(query)
    .filter((name) => !known.has(name))
    .map((name) => ({ path: name, name, known }));

const SPEECH = /^\/v1\/text-to-speech\/[\w-]+(?:\/stream)?(?:\/with-timestamps)?$/;
const HEARD = '/v1/speech-to-text';

/** What it hands out or shows opens the account to whoever has it, past this gateway. */
const CREDENTIALS = /\/[\w.~-]*(?:token|signed[-_]?url|api[-_]?key|secret)[\w.~-]*(?:\/|$)/i;

export type ElevenKind = 'speech' | 'transcription' | 'free' | 'credentials' | 'other';

/** What a request of its API is, as far as money is concerned. */
export const kindOf = ({ method, path }: ElevenPath): ElevenKind => {
  if (CREDENTIALS.test(path)) return 'credentials';
  if (method === 'GET' && isFreeRead(path)) return 'free';
  if (method !== 'POST') return 'other';
  if (SPEECH.test(path)) return 'speech';
  return path === HEARD ? 'transcription' : 'other';
};
