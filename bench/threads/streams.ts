import { BEFORE, type Figures, type Group, type Rig } from '../kit/compare.ts';
import { turnCall } from '../kit/events.ts';
import { cpuMsOf } from '../kit/processes.ts';
import type { Probed, Side } from '../kit/side.ts';
import { openThreads } from './open-threads.ts';
import { startResumableStream } from './resumable-stream.ts';

const STREAMS = 200;
const TOKENS = 200;
const EVERY_MS = 50;
const QUICK = { streams: 20, tokens: 40 };

/** The same streams, 20 tokens a second each, in one process of the function and in one of a peer with Redis. */
export const streams: Group = {
  name: 'streams',
  about: `${STREAMS} streams at once in one process, beside resumable-stream`,
  mode: 'functions',
  rounds: 3,
  rows: [
    {
      key: 'cpu',
      what: `${STREAMS} streams in one process, CPU a token, ms`,
      digits: 3,
      goals: [{ max: 0.5, of: BEFORE }],
    },
    {
      key: 'p50',
      what: `${STREAMS} streams, token to reader p50, ms`,
      digits: 1,
      goals: [{ max: 0.6, of: BEFORE }],
    },
    { key: 'p99', what: `${STREAMS} streams, token to reader p99, ms`, digits: 1 },
    { key: 'firstP50', what: `${STREAMS} streams, first token to reader p50, ms`, digits: 1 },
    { key: 'storeCpu', what: `${STREAMS} streams, store CPU a token, ms`, digits: 3 },
    { key: 'rss', what: `${STREAMS} streams, RSS at most, MB`, digits: 0 },
  ],
  contenders: async (rig) => {
    const peer = await startResumableStream(rig.upstream);
    return [
      ...rig.sides.map((side) => ({
        name: side.name,
        measure: async () => await ofSide(rig, side),
      })),
      ...(peer === null
        ? []
        : [
            {
              name: peer.name,
              measure: async () => {
                const { found, storeCpuMs } = await peer.run({ ...sizeOf(rig), everyMs: EVERY_MS });
                return figuresOf(found, storeCpuMs);
              },
              stop: peer.stop,
            },
          ]),
    ];
  },
};

const sizeOf = ({ isQuick }: Rig) => (isQuick ? QUICK : { streams: STREAMS, tokens: TOKENS });

const ofSide = async (rig: Rig, side: Side): Promise<Figures> => {
  const size = sizeOf(rig);
  const [warmUp = '', ...threads] = await openThreads(side, size.streams + 1);
  const before = cpuMsOf(side.enginePid);
  const found = await side.probe({
    entry: 'append-message',
    kind: 'streamed',
    warmUps: [turnCall(warmUp, 100, 2, ' stamped')],
    calls: threads.map((thread) => turnCall(thread, size.tokens, EVERY_MS, ' stamped')),
    concurrency: size.streams,
  });
  return figuresOf(found, cpuMsOf(side.enginePid) - before);
};

const figuresOf = (found: Probed, storeCpuMs: number): Figures => {
  const { cpuMs, delays, firstDelays, rssMaxMb } = found;
  return {
    cpu: cpuMs / delays.count,
    p50: delays.p50 ?? Number.NaN,
    p99: delays.p99 ?? Number.NaN,
    firstP50: firstDelays.p50 ?? Number.NaN,
    storeCpu: storeCpuMs / delays.count,
    rss: rssMaxMb,
  };
};
