import type { TurnRequest } from '../../lambdas/inference/turn/turn.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { newThread } from '../../lambdas/threads/domain/new-thread.ts';
import type { LoggedEvent } from '../../lambdas/threads/domain/run-event.ts';
import type { RunPlace } from '../../lambdas/threads/domain/thread-ids.ts';
import type { RunSettings } from '../../lambdas/threads/domain/thread.ts';
import { postMessage } from '../../lambdas/threads/usecases/post-message.ts';
import { readRun } from '../../lambdas/threads/usecases/read-run.ts';
import { sweepRuns } from '../../lambdas/threads/usecases/sweep-runs.ts';
import { SETTINGS as ROW_SETTINGS } from '../support/thread-rows.ts';
import { checkThread, type Viewed } from './check-thread.ts';
import { START_MS, PLACE, Cloud } from './simulated-cloud.ts';
import type { ThreadMutation } from './unreliable-tables.ts';
import type { Actor } from './virtual-time.ts';

const SETTINGS: RunSettings = { ...ROW_SETTINGS, model: 'simulated' };
const BUSY_MS = 300_000;
const QUIET_MS = 900_000;
/** Longer than the longest pause. */
const REST_MS = 120_000;
const MINUTE_MS = 60_000;
/** In few worlds somebody watches over a socket: what that takes makes a run a third longer. */
const TABS_SHARE = 0.15;

/** One seeded run over one thread. Throws when an invariant does not hold; answers what it went through. */
export const simulateThreads = async (
  seed: number,
  mutation: ThreadMutation | null = null,
  tabsShare = TABS_SHARE,
): Promise<ReadonlySet<string>> => {
  const cloud = new Cloud(seed, mutation, tabsShare);
  const { random, time } = cloud;
  await tableThreadStore({
    tables: cloud.tables,
    timers: { nowMs: () => START_MS, sleep: async () => undefined },
    random: () => 0,
  }).create(newThread(PLACE, START_MS));
  const turns = cloud.isCrowded ? 4 + random.below(4) : 1 + random.below(3);
  for (let turn = 0; turn < turns; turn++) cloud.spawn(poster(cloud, turn));
  for (let reader = random.below(3); reader > 0; reader--) cloud.spawn(viewer(cloud));
  for (let tab = 0; tab < cloud.tabCount; tab++)
    cloud.spawn(cloud.sockets.tab((work) => cloud.spawn(work)));
  if (random.chance(0.3)) cloud.spawn(canceller(cloud));
  cloud.spawn(sweeper(cloud));
  await time.run(START_MS + BUSY_MS);
  cloud.isCalm = true;
  await comeToRest(cloud);
  if (cloud.failures.length > 0) throw cloud.failures[0];
  await checkThread(cloud.tables, PLACE, cloud.world, cloud);
  if (cloud.world.requests.some(isOfLoop)) cloud.seen.add('tool loop');
  return cloud.seen;
};

const isOfLoop = ({ messages }: TurnRequest): boolean =>
  messages.some(({ content }) => content.some(({ type }) => type === 'tool_result'));

/** Until nothing is left to do, and as long again as a zombie may sleep; a tab needs the whole time. */
const comeToRest = async ({ time, tables, tabCount }: Cloud): Promise<void> => {
  const isLeft = (): boolean =>
    tabCount > 0 ||
    [...tables.items.threads.values()].some(
      (item) => item['sweep_at'] !== undefined || (item['active_run'] ?? null) !== null,
    );
  const endMs = START_MS + BUSY_MS + QUIET_MS;
  while (isLeft() && time.nowMs < endMs) await time.run(time.nowMs + MINUTE_MS);
  await time.run(time.nowMs + REST_MS);
};

/** A client that posts one turn, and posts it again when its answer does not come. */
const poster = async (cloud: Cloud, turn: number): Promise<void> => {
  const { random, time } = cloud;
  const client = cloud.actor('client');
  await time.sleep(client, random.below(cloud.isCrowded ? random.pick([20, 12_000]) : 4_000));
  for (let tries = 1 + random.below(2); tries > 0; tries--) {
    const actor = cloud.actor('post');
    cloud.spawn(post(cloud, actor, turn));
    await time.sleep(client, random.below(20_000));
  }
};

const post = async (cloud: Cloud, actor: Actor, turn: number): Promise<void> => {
  const posted = await postMessage(cloud.deps(actor), {
    place: PLACE,
    credential: { keyId: 'key_a', secretHash: null },
    requestId: `request${turn}`,
    bodyHash: 'same',
    call: { requestId: 'r', holdId: 'h' },
    messages: [{ role: 'user', content: [{ type: 'text', text: `question ${turn}` }] }],
    supersedesFrom: null,
    settings: { ...SETTINGS, onInterrupt: cloud.random.pick(['end', 'end', 'retry']) },
    concurrency: cloud.random.pick(['queue', 'queue', 'reject', 'interrupt']),
    nonce: actor.name,
    deadlineMs: cloud.time.nowMs + 890_000,
    isBackground: cloud.random.chance(0.2),
  });
  if (posted.run.status === 'queued') cloud.seen.add('queued run');
  if (posted.run.epoch === 0 && posted.run.status === 'active') cloud.seen.add('begun elsewhere');
  if (posted.isReplay) cloud.seen.add('posted twice');
  await watch(cloud, actor, posted.run, posted.events, -1);
};

/** Somebody who comes at any moment with any cursor, and comes back. */
const viewer = async (cloud: Cloud): Promise<void> => {
  const { random, time } = cloud;
  const client = cloud.actor('viewer');
  await time.sleep(client, random.below(30_000));
  const thread = await cloud.deps(client).store.get(PLACE);
  if (thread === null || thread.lastSeq < 2) return;
  const run = { ...PLACE, seq: 2 * (1 + random.below(Math.floor(thread.lastSeq / 2))) };
  const afterIndex = random.below(30) - 1;
  const deps = cloud.deps(client);
  const untilMs = time.nowMs + 10 * BUSY_MS;
  const events = readRun(deps, { run, afterIndex, nonce: client.name, untilMs });
  await watch(cloud, client, run, events, afterIndex);
};

const watch = async (
  cloud: Cloud,
  actor: Actor,
  run: RunPlace,
  events: AsyncIterable<readonly LoggedEvent[]>,
  afterIndex: number,
): Promise<void> => {
  const seen: LoggedEvent[] = [];
  const view: Viewed = { seq: run.seq, actor, afterIndex, events: seen, isOver: false };
  cloud.viewed.push(view);
  for await (const page of events) seen.push(...page);
  view.isOver = true;
};

const canceller = async (cloud: Cloud): Promise<void> => {
  const actor = cloud.actor('canceller');
  await cloud.time.sleep(actor, cloud.random.below(20_000));
  const deps = cloud.deps(actor);
  const thread = await deps.store.get(PLACE);
  if (thread?.activeRun == null) return;
  await deps.store.cancelRun({ ...PLACE, seq: thread.activeRun }, deps.timers.nowMs());
};

const sweeper = async (cloud: Cloud): Promise<void> => {
  const clock = cloud.actor('clock');
  for (;;) {
    await cloud.time.sleep(clock, MINUTE_MS);
    const actor = cloud.actor('sweep');
    cloud.spawn(sweepRuns(cloud.deps(actor), () => actor.name));
  }
};
