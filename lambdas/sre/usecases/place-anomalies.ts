import { AppError } from '../../shared/app-error.ts';
import type { Timers } from '../../shared/deps.ts';
import type { Anomaly } from '../domain/anomaly.ts';
import type { Incident } from '../incidents/incident.ts';
import type { Change } from '../incidents/life.ts';
import { PLACED_AT_ONCE_MAX } from '../incidents/limits.ts';
import { merge } from '../incidents/merge.ts';
import { Nearness } from '../incidents/near.ts';
import { place, type Board, type Placed } from '../incidents/place.ts';
import { endMs } from '../incidents/silence.ts';
import { SLUICE } from '../incidents/timeline.ts';
import type { DueList, IncidentStore, ServiceGraph, SilenceBook } from '../ports/incidents.ts';
import type { AnomalyBook } from '../ports/windows.ts';

const RACES_MAX = 12;
const RACE_PAUSE_MS = 40;
/** Merges of one run; what is left comes with the next sweep. */
const MERGES_MAX = 20;

export interface PlaceDeps {
  readonly anomalies: Pick<AnomalyBook, 'get'>;
  readonly incidents: IncidentStore;
  readonly silences: Pick<SilenceBook, 'list'>;
  readonly graph: ServiceGraph;
  readonly due: DueList;
  readonly timers: Timers;
}

export interface PlaceAnomaliesInput {
  readonly tenant: string;
  readonly anomalyIds: readonly string[];
  /** They are on the list of what is due, because a silence held for them. */
  readonly areDeferred: boolean;
}

/**
 * Puts anomalies into incidents as they are now, whatever the message about them said, and answers the incidents that
 * changed. Any number may do so at a time, each may die at any moment, and a message that comes again changes nothing.
 */
export const placeAnomalies = async (
  deps: PlaceDeps,
  { tenant, anomalyIds, areDeferred }: PlaceAnomaliesInput,
): Promise<readonly Incident[]> => {
  const touched = new Map<string, Incident>();
  const ids = [...new Set(anomalyIds)].toSorted();
  for (let from = 0; from < ids.length; from += PLACED_AT_ONCE_MAX) {
    const chunk = ids.slice(from, from + PLACED_AT_ONCE_MAX);
    const changes = await placeChunk(deps, tenant, chunk, areDeferred);
    for (const { after } of changes) touched.set(after.id, after);
  }
  for (const { after } of await mergeNear(deps, tenant)) touched.set(after.id, after);
  return [...touched.values()];
};

const placeChunk = async (
  deps: PlaceDeps,
  tenant: string,
  ids: readonly string[],
  areDeferred: boolean,
): Promise<readonly Change[]> =>
  await withoutRace(deps, async () => {
    const { placed, board, anomalies } = await decide(deps, tenant, ids);
    const version = placed.changes.some(isOfMembership) ? board.version : null;
    const isWritten =
      placed.changes.length === 0 ||
      (await deps.incidents.commit({
        tenant,
        version,
        changes: placed.changes,
        marks: placed.marks,
      }));
    if (!isWritten) return null;
    await deferSilenced(deps, anomalies, placed, areDeferred);
    return placed.changes;
  });

const decide = async (
  deps: PlaceDeps,
  tenant: string,
  ids: readonly string[],
): Promise<{
  readonly placed: Placed;
  readonly board: Board;
  readonly anomalies: readonly Anomaly[];
}> => {
  const nowMs = deps.timers.nowMs();
  const [found, silences, edges] = await Promise.all([
    Promise.all(ids.map(async (id) => await deps.anomalies.get(tenant, id))),
    deps.silences.list(tenant, nowMs),
    deps.graph.edges(tenant),
  ]);
  const anomalies = found.filter((anomaly) => anomaly !== null);
  const board = await deps.incidents.load(tenant, anomalies, nowMs);
  const placed = place({ anomalies, board, silences, nearness: new Nearness(edges), nowMs });
  return { placed, board, anomalies };
};

/** Where who is a member of what changes, the whole board must be as it was seen. */
export const isOfMembership = ({ before, after }: Change): boolean =>
  before === null ||
  before.resolvedMs !== after.resolvedMs ||
  before.members.length !== after.members.length;

/** What is silenced is looked at again when the silence is over; what was silenced and is not any more is done. */
const deferSilenced = async (
  { due, timers }: PlaceDeps,
  anomalies: readonly Anomaly[],
  { verdicts }: Placed,
  areDeferred: boolean,
): Promise<void> => {
  for (const { tenant, id, endedMs } of anomalies) {
    const verdict = verdicts.get(id);
    if (verdict?.kind === 'silenced' && endedMs === null)
      await due.defer(tenant, id, endMs(verdict.silence, timers.nowMs()));
    else if (areDeferred) await due.done(tenant, id);
  }
};

/** Two incidents that turn out to be one: a later call or trace may show what the first did not. */
export const mergeNear = async (deps: PlaceDeps, tenant: string): Promise<readonly Change[]> => {
  const all: Change[] = [];
  for (let merges = 0; merges < MERGES_MAX; merges++) {
    const changes = await withoutRace(deps, async () => {
      const nowMs = deps.timers.nowMs();
      const board = await deps.incidents.load(tenant, [], nowMs);
      if (board.live.length < 2) return [];
      const pair = pairOf(board.live, new Nearness(await deps.graph.edges(tenant)));
      if (pair === null) return [];
      const merged = merge(pair[0], pair[1], { atMs: nowMs, by: SLUICE });
      const { version } = board;
      const isWritten = await deps.incidents.commit({
        tenant,
        version,
        changes: merged,
        marks: [],
      });
      return isWritten ? merged : null;
    });
    if (changes.length === 0) break;
    all.push(...changes);
  }
  return all;
};

/** A digest is related to nothing: it takes nobody in, and goes into nobody. */
const pairOf = (
  live: readonly Incident[],
  nearness: Nearness,
): readonly [Incident, Incident] | null => {
  const oldestFirst = live.filter(({ isDigest }) => !isDigest);
  for (const [index, older] of oldestFirst.entries())
    for (const younger of oldestFirst.slice(index + 1))
      if (!older.apartFrom.includes(younger.id) && nearness.areOne(older, younger))
        return [older, younger];
  return null;
};

/** Decides again until nobody else wrote meanwhile: `attempt` answers null when somebody did. */
export const withoutRace = async <T>(
  { timers }: { readonly timers: Timers },
  attempt: () => Promise<T | null>,
): Promise<T> => {
  for (let races = 0; races < RACES_MAX; races++) {
    if (races > 0) await timers.sleep(RACE_PAUSE_MS * races);
    const done = await attempt();
    if (done !== null) return done;
  }
  throw new AppError({
    code: 'conflict',
    publicMessage: 'The incidents are being written by too many at once.',
  });
};
