import { setTimeout as sleep } from 'node:timers/promises';
import { loadResult, type LoadPlan, type LoadResult } from './load-plan.ts';
import { cpuMsOf, rssMbOf, runProgram } from './processes.ts';
import type { Rig, Target } from './rig.ts';

const AT_ONCE = 16;
const WARM_UPS = 200;
/** A process counts as idle when it uses less than this in one look. */
const IDLE_CPU_MS = 30;
const IDLE_LOOK_MS = 500;
const IDLE_LOOKS_MAX = 60;

export interface LoadFigures {
  readonly callsPerSecond: number;
  /** Of the gateway's process, work behind the answer included; null: there is none. */
  readonly cpuMs: number | null;
  readonly engineCpuMs: number | null;
}

export interface TargetFigures {
  readonly name: string;
  readonly wholeMs: readonly number[];
  readonly firstByteMs: readonly number[];
  readonly whole: LoadFigures;
  readonly stream: LoadFigures;
  readonly rssMb: number | null;
}

export const bodyOf = (isStream: boolean): string =>
  JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: 'Say twenty words about nothing in particular.' }],
    max_tokens: 100,
    ...(isStream ? { stream: true } : {}),
  });

interface Samples {
  readonly target: Target;
  readonly wholeMs: number[];
  readonly firstByteMs: number[];
}

interface Size {
  readonly calls: number;
  readonly rounds: number;
}

/** One call after the other in rounds, the targets in turn, so that a disturbance hits all of them; then 16 at once. */
export const measureTargets = async (
  rig: Rig,
  keys: readonly string[],
  { calls, rounds }: Size,
): Promise<readonly TargetFigures[]> => {
  const figures = rig.targets.map((target): Samples => ({ target, wholeMs: [], firstByteMs: [] }));
  for (let round = 0; round < rounds; round++)
    for (const { target, wholeMs, firstByteMs } of figures) {
      const size = { concurrency: 1, warmUps: WARM_UPS, calls };
      wholeMs.push(...(await load(target, keys, false, size)).totalMs);
      firstByteMs.push(...(await load(target, keys, true, size)).firstByteMs);
    }
  const done: TargetFigures[] = [];
  for (const { target, wholeMs, firstByteMs } of figures)
    done.push({
      name: target.name,
      wholeMs,
      firstByteMs,
      whole: await loaded(rig, target, keys, false, calls * rounds),
      stream: await loaded(rig, target, keys, true, calls * rounds),
      rssMb: target.pid === null ? null : rssMbOf(target.pid),
    });
  return done;
};

const loaded = async (
  rig: Rig,
  target: Target,
  keys: readonly string[],
  isStream: boolean,
  calls: number,
): Promise<LoadFigures> => {
  const { pid } = target;
  const pids = pid === null ? [] : [pid, rig.enginePid];
  await untilIdle(pids);
  const before = pids.map(cpuMsOf);
  const { seconds } = await load(target, keys, isStream, {
    concurrency: AT_ONCE,
    warmUps: AT_ONCE,
    calls,
  });
  await untilIdle(pids);
  const used = pids.map((of, index) => (cpuMsOf(of) - (before[index] ?? 0)) / (calls + AT_ONCE));
  return {
    callsPerSecond: calls / seconds,
    cpuMs: used[0] ?? null,
    engineCpuMs: target.name === 'sluice' ? (used[1] ?? null) : null,
  };
};

/** What a gateway does behind its answers (Sluice rolls up usage) belongs to the calls that caused it. */
const untilIdle = async (pids: readonly number[]): Promise<void> => {
  for (let look = 0; look < IDLE_LOOKS_MAX; look++) {
    const before = pids.map(cpuMsOf);
    await sleep(IDLE_LOOK_MS);
    if (pids.every((pid, index) => cpuMsOf(pid) - (before[index] ?? 0) < IDLE_CPU_MS)) return;
  }
};

const load = async (
  target: Target,
  keys: readonly string[],
  isStream: boolean,
  size: Pick<LoadPlan, 'concurrency' | 'warmUps' | 'calls'>,
): Promise<LoadResult> => {
  const plan: LoadPlan = {
    url: target.url,
    headers: { ...target.headers },
    keys: keys.map((key) => `Bearer ${key}`),
    body: bodyOf(isStream),
    ...size,
  };
  return loadResult.parse(await runProgram('bench/load.ts', plan));
};
