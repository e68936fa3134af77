import { putAlone } from './delta-delays.ts';
import { shown, table } from './figures.ts';
import { installPeers } from './peers.ts';
import { cpuMsOf, runProgram } from './processes.ts';
import { startRedis } from './redis.ts';
import { probed, turnCall, type Probed, type Spread, type ThreadRig } from './thread-rig.ts';

const TOKENS = 200;
const EVERY_MS = 50;
const RESUMES = 50;

interface Figures extends Probed {
  readonly name: string;
  /** Of the store's process. */
  readonly storeCpuMs: number;
  readonly ownWriteMs: number | null;
}

/** The same streams, 20 tokens a second each, in one process of Sluice's function and in one of the peer with Redis. */
export const measureManyStreams = async (rig: ThreadRig, streams: number): Promise<string> => {
  const all: Figures[] = [];
  for (const count of [1, streams]) {
    all.push(await ours(rig, count));
    const peer = await theirs(rig, count);
    if (peer !== null) all.push(peer);
  }
  const row = (name: string, cell: (figures: Figures) => string): readonly string[] => [
    name,
    ...all.map(cell),
  ];
  const told = table(
    [`${TOKENS} tokens, one every ${EVERY_MS} ms`, ...all.map(({ name }) => name)],
    [
      row('token to reader p50, ms', ({ delays }) => ms(delays.p50)),
      row('token to reader p99, ms', ({ delays }) => ms(delays.p99)),
      row('first token to reader p50, ms', ({ firstDelays }) => ms(firstDelays.p50)),
      row('process CPU a token, ms', ({ cpuMs, delays }) => shown(cpuMs / delays.count, 3)),
      row('store CPU a token, ms', ({ storeCpuMs, delays }) => shown(storeCpuMs / delays.count, 3)),
      row('RSS at most, MB', ({ rssMaxMb }) => shown(rssMaxMb, 0)),
      row('resume to first byte p50, ms', ({ firstByte, name }) =>
        name.startsWith('Sluice') ? '-' : ms(firstByte.p50),
      ),
      row('resume to first byte p99, ms', ({ firstByte, name }) =>
        name.startsWith('Sluice') ? '-' : ms(firstByte.p99),
      ),
    ],
  );
  return all.some(({ name }) => name.startsWith('resumable'))
    ? told
    : `${told}\n\nThe peer is missing: no redis-server, and Debian's package cannot be installed here.`;
};

const ms = (value: number | null): string => (value === null ? '-' : shown(value, 1));

const ours = async (rig: ThreadRig, streams: number): Promise<Figures> => {
  const { p50 }: Spread = await putAlone(rig);
  const threads: string[] = [];
  for (let index = 0; index <= streams; index++) threads.push(await rig.openThread());
  const [warmUp = '', ...measured] = threads;
  const before = cpuMsOf(rig.enginePid);
  const figures = await rig.probe({
    entry: 'append-message',
    kind: 'streamed',
    warmUps: [turnCall(warmUp, 100, 2, ' stamped')],
    calls: measured.map((thread) => turnCall(thread, TOKENS, EVERY_MS, ' stamped')),
    concurrency: streams,
  });
  const storeCpuMs = cpuMsOf(rig.enginePid) - before;
  return { ...figures, name: `Sluice, ${streams} at once`, storeCpuMs, ownWriteMs: p50 };
};

const theirs = async (rig: ThreadRig, streams: number): Promise<Figures | null> => {
  const redis = await startRedis();
  if (redis === null) return null;
  try {
    installPeers('resumable-stream/package.json');
    const before = cpuMsOf(redis.pid);
    const figures = probed.parse(
      await runProgram('bench/resumable-probe.mjs', {
        redisUrl: redis.url,
        upstream: rig.upstream,
        body: JSON.stringify({
          stream: true,
          messages: [{ role: 'user', content: `tokens=${TOKENS} every=${EVERY_MS} stamped` }],
        }),
        streams,
        resumes: RESUMES,
        resumeAfterMs: (TOKENS * EVERY_MS) / 2,
      }),
    );
    const storeCpuMs = cpuMsOf(redis.pid) - before;
    return {
      ...figures,
      name: `resumable-stream, ${streams} at once`,
      storeCpuMs,
      ownWriteMs: null,
    };
  } finally {
    redis.stop();
  }
};
