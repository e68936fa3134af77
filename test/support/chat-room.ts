import { mediaFiles } from '../../lambdas/inference/adapters/media-files.ts';
import type { ReadMedia } from '../../lambdas/inference/ports/media.ts';
import type { Context } from 'aws-lambda';
import type { Handler } from '../../lambdas/http/door.ts';
import type { HttpRequest } from '../../lambdas/http/request.ts';
import { wholeBody } from '../../lambdas/platform/answer-body.ts';
import type { HttpAnswer } from '../../lambdas/platform/http-entry.ts';
import { newHoldId, requestIdOf } from '../../lambdas/shared/ids.ts';
import { aiChatRoutes } from '../../lambdas/threads/dialects/ai-sdk/routes/ai-chat-routes.ts';
import { atCallersPlace } from '../../lambdas/threads/dialects/responses/routes/callers-place.ts';
import { responsesRoutes } from '../../lambdas/threads/dialects/responses/routes/responses-routes.ts';
import { runRoutes } from '../../lambdas/threads/dialects/native/routes/run-routes.ts';
import { streamRoutes } from '../../lambdas/threads/dialects/native/routes/stream-routes.ts';
import { threadRoutes } from '../../lambdas/threads/dialects/native/routes/thread-routes.ts';
import { turnRoutes } from '../../lambdas/threads/dialects/native/routes/turn-routes.ts';
import { ALIASES_OF_PROJECTS } from '../../lambdas/threads/wire/aliases.ts';
import type { TurnRouteDeps } from '../../lambdas/threads/routes/route-deps.ts';
import { runClaimed } from '../../lambdas/threads/usecases/run-claimed.ts';
import { clientToolBox } from '../../lambdas/threads/tools/adapters/client-tool-box.ts';
import { tableThreadForks } from '../../lambdas/threads/adapters/threads/table-thread-forks.ts';
import { forkRoutes } from '../../lambdas/threads/dialects/native/routes/fork-routes.ts';
import type { ProjectSettings } from '../../lambdas/threads/domain/project.ts';
import type { ForkTask } from '../../lambdas/threads/ports/starter.ts';
import { engineRoom } from './engine-room.ts';
import { MemoryTables } from './memory-tables.ts';
import { silentPoster } from './silent-sockets.ts';
import { KEY_ID } from './key-items.ts';
import { turnRoom } from './turn-room.ts';

const LEFT_MS = 900_000;

/** The routes of threads and of the AI SDK's chat over a thread room; runs that are handed on are produced here too. */
export const chatRoom = async (
  upstreamUrl: string,
  {
    isSimulated = false,
    stepMs = 0,
    dialects = [],
    readMedia,
    room: minted,
  }: {
    isSimulated?: boolean;
    stepMs?: number;
    dialects?: ProjectSettings['dialects'];
    readMedia?: ReadMedia;
    /** With a key of its own; absent: one is made. */
    room?: ReturnType<typeof engineRoom>;
  } = {},
) => {
  const tables = new MemoryTables();
  const made = minted ?? engineRoom(upstreamUrl, undefined, isSimulated);
  if (readMedia !== undefined)
    Object.assign(made.deps, {
      loadMedia: async () => await Promise.resolve(mediaFiles(readMedia)),
    });
  if (minted === undefined) await made.mint();
  const { deps: own, room, started } = await turnRoom(upstreamUrl, 0, silentPoster, tables, made);
  const forked: ForkTask[] = [];
  /** Each look at the clock of a fork takes so long. */
  let lateMs = 0;
  const forkTimers = { ...own.timers, nowMs: () => Date.now() + (lateMs += stepMs) };
  const deps: TurnRouteDeps = {
    ...own,
    keys: room.deps.keys,
    projects: { settings: async () => ({ dialects }), set: async () => undefined },
    aliases: ALIASES_OF_PROJECTS,
    tools: clientToolBox(own.store),
    starter: {
      startTitle: async () => undefined,
      startFork: async (task) => void forked.push(task),
      start: async (run) => {
        started.push(run);
        const nonce = `handed-${started.length}`;
        void runClaimed(deps, { run, nonce, deadlineMs: Date.now() + LEFT_MS });
      },
    },
  };
  const forkDeps = { ...deps, forks: tableThreadForks(tables), timers: forkTimers };
  const routes: Readonly<Record<string, Handler>> = {
    ...aiChatRoutes(deps),
    ...threadRoutes(deps),
    ...turnRoutes(deps),
    ...runRoutes(deps),
    ...streamRoutes(deps),
    ...forkRoutes(forkDeps),
    ...atCallersPlace(responsesRoutes({ ...deps, forks: tableThreadForks(room.tables) })),
  };
  const ask = async (
    route: string,
    body: object,
    { params = {}, query = {}, headers = {} }: Partial<HttpRequest> = {},
  ): Promise<HttpAnswer> => {
    const handler = routes[route];
    if (handler === undefined) throw new Error(`no route ${route}`);
    const holdId = newHoldId(Date.now());
    const request = {
      requestId: requestIdOf(KEY_ID, holdId),
      holdId,
      secret: { kind: 'ok', keyId: KEY_ID, secretHash: 'hash' } as const,
      route,
      path:
        route.split(' ')[1]?.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? '') ?? '',
      params,
      query,
      headers,
      body: Buffer.from(JSON.stringify(body)),
    };
    return await handler(request, handlerContext());
  };
  return { deps, tables, forkDeps, room, started, forked, ask, routes: Object.keys(routes) };
};

/** What Lambda hands a handler of threads. */
export const handlerContext = (): Context => {
  const nothing = (): void => undefined;
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'chat',
    functionVersion: '1',
    invokedFunctionArn: '',
    memoryLimitInMB: '512',
    awsRequestId: '',
    logGroupName: '',
    logStreamName: '',
    getRemainingTimeInMillis: () => LEFT_MS,
    done: nothing,
    fail: nothing,
    succeed: nothing,
  };
};

/** What an answer said, to its end. */
export const bodyOf = async ({ body }: HttpAnswer): Promise<string> =>
  Buffer.from(await wholeBody(body)).toString('utf8');
