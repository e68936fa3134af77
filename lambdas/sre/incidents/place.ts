import { isWorse, type Anomaly } from '../domain/anomaly.ts';
import { sourceName } from '../domain/summary.ts';
import type { Incident } from './incident.ts';
import {
  isMember,
  memberOf,
  openIncident,
  reopen,
  seenUntilMs,
  takeIn,
  type Change,
} from './life.ts';
import { LIVE_MAX, RECENT_MS, STORM_BUDGET, STORM_SPAN_MS } from './limits.ts';
import { isOfKey, type Nearness } from './near.ts';
import { silenceOf, type Silence } from './silence.ts';

/** Which incident an anomaly is in, and how much of it is known there. */
export interface Mark {
  readonly anomalyId: string;
  readonly incidentId: string;
  readonly revision: number;
  readonly isEnded: boolean;
}

/** The incidents of a tenant as somebody read them. */
export interface Board {
  /** Of the whole: rises whenever membership changes. */
  readonly version: number;
  /** The oldest first. */
  readonly live: readonly Incident[];
  /** Resolved ones: the last of each source, those that marks name, and those that were opened within a storm's time. */
  readonly past: readonly Incident[];
  /** By the name of a source that an anomaly is of: the last incident that it was in, when that one is resolved. */
  readonly lastOf: ReadonlyMap<string, string>;
  readonly marks: ReadonlyMap<string, Mark>;
}

/** What became of an anomaly. */
export type Verdict =
  /** Nothing is new about it. */
  | { readonly kind: 'known'; readonly incidentId: string }
  | {
      readonly kind: 'opened' | 'joined' | 'reopened' | 'digest';
      readonly incidentId: string;
    }
  | { readonly kind: 'over' | 'small' }
  | { readonly kind: 'silenced'; readonly silence: Silence };

export interface PlaceInput {
  readonly anomalies: readonly Anomaly[];
  readonly board: Board;
  readonly silences: readonly Silence[];
  readonly nearness: Nearness;
  readonly nowMs: number;
}

export interface Placed {
  readonly changes: readonly Change[];
  readonly marks: readonly Mark[];
  readonly verdicts: ReadonlyMap<string, Verdict>;
}

/**
 * Puts anomalies into incidents. Pure: what it decides is written on the condition that the board is still the one that
 * it saw, so that two who decide at once cannot both open.
 */
export const place = (input: PlaceInput): Placed => {
  const placing = new Placing(input);
  const verdicts = new Map<string, Verdict>();
  for (const anomaly of input.anomalies.toSorted(byBeginning))
    verdicts.set(anomaly.id, placing.add(anomaly));
  return { ...placing.result(), verdicts };
};

const byBeginning = (left: Anomaly, right: Anomaly): number => (left.id < right.id ? -1 : 1);

class Placing {
  private readonly input: PlaceInput;
  /** Live ones as they are by now, the oldest first. */
  private readonly live: Map<string, Incident>;
  private readonly opened = new Map<string, Change>();
  private readonly taken = new Map<string, Anomaly[]>();
  private readonly marks: Mark[] = [];

  constructor(input: PlaceInput) {
    this.input = input;
    this.live = new Map(input.board.live.map((incident) => [incident.id, incident]));
  }

  add(anomaly: Anomaly): Verdict {
    const mark = this.input.board.marks.get(anomaly.id);
    if (mark !== undefined && !isNewsOf(mark, anomaly))
      return { kind: 'known', incidentId: mark.incidentId };
    const home =
      mark === undefined ? null : (this.holderOf(anomaly) ?? this.homeOf(mark.incidentId));
    if (home !== null) return this.join(home, anomaly);
    if (mark !== undefined && anomaly.revision <= mark.revision)
      return { kind: 'known', incidentId: mark.incidentId };
    return this.refusal(anomaly) ?? this.admit(anomaly, mark);
  }

  /** Why it belongs nowhere. */
  private refusal(anomaly: Anomaly): Verdict | null {
    const { nowMs, silences } = this.input;
    if (anomaly.endedMs !== null && nowMs - seenUntilMs(anomaly) >= RECENT_MS)
      return { kind: 'over' };
    // What was over while a silence held is not reported after it.
    const atMs = anomaly.endedMs === null ? nowMs : seenUntilMs(anomaly);
    const silence = silenceOf(anomaly, silences, atMs);
    return silence === null ? null : { kind: 'silenced', silence };
  }

  private admit(anomaly: Anomaly, mark: Mark | undefined): Verdict {
    const near = this.holderOf(anomaly) ?? this.nearest(anomaly);
    if (near !== null) return this.join(near, anomaly);
    if (isTooSmall(anomaly)) return { kind: 'small' };
    const before = this.lastIncident(anomaly, mark);
    if (before !== null && this.isRecent(before) && !this.isFull())
      return this.reopen(before, anomaly);
    return this.open(anomaly, before?.id ?? this.lastId(anomaly));
  }

  /** The live incident that has its source and kind already: no other one can claim them. */
  private holderOf(anomaly: Anomaly): Incident | null {
    const member = memberOf(anomaly);
    for (const incident of this.live.values())
      if (isMember(member, incident.members)) return incident;
    return null;
  }

  /** The oldest incident that it is a part of. A digest takes what is related to it, and comes last. */
  private nearest(anomaly: Anomaly): Incident | null {
    const near = [...this.live.values()].filter((incident) =>
      this.input.nearness.isPartOf(anomaly, incident),
    );
    return near.find(({ isDigest }) => !isDigest) ?? near[0] ?? null;
  }

  /** The live incident that a mark names, or that took it in; null: it is resolved. */
  private homeOf(id: string): Incident | null {
    let next: string | null = id;
    for (let hops = 0; next !== null && hops < LIVE_MAX; hops++) {
      const live = this.live.get(next);
      if (live !== undefined) return live;
      const wanted: string = next;
      next = this.input.board.past.find((one) => one.id === wanted)?.mergedInto ?? null;
    }
    return null;
  }

  private lastId({ source }: Anomaly): string | null {
    return this.input.board.lastOf.get(sourceName(source)) ?? null;
  }

  private lastIncident(anomaly: Anomaly, mark: Mark | undefined): Incident | null {
    const { past } = this.input.board;
    let id = mark?.incidentId ?? this.lastId(anomaly);
    for (let hops = 0; id !== null && hops < LIVE_MAX; hops++) {
      const wanted: string = id;
      const found = past.find((one) => one.id === wanted);
      if (found === undefined || found.mergedInto === null) return found ?? null;
      id = found.mergedInto;
    }
    return null;
  }

  private isRecent({ id, resolvedMs }: Incident): boolean {
    return !this.opened.has(id) && resolvedMs !== null && this.input.nowMs - resolvedMs < RECENT_MS;
  }

  private join(incident: Incident, anomaly: Anomaly): Verdict {
    const { nowMs } = this.input;
    const change = takeIn(incident, [anomaly], nowMs);
    if (change !== null)
      this.live.set(incident.id, { ...change.after, revision: incident.revision });
    this.taken.set(incident.id, [...(this.taken.get(incident.id) ?? []), anomaly]);
    this.mark(anomaly, incident.id);
    return { kind: 'joined', incidentId: incident.id };
  }

  private reopen(incident: Incident, anomaly: Anomaly): Verdict {
    this.begin(reopen(incident, anomaly, this.input.nowMs), anomaly);
    return { kind: 'reopened', incidentId: incident.id };
  }

  private open(anomaly: Anomaly, follows: string | null): Verdict {
    const isStorm = this.isFull() || (!isOfKey(anomaly.kind) && this.isStorm());
    const digest = isStorm ? [...this.live.values()].find(({ isDigest }) => isDigest) : undefined;
    if (digest !== undefined) {
      this.join(digest, anomaly);
      return { kind: 'digest', incidentId: digest.id };
    }
    const { nowMs } = this.input;
    const change = openIncident({ anomaly, nowMs, follows, isDigest: isStorm });
    this.begin(change, anomaly);
    return { kind: isStorm ? 'digest' : 'opened', incidentId: change.after.id };
  }

  private isStorm(): boolean {
    const { nowMs } = this.input;
    const fresh = [...this.live.values(), ...this.input.board.past].filter(
      ({ openedMs, isDigest, mergedInto }) =>
        !isDigest && mergedInto === null && nowMs - openedMs < STORM_SPAN_MS,
    );
    return fresh.length >= STORM_BUDGET;
  }

  /** What is live stays as much as one reads at a time. */
  private isFull(): boolean {
    return this.live.size >= LIVE_MAX;
  }

  private begin(change: Change, anomaly: Anomaly): void {
    this.opened.set(change.after.id, change);
    this.live.set(change.after.id, change.after);
    this.mark(anomaly, change.after.id);
  }

  private mark({ id, revision, endedMs }: Anomaly, incidentId: string): void {
    this.marks.push({ anomalyId: id, incidentId, revision, isEnded: endedMs !== null });
  }

  /** One change an incident, however many anomalies it took. */
  result(): Pick<Placed, 'changes' | 'marks'> {
    const { board, nowMs } = this.input;
    const taken = [...this.taken].flatMap(([id, anomalies]) => {
      const begun = this.opened.get(id);
      if (begun !== undefined) return [];
      const incident = board.live.find((one) => one.id === id);
      const change = incident === undefined ? null : takeIn(incident, anomalies, nowMs);
      return change === null ? [] : [change];
    });
    const begun = [...this.opened].map(([id, change]): Change => {
      const more = takeIn(change.after, this.taken.get(id) ?? [], nowMs);
      if (more === null) return change;
      const { revision, newsRevision } = change.after;
      return { ...change, after: { ...more.after, revision, newsRevision } };
    });
    return { changes: [...begun, ...taken], marks: this.marks };
  }
}

const isNewsOf = (mark: Mark, { revision, endedMs }: Anomaly): boolean =>
  revision > mark.revision || (endedMs !== null && !mark.isEnded);

/** A low one is evidence, and no reason to wake anybody. */
const isTooSmall = ({ band }: Anomaly): boolean => !isWorse(band, 'low');
