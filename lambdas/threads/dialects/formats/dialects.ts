import { AppError } from '../../../shared/app-error.ts';
import { ALIASES, type AliasDialect } from '../../domain/project.ts';
import type { LoggedEvent } from '../../domain/run-event.ts';
import { aiSdkDialect } from '../ai-sdk/formats/ai-sdk-dialect.ts';
import type { Dialect, DialectFrame, DialectRun } from './dialect.ts';
import { nativeDialect } from '../native/formats/native-dialect.ts';
import { qlaudDialect } from '../qlaud/formats/qlaud-dialect.ts';
import { responsesDialect } from '../responses/formats/responses-dialect.ts';

/** One version of a dialect, its state kept to itself. */
export interface DialectVersion {
  readonly version: string;
  readonly isStateless: boolean;
  /** What it says of each event, told one after the other from the first, or from any one when it is stateless. */
  readonly teller: (run: DialectRun) => (logged: LoggedEvent) => readonly DialectFrame[];
}

export const versionOf = <S>(dialect: Dialect<S>): DialectVersion => ({
  version: dialect.version,
  isStateless: dialect.isStateless ?? false,
  teller: (run) => {
    let state = dialect.start(run);
    return (logged) => {
      const [next, frames] = dialect.step(state, logged);
      state = next;
      return frames;
    };
  },
});

export type DialectName = 'native' | 'ai_sdk' | 'responses' | AliasDialect;
/** Versions by the dialect's name, 1 the first; what a run keeps of them. */
export type DialectPins = Readonly<Record<string, number>>;
type Versions = Readonly<Record<DialectName, readonly DialectVersion[]>>;

/** Every version that a run may have begun with, the first one first. One is added, none is changed or taken away. */
export const DIALECTS: Versions = {
  native: [versionOf(nativeDialect)],
  ai_sdk: [versionOf(aiSdkDialect)],
  responses: [versionOf(responsesDialect)],
  qlaud: [versionOf(qlaudDialect)],
};

/** What a run that begins now keeps: readers of any dialect may come, of the aliases those of its project. */
export const newestPins = (
  aliases: readonly AliasDialect[] = [],
  versions: Versions = DIALECTS,
): DialectPins =>
  Object.fromEntries(
    Object.entries(versions)
      .filter(([name]) => !ALIASES.some((alias) => alias === name && !aliases.includes(alias)))
      .map(([name, all]) => [name, all.length]),
  );

/** The dialect of a run's native routes. */
export const nativeNameOf = (pins: DialectPins): DialectName =>
  ALIASES.find((alias) => alias in pins) ?? 'native';

/**
 * The version that a run began with, so that a place in it means the same after an upgrade. A run that is older than
 * the dialect gets its first version.
 */
export const pinnedDialect = (
  pins: DialectPins,
  name: DialectName,
  versions: Versions = DIALECTS,
): DialectVersion => {
  const pinned = versions[name][(pins[name] ?? 1) - 1];
  if (pinned !== undefined) return pinned;
  // While a deployment goes on, a function of before may meet a run of after.
  throw new AppError({
    code: 'storage_unavailable',
    publicMessage: 'This run was begun by a newer version of this service; try again.',
    retryAfterSeconds: 5,
  });
};
