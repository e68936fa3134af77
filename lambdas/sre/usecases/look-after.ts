import type { SourceWindow } from '../domain/window.ts';
import type { Incident } from '../incidents/incident.ts';
import { changed, resolve, type Change } from '../incidents/life.ts';
import { quietOf } from '../incidents/quiet.ts';
import type { Board } from '../incidents/place.ts';
import { SLUICE } from '../incidents/timeline.ts';
import type { WindowStore } from '../ports/windows.ts';
import { mergeNear, withoutRace, type PlaceDeps } from './place-anomalies.ts';

export interface LookAfterDeps extends PlaceDeps {
  readonly windows: Pick<WindowStore, 'load'>;
}

/**
 * Looks after what is live in a tenant: resolves what is quiet, wakes what was snoozed, merges what turns out to be one.
 * As often as anybody likes: what it reads is what is there now. Answers what changed.
 */
export const lookAfter = async (
  deps: LookAfterDeps,
  { tenant }: { readonly tenant: string },
): Promise<readonly Change[]> => {
  const merged = await mergeNear(deps, tenant);
  const board = await deps.incidents.load(tenant, [], deps.timers.nowMs());
  if (board.live.length === 0) return merged;
  const windows = await windowsOf(deps, tenant);
  const changes: Change[] = [];
  let seen: Board | null = board;
  for (const { id } of board.live) {
    const change: Change | null = await withoutRace(deps, async () => {
      seen ??= await deps.incidents.load(tenant, [], deps.timers.nowMs());
      const settled = await settle(deps, tenant, seen, id, windows);
      // Whatever is written makes another board of it.
      if (settled !== 'nothing') seen = null;
      return settled === 'lost' ? null : { change: settled === 'nothing' ? null : settled };
    }).then((done) => done.change);
    if (change !== null) changes.push(change);
  }
  return [...merged, ...changes];
};

const windowsOf = async (
  { windows }: LookAfterDeps,
  tenant: string,
): Promise<ReadonlyMap<string, SourceWindow>> =>
  new Map([...(await windows.load(tenant)).values()].flatMap(({ part }) => [...part.windows]));

const settle = async (
  deps: LookAfterDeps,
  tenant: string,
  board: Board,
  id: string,
  windows: ReadonlyMap<string, SourceWindow>,
): Promise<Change | 'nothing' | 'lost'> => {
  const incident = board.live.find((one) => one.id === id);
  if (incident === undefined) return 'nothing';
  const nowMs = deps.timers.nowMs();
  const anomalies = await deps.incidents.anomalies(incident);
  const isOver = quietOf({ incident, anomalies, windows, nowMs }).kind === 'quiet';
  const change = isOver ? overByQuiet(incident, nowMs) : woken(incident, nowMs);
  if (change === null) return 'nothing';
  const version = isOver ? board.version : null;
  const isWritten = await deps.incidents.commit({ tenant, version, changes: [change], marks: [] });
  return isWritten ? change : 'lost';
};

const overByQuiet = (incident: Incident, nowMs: number): Change =>
  resolve(incident, {
    atMs: nowMs,
    by: SLUICE,
    kind: 'resolved',
    text: 'Nothing of it was seen for a while, and its services send as usual.',
  });

const woken = (incident: Incident, nowMs: number): Change | null =>
  incident.snoozedUntilMs === null || nowMs < incident.snoozedUntilMs
    ? null
    : changed(
        incident,
        { snoozedUntilMs: null },
        { atMs: nowMs, by: SLUICE, kind: 'woke', text: 'The snooze is over, and it is not.' },
        'usual',
      );
