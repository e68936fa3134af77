import { setTimeout as wait } from 'node:timers/promises';
import type { Block, TurnTool } from '../../lambdas/inference/turn/turn.ts';
import { meteredTurnModel } from '../../lambdas/threads/adapters/metered-turn-model.ts';
import { tableChunkLog } from '../../lambdas/threads/adapters/table-chunk-log.ts';
import { tableThreadStore } from '../../lambdas/threads/adapters/threads/table-thread-store.ts';
import type { RunSettings } from '../../lambdas/threads/domain/thread.ts';
import type { RunPlace } from '../../lambdas/threads/domain/thread-ids.ts';
import { toolOutcome } from '../../lambdas/threads/tools/domain/tool-outcome.ts';
import { postMessage, type Posted } from '../../lambdas/threads/usecases/post-message.ts';
import type { RunTurnDeps } from '../../lambdas/threads/usecases/run-types.ts';
import type { SocketPorts } from '../../lambdas/threads/sockets/usecases/post-frames.ts';
import { socketAudience } from '../../lambdas/threads/sockets/usecases/socket-audience.ts';
import { engineRoom } from './engine-room.ts';
import { KEY_ID } from './key-items.ts';
import { MemoryTables } from './memory-tables.ts';
import { silentPoster, silentSockets } from './silent-sockets.ts';
import { PLACE, SETTINGS, thread } from './thread-rows.ts';
import type { Timers } from '../../lambdas/shared/deps.ts';

const timers: Timers = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
const LOOK: TurnTool = { name: 'look', description: '', input_schema: { type: 'object' } };

export interface TurnRoom {
  readonly deps: RunTurnDeps & { readonly sockets: SocketPorts };
  readonly room: ReturnType<typeof engineRoom>;
  /** Runs that were given to another function. */
  readonly started: RunPlace[];
  /** Calls of the one tool, `look`. */
  readonly calls: string[];
  readonly post: (
    words: string,
    input: {
      settings?: Partial<RunSettings>;
      leftMs?: number;
      isBackground?: boolean;
      files?: readonly Block[];
    } & Partial<RunTurnDeps>,
  ) => Promise<Posted>;
}

/** A thread on tables in memory, its turns by the real engine room and a provider over HTTP. */
export const turnRoom = async (
  upstreamUrl: string,
  toolMs = 0,
  poster = silentPoster,
  tables = new MemoryTables(),
  /** With a key of its own; absent: one is made. */
  made: ReturnType<typeof engineRoom> | null = null,
): Promise<TurnRoom> => {
  const room = made ?? engineRoom(upstreamUrl);
  if (made === null) await room.mint();
  const store = tableThreadStore({ tables, timers, random: () => 0 });
  await store.create(thread(Date.now()));
  const started: RunPlace[] = [];
  const calls: string[] = [];
  const chunks = tableChunkLog({ tables, timers });
  const sockets = silentSockets(tables, poster);
  const report = (message: string, error: unknown): void => {
    throw new Error(message, { cause: error });
  };
  const deps: TurnRoom['deps'] = {
    store,
    chunks,
    model: meteredTurnModel(room.deps),
    tools: {
      offered: async ({ settings }) => (settings.toolsMode === 'none' ? [] : [LOOK]),
      timeMs: async () => toolMs,
      call: async (_run, use) => {
        calls.push(use.id);
        return toolOutcome(use, 'a door', 'completed', { latencyMs: 1, attempts: 1 });
      },
    },
    sockets,
    audience: socketAudience({ ...sockets, store, chunks, timers, report }),
    starter: {
      start: async (run) => void started.push(run),
      startTitle: async () => undefined,
      startFork: async () => undefined,
    },
    timers,
    callMsMax: 890_000,
    metrics: room.deps.metrics,
    report,
  };
  let posts = 0;
  return {
    deps,
    room,
    started,
    calls,
    post: async (
      words,
      { settings = {}, leftMs = 900_000, isBackground = false, files = [], ...own },
    ) => {
      posts++;
      return await postMessage(
        { ...deps, ...own },
        {
          place: PLACE,
          credential: { keyId: KEY_ID, secretHash: 'hash' },
          requestId: `r${posts}`,
          bodyHash: `b${posts}`,
          call: { requestId: `req_${posts}`, holdId: `h${posts}` },
          messages: [{ role: 'user', content: [{ type: 'text', text: words }, ...files] }],
          supersedesFrom: null,
          settings: { ...SETTINGS, ...settings },
          concurrency: 'queue',
          nonce: `nonce${posts}`,
          deadlineMs: Date.now() + leftMs,
          isBackground,
        },
      );
    },
  };
};
