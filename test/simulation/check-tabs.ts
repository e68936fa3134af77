import type { LogCursor } from '../../lambdas/threads/domain/log-cursor.ts';
import { nativeEvent } from '../../lambdas/threads/dialects/native/formats/native-stream.ts';
import type { RunEvent } from '../../lambdas/threads/domain/run-event.ts';
import type { Run } from '../../lambdas/threads/domain/thread.ts';
import { must } from './scheduler.ts';
import type { Watched } from './simulated-sockets.ts';

export interface EndedRun {
  readonly run: Run;
  readonly events: readonly RunEvent[];
}

interface Told {
  readonly place: LogCursor;
  readonly event: object;
}

/**
 * Every tab has each event behind its start once, in the order in which the runs were at work. Where nothing failed,
 * no post was in vain: none came twice, and none was missing until the tab asked again.
 */
export const checkTabs = (
  ended: readonly EndedRun[],
  lastRun: number,
  watched: readonly Watched[],
  isHealthy: boolean,
): void => {
  const all = inOrder(ended, lastRun);
  for (const tab of watched) {
    const { name } = tab.actor;
    must(tab.isSubscribed, `${name}: never subscribed`);
    const wanted = all.slice(firstOf(tab, all));
    for (const [number, { place, event }] of tab.events.entries()) {
      const right = wanted[number];
      must(
        right !== undefined && isSame(right.place, place),
        `${name}: got ${textOf(place)}, not ${textOf(right?.place)}`,
      );
      must(JSON.stringify(right?.event) === JSON.stringify(event), `${name}: another event`);
    }
    must(
      tab.events.length === wanted.length,
      `${name}: ${tab.events.length} of ${wanted.length} events`,
    );
    if (!isHealthy || tab.hasFaults) continue;
    must(tab.doubles === 0, `${name}: ${tab.doubles} events came twice`);
    must(tab.timesBehind === 0, `${name}: was left behind`);
  }
};

const inOrder = (ended: readonly EndedRun[], lastRun: number): readonly Told[] => {
  const all: Told[] = [];
  for (let seq = lastRun; seq !== 0;) {
    const found = ended.find(({ run }) => run.seq === seq);
    if (found === undefined) throw new Error(`run ${seq} is not there`);
    const { run, events } = found;
    all.unshift(
      ...events.map((event, index) => ({
        place: { seq: run.seq, index },
        event: nativeEvent(run, event),
      })),
    );
    seq = run.previousRun ?? 0;
  }
  return all;
};

/** A tab that named no start begins with the first event of a run, or where it was told that it is. */
const firstOf = (tab: Watched, all: readonly Told[]): number => {
  if (tab.start?.seq === 0) return 0;
  const { start } = tab;
  if (start !== null) return all.findIndex(({ place }) => isSame(place, start)) + 1;
  const [first] = tab.events;
  must(first?.place.index === 0, `${tab.actor.name}: began in the middle of a run`);
  return all.findIndex(({ place }) => first !== undefined && isSame(place, first.place));
};

const isSame = (left: LogCursor, right: LogCursor): boolean =>
  left.seq === right.seq && left.index === right.index;

const textOf = (place: LogCursor | undefined): string =>
  place === undefined ? 'nothing' : `${place.seq}.${place.index}`;
