import type { Actor, VirtualTime } from './virtual-time.ts';

/** The kinds of awaits of a function: it may die or be held up at each. */
export const AWAITS = [
  'read',
  'write',
  'transact',
  'money',
  'model',
  'tool',
  'start',
  'post',
  'timer',
] as const;
export type Await = (typeof AWAITS)[number];

/** Rare kinds more often than those that come by the hundred, so that a run dies at every kind now and then. */
const CRASH_SHARES: Readonly<Record<Await, number>> = {
  read: 0.004,
  write: 0.004,
  transact: 0.008,
  money: 0.012,
  model: 0.002,
  tool: 0.03,
  start: 0.02,
  post: 0.004,
  timer: 0.000_4,
};
/**
 * Restless: functions are held up far more often, their leases run out under them, and they wake up late. Spared: nobody
 * dies or is held up, so nothing may be interrupted, though answers get lost.
 */
export type Mood = 'usual' | 'restless' | 'spared';
const PAUSE_SHARES: Readonly<Record<Mood, number>> = { usual: 0.002, restless: 0.03, spared: 0 };
/** Longer than a lease and its skew of clocks; it is taken within a minute. */
const PAUSE_MIN_MS = 15_000;
const PAUSE_SPREAD_MS = 60_000;
const LOST_ANSWER_SHARE = 0.06;
const TRAVEL_MS_MAX = 12;
const CROWDED_TRANSACT_MS_MAX = 400;

export interface FateWorld {
  readonly time: VirtualTime;
  /** true: nobody dies any more, so that what is left is cleared up. */
  readonly isCalm: () => boolean;
  readonly mood: Mood;
  /** Many write at once, and their transactions meet. */
  readonly isCrowded: boolean;
  /** What happened, to be told. */
  readonly seen: Set<string>;
}

/** What the seed has in store for functions. */
export class Fates {
  private readonly world: FateWorld;

  constructor(world: FateWorld) {
    this.world = world;
  }

  /** An await of an actor: it may die here, its whole process may freeze, or this one answer may be slow. */
  async pass(actor: Actor, kind: Await, ms: number, signal?: AbortSignal): Promise<void> {
    await this.world.time.sleep(actor, ms + this.strike(actor, kind), signal);
  }

  /** The way to a service or back. */
  async travel(actor: Actor, kind: Await): Promise<void> {
    const { time, isCrowded } = this.world;
    const msMax = isCrowded && kind === 'transact' ? CROWDED_TRANSACT_MS_MAX : TRAVEL_MS_MAX;
    await this.pass(actor, kind, 1 + time.random.below(msMax));
  }

  /** How much longer the await takes. */
  private strike(actor: Actor, kind: Await): number {
    const { time, seen, isCalm, mood } = this.world;
    const { random } = time;
    if (isCalm() || mood === 'spared' || !mayDie(actor)) return 0;
    if (random.chance(CRASH_SHARES[kind])) {
      actor.isDead = true;
      seen.add(`killed at: ${kind}`);
      return 0;
    }
    if (kind === 'timer' || !random.chance(PAUSE_SHARES[mood])) return 0;
    const pauseMs = PAUSE_MIN_MS + random.below(PAUSE_SPREAD_MS);
    actor.wasPaused = true;
    if (random.chance(0.5)) {
      seen.add(`slow: ${kind}`);
      return pauseMs;
    }
    seen.add(`frozen at: ${kind}`);
    actor.frozenUntilMs = time.nowMs + pauseMs;
    return 0;
  }

  /** An answer that never came: the client asks again. */
  loses(what: 'write' | 'transact'): boolean {
    const { time, seen, isCalm } = this.world;
    const isLost = !isCalm() && time.random.chance(LOST_ANSWER_SHARE);
    if (isLost) seen.add(`answer lost: ${what}`);
    return isLost;
  }
}

/** Clients keep looking; functions die. */
const mayDie = (actor: Actor): boolean => /^(post|claimed|sweep|subscribe)/.test(actor.name);
