import { setTimeout as sleep } from 'node:timers/promises';
import { BEFORE, type Contender, type Figures, type Group, type Rig } from '../kit/compare.ts';
import { chatBody } from '../kit/events.ts';
import { quantile } from '../kit/figures.ts';
import { startLitellm, startPortkey, type Peer } from '../kit/peers.ts';
import { cpuMsOf, rssMbOf, runProgram } from '../kit/processes.ts';
import type { Side } from '../kit/side.ts';
import { loadResult, type LoadPlan, type LoadResult } from '../probes/load-plan.ts';

const CHAT = '/v1/chat/completions';
const CALLS = 300;
const WARM_UPS = 200;
const AT_ONCE = 16;
const CALLS_AT_ONCE = 600;
/** A process counts as idle when it uses less than this in one look. */
const IDLE_CPU_MS = 30;
const IDLE_LOOK_MS = 500;
const IDLE_LOOKS_MAX = 60;
const LITELLM = 'LiteLLM';

/** The whole local stack, and gateways of others, on the same calls from another process. */
export const stack: Group = {
  name: 'stack',
  about: 'the whole local stack beside other gateways',
  mode: 'stack',
  rounds: 3,
  rows: [
    {
      key: 'wholeP50',
      what: 'whole stack, added p50, no stream, ms',
      goals: [
        { max: 0.6, of: BEFORE },
        { max: 0.4, of: LITELLM },
      ],
    },
    { key: 'wholeP99', what: 'whole stack, added p99, no stream, ms' },
    { key: 'firstP50', what: 'whole stack, added p50 to the first byte of a stream, ms' },
    { key: 'firstP99', what: 'whole stack, added p99 to the first byte of a stream, ms' },
    {
      key: 'wholeCpu',
      what: `whole stack, CPU a call at ${AT_ONCE} at once, no stream, ms`,
      goals: [
        { max: 0.6, of: BEFORE },
        { max: 0.25, of: LITELLM },
      ],
    },
    {
      key: 'streamCpu',
      what: `whole stack, CPU a call at ${AT_ONCE} at once, stream, ms`,
      goals: [
        { max: 0.6, of: BEFORE },
        { max: 0.25, of: LITELLM },
      ],
    },
    { key: 'engineCpu', what: 'storage engine, CPU a call, no stream, ms' },
    { key: 'perSecond', what: `whole stack, calls/s at ${AT_ONCE} at once, no stream`, digits: 0 },
    {
      key: 'rss',
      what: 'whole stack, RSS afterwards, MB',
      digits: 0,
      goals: [
        { max: 0.6, of: BEFORE },
        { max: 1.1, of: LITELLM },
      ],
    },
  ],
  contenders: async (rig) => {
    const peers = [await startLitellm(rig.upstream), await startPortkey(rig.upstream)];
    return [
      ...rig.sides.map((side) => contender(rig, ofSide(side))),
      ...peers.filter((peer) => peer !== null).map((peer) => contender(rig, ofPeer(peer))),
    ];
  },
};

/** One way to the upstream. */
interface Target {
  readonly name: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Used in turn. */
  readonly keys: readonly string[];
  readonly pid: number;
  /** null: it stores nothing. */
  readonly enginePid: number | null;
  readonly stop?: () => Promise<void>;
}

const ofSide = (side: Side): Target => ({
  name: side.name,
  url: `${side.running().base_url}${CHAT}`,
  headers: {},
  keys: side.keys,
  pid: side.running().pid,
  enginePid: side.enginePid,
});

const ofPeer = ({ name, baseUrl, headers, pid, stop }: Peer): Target => {
  const { authorization, ...others } = headers;
  const key = authorization?.slice('Bearer '.length) ?? 'none';
  return {
    name,
    url: `${baseUrl}${CHAT}`,
    headers: others,
    keys: [key],
    pid,
    enginePid: null,
    stop,
  };
};

const contender = (rig: Rig, target: Target): Contender => ({
  name: target.name,
  measure: async () => await measure(rig, target),
  ...(target.stop === undefined ? {} : { stop: target.stop }),
});

/** One call after the other, less the same calls without anything in the way; then many at once. */
const measure = async ({ upstream, isQuick }: Rig, target: Target): Promise<Figures> => {
  const direct: Target = { ...target, url: `${upstream}${CHAT}` };
  const one = {
    concurrency: 1,
    warmUps: isQuick ? 20 : WARM_UPS,
    calls: isQuick ? 40 : CALLS,
  };
  const [directWhole, whole] = [await load(direct, false, one), await load(target, false, one)];
  const [directFirst, first] = [await load(direct, true, one), await load(target, true, one)];
  const calls = isQuick ? 60 : CALLS_AT_ONCE;
  const wholeAtOnce = await loaded(target, false, calls);
  const streamAtOnce = await loaded(target, true, calls);
  const added = (share: number, of: LoadResult, less: LoadResult, key: 'totalMs' | 'firstByteMs') =>
    quantile(of[key], share) - quantile(less[key], share);
  return {
    wholeP50: added(0.5, whole, directWhole, 'totalMs'),
    wholeP99: added(0.99, whole, directWhole, 'totalMs'),
    firstP50: added(0.5, first, directFirst, 'firstByteMs'),
    firstP99: added(0.99, first, directFirst, 'firstByteMs'),
    wholeCpu: wholeAtOnce.cpuMs,
    streamCpu: streamAtOnce.cpuMs,
    ...(wholeAtOnce.engineCpuMs === null ? {} : { engineCpu: wholeAtOnce.engineCpuMs }),
    perSecond: wholeAtOnce.perSecond,
    rss: rssMbOf(target.pid),
  };
};

/** Time of the gateway's process until it is idle again: what it does after its answers belongs to the calls. */
const loaded = async (target: Target, isStream: boolean, calls: number) => {
  const pids = [target.pid, ...(target.enginePid === null ? [] : [target.enginePid])];
  await untilIdle(pids);
  const before = pids.map(cpuMsOf);
  const { seconds } = await load(target, isStream, {
    concurrency: AT_ONCE,
    warmUps: AT_ONCE,
    calls,
  });
  await untilIdle(pids);
  const [cpuMs = Number.NaN, engineCpuMs = null] = pids.map(
    (pid, index) => (cpuMsOf(pid) - (before[index] ?? 0)) / (calls + AT_ONCE),
  );
  return { cpuMs, engineCpuMs, perSecond: calls / seconds };
};

const untilIdle = async (pids: readonly number[]): Promise<void> => {
  for (let look = 0; look < IDLE_LOOKS_MAX; look++) {
    const before = pids.map(cpuMsOf);
    await sleep(IDLE_LOOK_MS);
    if (pids.every((pid, index) => cpuMsOf(pid) - (before[index] ?? 0) < IDLE_CPU_MS)) return;
  }
};

const load = async (
  { url, headers, keys }: Target,
  isStream: boolean,
  size: Pick<LoadPlan, 'concurrency' | 'warmUps' | 'calls'>,
): Promise<LoadResult> =>
  loadResult.parse(
    await runProgram('bench/probes/load.ts', {
      url,
      headers: { 'content-type': 'application/json', ...headers },
      keys: keys.map((key) => `Bearer ${key}`),
      body: JSON.stringify(chatBody(isStream)),
      ...size,
    }),
  );
