import { describe, expect, test } from 'vitest';
import type { NoticeSenders, Sent } from '../../lambdas/ledger/ports/notices.ts';
import { NotSent, sendNotices } from '../../lambdas/ledger/usecases/send-notices.ts';
import type { Tables, Update } from '../../lambdas/platform/tables/tables.ts';
import {
  mailNoticeOf,
  newsOf,
  noticeOf,
  noticeRoom,
  type NoticeRoom,
} from '../support/notice-room.ts';
import { caughtBy } from './caught-by.ts';
import { dieAtEach, tablesOf, type Step } from './mortal.ts';
import { must, Scheduler } from './scheduler.ts';
import { seeded } from './seeded.ts';
import { unseenDays } from './unseen-days.ts';

const SEEDS = 150;
const MUTATION_SEEDS_MAX = 300;
/** Lambda waits at least so long before it runs a failed event again. */
const AGAIN_MS = 60_000;
const DAY_MS = 86_400_000;
const NOTICES = [noticeOf(), mailNoticeOf({ userAddressField: 'email' })];
/** The webhook, the operators' mail and the user's. */
const RECEIVERS = ['https://example.com/hook', 'ops@example.com', 'ada@example.org'];

type Mutation = 'no claim' | 'end is forgotten' | 'claim never lapses' | 'others are sure to send';

/** What a mutated store is asked. */
const mutated = (update: Update, mutation: Mutation | null): Update => {
  const ended = update.values?.[':ended'];
  if (mutation === 'no claim' && update.values?.[':token'] !== undefined && ended === undefined)
    return {
      ...update,
      condition: 'attribute_not_exists(progress) OR progress <> :one',
      values: { ...update.values, ':one': 1 },
    };
  if (mutation === 'end is forgotten' && ended !== undefined)
    return { ...update, values: { ...update.values, ':ended': 0 } };
  if (mutation === 'claim never lapses' && update.values?.[':until'] !== undefined)
    return { ...update, condition: 'attribute_not_exists(progress) OR progress = :open' };
  return update;
};

/** An event that comes more than once, to runs that meet each other, die anywhere and hear nothing. */
const simulate = async (seed: number, mutation: Mutation | null): Promise<ReadonlySet<string>> => {
  const random = seeded(seed);
  const room = await noticeRoom(NOTICES);
  const seen = new Set<string>();
  const arrived = new Map<string, number>();
  /** Sendings of which nobody knows whether they arrived, or whose sender died before it said so. */
  const doubts = new Map<string, number>();
  const open = new Map<string, Set<string>>();
  const count = (map: Map<string, number>, to: string): void =>
    void map.set(to, (map.get(to) ?? 0) + 1);
  const scheduler = new Scheduler(random, (actor) => {
    seen.add('died');
    for (const to of open.get(actor) ?? []) count(doubts, to);
  });
  const run = async (actor: string): Promise<void> => {
    open.set(actor, new Set());
    const turn = async (): Promise<void> => await scheduler.turn(actor);
    const over = tablesWith(room.tables, turn, (update) => {
      const [kind = '', audience = ''] = update.key.sk.split('#');
      if (kind === 'SENT' && update.values?.[':ended'] !== undefined)
        open.get(actor)?.delete(receiverOf(update.key.pk, audience));
      return mutated(update, mutation);
    });
    const send = async (to: string): Promise<Sent> => {
      await turn();
      const fate = random.below(10);
      if (fate === 0) return { kind: 'again', reason: 'it answered 500' };
      if (fate === 1) {
        seen.add('lost before it arrived');
        return { kind: 'again', reason: 'no answer came' };
      }
      count(arrived, to);
      open.get(actor)?.add(to);
      await turn();
      if (fate !== 2) return { kind: 'sent' };
      seen.add('lost after it arrived');
      open.get(actor)?.delete(to);
      count(doubts, to);
      return { kind: 'again', reason: 'no answer came' };
    };
    const senders: NoticeSenders = {
      post: async ({ url }) => await send(url),
      mail: async ({ to }) => await send(to.join()),
    };
    const deps = room.depsOver(over, senders);
    const claim: typeof deps.marks.claim = async (sending, nowMs) => {
      const outcome = await deps.marks.claim(sending, nowMs);
      if (outcome.kind === 'pending') seen.add('met another');
      return outcome.kind === 'pending' && mutation === 'others are sure to send'
        ? { kind: 'ended' }
        : outcome;
    };
    await sendNotices(
      { ...deps, marks: { ...deps.marks, claim } },
      newsOf(),
      room.time.nowMs + AGAIN_MS,
    );
  };
  // Each delivery of the event has its own runs, and ends when one of them ends well.
  const pending = new Set(['first', 'second']);
  for (let round = 0; round < 60 && pending.size > 0; round++) {
    const runs = [...pending].map(async (delivery) => {
      try {
        await run(`${delivery} ${round}`);
      } catch (error) {
        must(error instanceof NotSent, String(error));
        return;
      }
      // What ends well may be all that the platform keeps of both.
      if (random.chance(0.5)) pending.clear();
      pending.delete(delivery);
    });
    await scheduler.run(round < 8 ? 0.03 : 0);
    void runs;
    room.time.nowMs += AGAIN_MS;
  }
  must(pending.size === 0, 'the event never ends');
  for (const to of RECEIVERS) {
    const times = arrived.get(to) ?? 0;
    must(times >= 1, `${to} was never told`);
    const allowed = 1 + (doubts.get(to) ?? 0);
    must(times <= allowed, `${to} was told ${times} times with ${allowed - 1} doubts`);
  }
  return seen;
};

const receiverOf = (pk: string, audience: string): string =>
  pk === `NOTICE#${noticeOf().id}`
    ? 'https://example.com/hook'
    : audience === 'user'
      ? 'ada@example.org'
      : 'ops@example.com';

const tablesWith = (
  tables: Tables,
  turn: () => Promise<void>,
  change: (update: Update) => Update,
): Tables => {
  const step: Step = async (asked) => {
    await turn();
    const answer = await asked();
    await turn();
    return answer;
  };
  return {
    ...tablesOf(tables, step),
    update: async (update) => {
      await turn();
      const answer = await tables.update(change(update));
      await turn();
      return answer;
    },
  };
};

describe('notices under seeded interleavings', () => {
  test(`are told once where somebody knows it, and again where nobody does, in ${SEEDS} runs that go through every bad day`, async () => {
    const days = ['died', 'met another', 'lost before it arrived', 'lost after it arrived'];
    const unseen = await unseenDays(SEEDS, days, async (seed) => await simulate(seed, null));
    expect(unseen).toEqual([]);
  });

  test.each<Mutation>([
    'no claim',
    'end is forgotten',
    'claim never lapses',
    'others are sure to send',
  ])('show the fault "%s"', async (mutation) => {
    await caughtBy(MUTATION_SEEDS_MAX, mutation, simulate);
  });
});

test('a run that dies at any of its awaits leaves everybody told, and nobody told more than twice', async () => {
  const deaths = await dieAtEach<NoticeRoom>({
    world: async () => await noticeRoom(NOTICES),
    work: async (room, step) => {
      room.time.nowMs += AGAIN_MS;
      const { senders } = room;
      const deps = room.depsOver(tablesOf(room.tables, step), {
        post: async (...args) => await step(async () => await senders.post(...args)),
        mail: async (...args) => await step(async () => await senders.mail(...args)),
      });
      await sendNotices(deps, newsOf(), room.time.nowMs + DAY_MS);
    },
    check: async ({ desk, deps }) => {
      const told = [...desk.posts.map(({ url }) => url), ...desk.mails.map(({ to }) => to.join())];
      for (const to of RECEIVERS) {
        const times = told.filter((one) => one === to).length;
        must(times === 1 || times === 2, `${to} was told ${times} times`);
      }
      await sendNotices(deps, newsOf(), DAY_MS);
      must(desk.posts.length + desk.mails.length === told.length, 'it was told again');
    },
  });
  expect(deaths).toBeGreaterThan(20);
});
