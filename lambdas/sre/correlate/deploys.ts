import type { LogRecord, Source } from '../domain/log-record.ts';
import type { Span } from '../domain/span.ts';
import { sourceName } from '../domain/summary.ts';

/** A new version of a service. */
export interface Deploy {
  readonly source: Source;
  readonly version: string;
  readonly atMs: number;
}

/** The version that a service says it has. */
const VERSION_ATTRIBUTE = 'service.version';

interface Seen {
  readonly source: Source;
  readonly version: string;
  atMs: number;
}

type Told = Pick<LogRecord, 'source' | 'resource'>;

/** Versions by service and when each was seen first, of the records of a window. */
export const versionsOf = (
  logs: readonly LogRecord[],
  spans: readonly Span[],
): readonly Deploy[] => {
  const seen = new Map<string, Seen>();
  const see = ({ source, resource }: Told, atMs: number): void => {
    const version = resource[VERSION_ATTRIBUTE];
    if (typeof version !== 'string' || version === '') return;
    const name = `${sourceName(source)} ${version}`;
    const known = seen.get(name);
    if (known === undefined) seen.set(name, { source, version, atMs });
    else known.atMs = Math.min(known.atMs, atMs);
  };
  for (const log of logs) see(log, log.timeMs);
  for (const span of spans) see(span, span.startMs);
  return [...seen.values()];
};

/** Of those the ones that are new to a service of which another version is known. */
export const deploysIn = (
  versions: readonly Deploy[],
  known: (service: string) => ReadonlySet<string>,
): readonly Deploy[] =>
  versions.filter(({ source, version }) => {
    const before = known(sourceName(source));
    return before.size > 0 && !before.has(version);
  });
