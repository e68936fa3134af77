import type { TurnRequest } from '../../lambdas/inference/turn/turn.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import { newThread } from '../../lambdas/threads/domain/new-thread.ts';
import type { LoggedEvent, RunEvent } from '../../lambdas/threads/domain/run-event.ts';
import type { RunPlace } from '../../lambdas/threads/domain/thread-ids.ts';
import type { Run, RunSettings, Thread } from '../../lambdas/threads/domain/thread.ts';
import type { ThreadStore } from '../../lambdas/threads/ports/store.ts';
import { postMessage } from '../../lambdas/threads/usecases/post-message.ts';
import { readRun } from '../../lambdas/threads/usecases/read-run.ts';
import type { RunTurnDeps } from '../../lambdas/threads/usecases/run-types.ts';
import { resumeRun, stopRun } from '../../lambdas/threads/usecases/stop-run.ts';
import { sweepRuns } from '../../lambdas/threads/usecases/sweep-runs.ts';
import { storedEvents } from '../../lambdas/threads/usecases/take-over.ts';
import { SETTINGS as ROW_SETTINGS } from '../support/thread-rows.ts';
import { checkThread, type Viewed } from './check-thread.ts';
import { START_MS, PLACE, Cloud, type Shares } from './simulated-cloud.ts';
import type { ThreadMutation } from './unreliable-tables.ts';
import type { Actor } from './virtual-time.ts';

const SETTINGS: RunSettings = { ...ROW_SETTINGS, model: 'simulated' };
const BUSY_MS = 300_000;
const QUIET_MS = 900_000;
/** Longer than the longest pause. */
const REST_MS = 120_000;
const MINUTE_MS = 60_000;
/** More than a thread has runs, of which each may take some. */
const LOOKS_MAX = 60;
/** In few worlds somebody watches over a socket: what that takes makes a run a third longer. */
const SHARES: Shares = { tabs: 0.15, waits: 0.15 };

/** One seeded run over one thread. Throws when an invariant does not hold; answers what it went through. */
export const simulateThreads = async (
  seed: number,
  mutation: ThreadMutation | null = null,
  shares: Partial<Shares> = {},
): Promise<ReadonlySet<string>> => {
  const cloud = new Cloud(seed, mutation, { ...SHARES, ...shares });
  const { random, time } = cloud;
  await tableThreadStore({
    tables: cloud.tables,
    timers: { nowMs: () => START_MS, sleep: async () => undefined },
    random: () => 0,
  }).create(newThread(PLACE, START_MS));
  const turns = turnsOf(cloud);
  for (let turn = 0; turn < turns; turn++) cloud.spawn(poster(cloud, turn));
  for (let reader = random.below(3); reader > 0; reader--) cloud.spawn(viewer(cloud));
  for (let tab = 0; tab < cloud.tabCount; tab++)
    cloud.spawn(cloud.sockets.tab((work) => cloud.spawn(work)));
  if (random.chance(0.3)) cloud.spawn(canceller(cloud));
  if (cloud.waits?.isAnswered === true) cloud.spawn(answerer(cloud));
  cloud.spawn(sweeper(cloud));
  await time.run(START_MS + BUSY_MS);
  cloud.isCalm = true;
  await comeToRest(cloud);
  await endWaits(cloud);
  if (cloud.failures.length > 0) throw cloud.failures[0];
  await checkThread(cloud.tables, PLACE, cloud.world, cloud);
  if (cloud.world.requests.some(isOfLoop)) cloud.seen.add('tool loop');
  return cloud.seen;
};

const turnsOf = ({ waits, isCrowded, random }: Cloud): number => {
  if (waits !== null) return 1 + random.below(3);
  return isCrowded ? 4 + random.below(4) : 1 + random.below(3);
};

const arrivalMs = ({ waits, isCrowded, random }: Cloud): number =>
  isCrowded && waits === null ? random.pick([20, 12_000]) : 4_000;

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

/** What may wait is only what nobody came behind who does not: somebody stops it, so that all is over. */
const endWaits = async (cloud: Cloud): Promise<void> => {
  if (cloud.waits === null) return;
  const stopper = cloud.actor('stopper');
  const deps = cloud.deps(stopper);
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const looking = cloud.deps(stopper).store.get(PLACE);
    await cloud.time.run(cloud.time.nowMs + REST_MS);
    const thread = await looking;
    if (thread === null || thread.activeRun === null) return;
    cloud.spawn(endWait(cloud, deps, thread));
    await cloud.time.run(cloud.time.nowMs + REST_MS);
  }
};

const endWait = async (cloud: Cloud, deps: RunTurnDeps, thread: Thread): Promise<void> => {
  const run = await waitingRun(deps.store);
  if (run === null) return;
  cloud.seen.add('waits at the end');
  if (await isAnswered(deps, run)) throw new Error(`run ${run.seq} waits, and has its answers`);
  for (const seq of thread.queue) {
    const behind = await deps.store.run({ ...PLACE, seq });
    if (seq > run.seq && behind?.settings.endsWait === true)
      throw new Error(`run ${seq} is behind run ${run.seq}, which waits for somebody`);
  }
  await stopRun(deps, run, `stopper ${run.seq}`);
};

const waitingRun = async (store: ThreadStore): Promise<Run | null> => {
  const thread = await store.get(PLACE);
  if (thread === null || thread.activeRun === null) return null;
  const run = await store.run({ ...PLACE, seq: thread.activeRun });
  return run?.status === 'requires_action' ? run : null;
};

/** Somebody who answers calls that wait, until they leave in mid-answer. */
const answerer = async (cloud: Cloud): Promise<void> => {
  const client = cloud.actor('person');
  do await cloud.time.sleep(client, 1_000 + cloud.random.below(60_000));
  while (await answer(cloud, cloud.deps(client)));
};

const isAnswered = async ({ chunks, store }: RunTurnDeps, run: Run): Promise<boolean> => {
  const wait = waitOf(await storedEvents({ chunks }, run));
  for (const id of wait?.tool_use_ids ?? [])
    if ((await store.toolAnswer(run, id)) === null) return false;
  return true;
};

const waitOf = (events: readonly RunEvent[]) =>
  events.findLast((event) => event.type === 'run.requires_action');

const answer = async (cloud: Cloud, deps: RunTurnDeps): Promise<boolean> => {
  const run = await waitingRun(deps.store);
  if (run === null) return true;
  const wait = waitOf(await storedEvents(deps, run));
  if (wait === undefined) return true;
  for (const id of wait.tool_use_ids) {
    const block = { type: 'tool_result', tool_use_id: id, content: 'said' } as const;
    await deps.store.putToolAnswer(run, id, { kind: 'result', block }, deps.timers.nowMs());
  }
  cloud.seen.add('answered');
  if (cloud.random.chance(0.3)) return false;
  await resumeRun(deps, run, wait.tool_use_ids);
  return true;
};

/** A client that posts one turn, and posts it again when its answer does not come. */
const poster = async (cloud: Cloud, turn: number): Promise<void> => {
  const { random, time } = cloud;
  const client = cloud.actor('client');
  await time.sleep(client, random.below(arrivalMs(cloud)));
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
    ...(cloud.waits === null ? {} : { endsWait: cloud.waits.random.chance(0.8) }),
    concurrency: cloud.random.pick([
      'queue',
      'queue',
      cloud.waits === null ? 'reject' : 'queue',
      'interrupt',
    ]),
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
