import type { Json } from '../../inference/turn/turn.ts';
import type { LoggedEvent } from './run-event.ts';
import type { Run } from './thread.ts';
import type { RunPlace } from './thread-ids.ts';

/** What a dialect says about a run beside its events; fixed when the run starts, so that every reader gets the same. */
export interface DialectRun extends RunPlace {
  readonly model: string;
  readonly createdAtMs: number;
  /** Names of the tools that its client runs. */
  readonly clientTools: readonly string[];
  /** What the dialect says back of the request. */
  readonly echo: Readonly<Record<string, Json>>;
}

/** One server-sent event. */
export interface DialectFrame {
  /** Its index in the dialect: 0, 1, 2 ..., the same for every reader. */
  readonly ordinal: number;
  readonly text: string;
  /** A reader's stream ends after this frame. */
  readonly ends: boolean;
}

/**
 * A run's events in somebody's wire: a pure fold from the first event on. What a version once said it says for ever: a
 * change of the bytes is a new version, and a run keeps the one that it began with.
 */
export interface Dialect<S> {
  readonly version: string;
  /** What it says of an event hangs on that event alone: a reader may begin at any one. */
  readonly isStateless?: boolean;
  readonly start: (run: DialectRun) => S;
  readonly step: (state: S, logged: LoggedEvent) => readonly [S, readonly DialectFrame[]];
}

/** One version of a dialect, its state kept to itself. */
export interface DialectVersion {
  readonly version: string;
  readonly isStateless: boolean;
  /** Renders events one after the other from the first, or from any one when the dialect is stateless. */
  readonly renderer: (run: DialectRun) => (logged: LoggedEvent) => readonly DialectFrame[];
}

export const versionOf = <S>(dialect: Dialect<S>): DialectVersion => ({
  version: dialect.version,
  isStateless: dialect.isStateless ?? false,
  renderer: (run) => {
    let state = dialect.start(run);
    return (logged) => {
      const [next, frames] = dialect.step(state, logged);
      state = next;
      return frames;
    };
  },
});

export const dialectRunOf = (run: Run): DialectRun => ({
  projectId: run.projectId,
  endUserId: run.endUserId,
  threadId: run.threadId,
  seq: run.seq,
  model: run.settings.model,
  createdAtMs: run.createdAtMs,
  clientTools: run.settings.clientTools.map(({ name }) => name),
  echo: run.settings.echo,
});
