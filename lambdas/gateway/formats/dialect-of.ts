import type { Dialect } from '../../http/errors.ts';

/** Whose client asks on a route that nobody has: known by its path, or by a header that its SDK always sends. */
export const dialectOf = ({
  headers,
  path,
}: {
  readonly headers: Readonly<Record<string, string>>;
  readonly path: string;
}): Dialect => {
  if (path.startsWith('/elevenlabs/')) return 'elevenlabs';
  if (/^\/v1(?:alpha|beta\d?)\/|^\/v1\/models\/.*:\w+$/.test(path)) return 'google';
  if (headers['anthropic-version'] !== undefined || /^\/v1\/(messages|complete$)/.test(path))
    return 'anthropic';
  return OPENAI.test(path) ? 'openai' : 'native';
};

const OPENAI =
  /^\/v1\/(responses|conversations|embeddings|images|audio|completions|chat|moderations|files|batches|fine_tuning|vector_stores|realtime|videos)(\/|$)/;
