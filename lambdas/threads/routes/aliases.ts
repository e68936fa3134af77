import type { Answerer } from '../../inference/turn/answerer.ts';
import { aliasAmong, type ProjectSettings } from '../domain/project.ts';
import { runIdOf } from '../domain/thread-ids.ts';
import type { Run } from '../domain/thread.ts';
import type { Aliases, DialectAlias } from '../ports/alias.ts';

/** The alias that a project's native routes speak; null: none. */
export const aliasOfProject = (
  aliases: Aliases,
  { dialects }: ProjectSettings,
): DialectAlias | null => aliasAmong(aliases, dialects);

/** The alias that a run began with, which its readers get to its end. */
export const aliasOfRun = (aliases: Aliases, { settings }: Run): DialectAlias | null =>
  aliasAmong(aliases, Object.keys(settings.dialects));

/**
 * Which run a turn or a stream is about, and where to come back to it: on every answer of it, streamed or not. `by`: who
 * answers, where that is known.
 */
export const runHeaders = (
  aliases: Aliases,
  run: Run,
  by: Answerer | null = null,
): Readonly<Record<string, string>> => ({
  'x-sluice-thread-id': run.threadId,
  'x-sluice-run-id': runIdOf(run.threadId, run.seq),
  'x-sluice-seq': String(run.seq),
  location: `/v1/runs/${runIdOf(run.threadId, run.seq)}/stream`,
  ...answererHeaders(run, by),
  ...aliasOfRun(aliases, run)?.runHeaders(run),
});

export const answererHeaders = (
  { settings }: Run,
  by: Answerer | null,
): Readonly<Record<string, string>> => ({
  ...(by === null ? {} : { 'x-sluice-model': by.model, 'x-sluice-provider': by.provider }),
  ...(by?.route === undefined ? {} : { 'x-sluice-route': by.route }),
  ...((by === null ? settings.isSimulated : by.simulated) === true
    ? { 'x-sluice-simulated': 'true' }
    : {}),
});
