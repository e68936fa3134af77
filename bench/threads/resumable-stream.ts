import { installPeers } from '../kit/peers.ts';
import { cpuMsOf, runProgram } from '../kit/processes.ts';
import { startRedis } from '../kit/redis.ts';
import { probed } from '../kit/side.ts';

interface Size {
  readonly streams: number;
  readonly tokens: number;
  readonly everyMs: number;
  /** Readers who come back one after the other, from the middle of the answer on. */
  readonly resumes?: number;
}

/**
 * The peer with Redis: it authenticates nobody, holds no money, and keeps nothing once a stream is over. null: there is
 * no redis-server, and Debian's package cannot be installed here.
 */
export const startResumableStream = async (upstream: string) => {
  const redis = await startRedis();
  if (redis === null) {
    console.error('... resumable-stream is missing: no redis-server');
    return null;
  }
  installPeers();
  return {
    name: 'resumable-stream',
    run: async ({ streams, tokens, everyMs, resumes = 0 }: Size) => {
      const before = cpuMsOf(redis.pid);
      const content = `tokens=${tokens} every=${everyMs} stamped`;
      const found = probed.parse(
        await runProgram('bench/probes/resumable.mjs', {
          redisUrl: redis.url,
          upstream: `${upstream}/v1/chat/completions`,
          body: JSON.stringify({ stream: true, messages: [{ role: 'user', content }] }),
          streams,
          resumes,
          resumeAfterMs: (tokens * everyMs) / 2,
        }),
      );
      return { found, storeCpuMs: cpuMsOf(redis.pid) - before };
    },
    stop: async () => await Promise.resolve(redis.stop()),
  };
};
