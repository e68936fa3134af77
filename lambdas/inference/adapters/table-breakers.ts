import * as z from 'zod';
import type { ItemKey, Tables } from '../../platform/tables/tables.ts';
import {
  CLOSED,
  claimed,
  failedOnce,
  recovered,
  verdictOf,
  type BreakerState,
} from '../routing/breaker.ts';
import type { Breakers, BrokenThing } from '../ports/breakers.ts';

/** What was read holds so long: only a failure, or a name that stands for models, reads at all. */
const KEPT_MS = 5_000;
const KEPT_MAX = 1_000;
const TRIES_MAX = 3;
const TTL_SECONDS = 86_400;

const breakerItem = z.object({
  revision: z.number(),
  since: z.number(),
  calls: z.number(),
  failures: z.number(),
  opened: z.number(),
  until: z.number(),
  probe_until: z.number(),
});

interface Read {
  readonly state: BreakerState;
  /** 0: there is no item. */
  readonly revision: number;
}
interface Kept extends Read {
  readonly readAtMs: number;
}

export interface BreakerDeps {
  readonly tables: Tables;
  readonly random: () => number;
  readonly report: (message: string, error: unknown) => void;
}

/** One item a project, provider and model, written when it changes. A change of somebody else's in between is read first. */
export const tableBreakers = (deps: BreakerDeps): Breakers => {
  const kept = new Map<string, Kept>();
  /** Good answers of this function since its last failure. */
  const good = new Map<string, number>();
  const look = async (thing: BrokenThing, nowMs: number, isFresh: boolean): Promise<Read> => {
    const name = nameOf(thing);
    const known = kept.get(name);
    if (!isFresh && known !== undefined && Math.abs(nowMs - known.readAtMs) < KEPT_MS) return known;
    const read = await readBreaker(deps.tables, thing);
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(name, { ...read, readAtMs: nowMs });
    return read;
  };
  /** false: others changed it every time. */
  const change = async (
    thing: BrokenThing,
    nowMs: number,
    next: (state: BreakerState) => BreakerState | null,
  ): Promise<boolean> => {
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const read = await look(thing, nowMs, true);
      const state = next(read.state);
      if (state === null) return false;
      if (state === read.state) return true;
      if (await writeBreaker(deps.tables, thing, read.revision, state, nowMs)) {
        kept.set(nameOf(thing), { state, revision: read.revision + 1, readAtMs: nowMs });
        return true;
      }
    }
    return false;
  };
  /** Advice alone: where it cannot be had, the model is asked. */
  const advised = async (ask: () => Promise<boolean>): Promise<boolean> => {
    try {
      return await ask();
    } catch (error) {
      deps.report('breaker not read', error);
      return true;
    }
  };
  return {
    mayAsk: async (thing, nowMs) =>
      await advised(async () => {
        const seen = verdictOf((await look(thing, nowMs, false)).state, nowMs);
        if (seen !== 'probe') return seen === 'closed';
        let mayAsk = false;
        const isWritten = await change(thing, nowMs, (state) => {
          const verdict = verdictOf(state, nowMs);
          mayAsk = verdict !== 'open';
          if (verdict === 'open') return null;
          return verdict === 'probe' ? claimed(state, nowMs) : state;
        });
        return isWritten && mayAsk;
      }),
    succeeded: async (thing, nowMs) => {
      const name = nameOf(thing);
      if (good.size >= KEPT_MAX) good.clear();
      good.set(name, (good.get(name) ?? 0) + 1);
      if ((kept.get(name)?.state.opened ?? 0) === 0) return;
      await advised(
        async () =>
          await change(thing, nowMs, (state) => (state.opened === 0 ? state : recovered(nowMs))),
      );
    },
    failed: async (thing, nowMs) => {
      const name = nameOf(thing);
      const goodSince = good.get(name) ?? 0;
      good.delete(name);
      await advised(
        async () =>
          await change(thing, nowMs, (state) => failedOnce(state, goodSince, nowMs, deps.random())),
      );
    },
  };
};

const nameOf = ({ projectId, provider, model, region }: BrokenThing): string =>
  [projectId, provider, region ?? '', model].join('#');

/** Parts of a name are percent-encoded, so that no two of them are one key. */
const keyOf = ({ projectId, provider, model, region }: BrokenThing): ItemKey => ({
  pk: `PROJECT#${projectId}`,
  sk: `BREAKER#${[provider, region ?? '', model].map(encodeURIComponent).join('#')}`,
});

const readBreaker = async (tables: Tables, thing: BrokenThing): Promise<Read> => {
  const item = await tables.get('keys', keyOf(thing));
  if (item === null) return { state: CLOSED, revision: 0 };
  const { revision, since, calls, failures, opened, until, probe_until } = breakerItem.parse(item);
  return {
    revision,
    state: {
      sinceMs: since,
      calls,
      failures,
      opened,
      untilMs: until,
      probeUntilMs: probe_until,
    },
  };
};

const writeBreaker = async (
  tables: Tables,
  thing: BrokenThing,
  seen: number,
  state: BreakerState,
  nowMs: number,
): Promise<boolean> => {
  const outcome = await tables.write({
    kind: 'update',
    table: 'keys',
    key: keyOf(thing),
    condition: seen === 0 ? 'attribute_not_exists(pk)' : 'revision = :seen',
    update:
      'SET revision = :revision, since = :since, calls = :calls, failures = :failures, ' +
      'opened = :opened, #until = :until, probe_until = :probe, #ttl = :ttl, #schema = :schema',
    names: { '#until': 'until', '#ttl': 'ttl', '#schema': 'schema' },
    values: {
      ...(seen === 0 ? {} : { ':seen': seen }),
      ':revision': seen + 1,
      ':since': state.sinceMs,
      ':calls': state.calls,
      ':failures': state.failures,
      ':opened': state.opened,
      ':until': state.untilMs,
      ':probe': state.probeUntilMs,
      ':ttl': Math.floor(nowMs / 1_000) + TTL_SECONDS,
      ':schema': 1,
    },
  });
  return outcome.kind === 'written';
};
