import { AppError } from '../../shared/app-error.ts';
import type { DialectVersion } from './dialect.ts';
import { ALIASES, type AliasName } from './project.ts';

export type DialectName = 'native' | 'ai_sdk' | 'responses' | AliasName;
/** Versions by the dialect's name, 1 the first; what a run keeps of them. */
export type DialectPins = Readonly<Record<string, number>>;

/** The newest version of each dialect; its own list of versions is as long. */
export const NEWEST_VERSIONS: Readonly<Record<DialectName, number>> = {
  native: 1,
  ai_sdk: 1,
  responses: 2,
  qlaud: 2,
};

/** What a run that begins now keeps: readers of any dialect may come, of the aliases those of its project. */
export const newestPins = (
  aliases: readonly AliasName[] = [],
  newest: Readonly<Record<DialectName, number>> = NEWEST_VERSIONS,
): DialectPins =>
  Object.fromEntries(
    Object.entries(newest).filter(
      ([name]) => !ALIASES.some((alias) => alias === name && !aliases.includes(alias)),
    ),
  );

/**
 * The version that a run began with, so that an index in it means the same after an upgrade. A run that is older than
 * the dialect gets its first version.
 */
export const pinnedVersion = (
  pins: DialectPins,
  name: DialectName,
  versions: readonly DialectVersion[],
): DialectVersion => {
  const pinned = versions[(pins[name] ?? 1) - 1];
  if (pinned !== undefined) return pinned;
  // While a deployment is under way, a function of before may meet a run of after.
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: 'This run was begun by a newer version of this service; try again.',
    retryAfterSeconds: 5,
  });
};
