import { Readable } from 'node:stream';
import { createServer } from 'node:http';
import { listenHere } from '../../../local/http/listen-here.ts';
import { messagesDialect } from '../../../lambdas/inference/dialects/anthropic-messages/dialect.ts';
import type { Dialect } from '../../../lambdas/inference/dialects/dialect.ts';
import { chatDialect } from '../../../lambdas/inference/dialects/openai-chat/dialect.ts';
import { geminiDialect } from '../../../lambdas/inference/dialects/gemini/dialect.ts';
import type { WireName } from '../../../lambdas/inference/models/families.ts';
import { errorBody } from '../../../lambdas/http/errors.ts';
import { mediaFiles } from '../../../lambdas/inference/adapters/media-files.ts';
import type { ReadMedia } from '../../../lambdas/inference/ports/media.ts';
import type { PathWords } from '../../../lambdas/inference/wires/wire.ts';
import { AppError } from '../../../lambdas/shared/app-error.ts';
import { engineRoom } from '../engine-room.ts';
import { startScriptedUpstream, type Script, type ScriptedUpstream } from '../scripted-upstream.ts';
import { PDF, PNG } from './features.ts';
import { speak, type Spoken } from './spoken.ts';

/** What a route speaks. */
export interface ForeignRoute {
  readonly wire: WireName;
  readonly dialect: Dialect;
  readonly errors: 'openai' | 'anthropic' | 'google';
}

export const ROUTES: Readonly<Record<string, ForeignRoute>> = {
  '/v1/chat/completions': { wire: 'openai-chat', dialect: chatDialect, errors: 'openai' },
  '/v1/messages': {
    wire: 'anthropic-messages',
    dialect: messagesDialect,
    errors: 'anthropic',
  },
  ':generateContent': { wire: 'gemini', dialect: geminiDialect, errors: 'google' },
};

/** What stands at every address that the features name. */
export const readSample: ReadMedia = async (_url, { type }) =>
  await Promise.resolve(
    type === 'image'
      ? { mediaType: 'image/png', bytes: Buffer.from(PNG, 'base64') }
      : { mediaType: 'application/pdf', bytes: Buffer.from(PDF, 'base64') },
  );

/** A path's route, and what the path says of its call. */
const routeAt = (url: string): { readonly route: ForeignRoute; readonly path?: PathWords } => {
  const [plain = '', query = ''] = url.split('?');
  const route = ROUTES[plain] ?? ROUTES[':generateContent'];
  if (route === undefined) throw new Error(`no route ${url}`);
  const [, model = '', action = ''] = /\/models\/(.+):(\w+)$/.exec(plain) ?? [];
  if (action === '') return { route };
  const isStream = action === 'streamGenerateContent';
  const path = { model: decodeURIComponent(model), isStream: isStream && query === 'alt=sse' };
  return { route, path: isStream && !path.isStream ? { ...path, action } : path };
};

export interface ForeignRoom {
  readonly url: string;
  readonly room: ReturnType<typeof engineRoom>;
  readonly upstream: ScriptedUpstream;
  /** The next calls are answered so, in the words of whichever wire is asked. */
  say(spoken: Spoken): void;
  /** The body that the provider was asked with last. */
  asked(): Readonly<Record<string, unknown>>;
  stop(): void;
}

/**
 * The routes of the gateway over the engine room, on real HTTP, in front of a provider that refuses what the provider's
 * published schema does not have. Nothing but the front door of AWS is missing.
 */
export const startForeignRoom = async (
  key: Parameters<ReturnType<typeof engineRoom>['mint']>[0] = {},
): Promise<ForeignRoom> => {
  const upstream = await startScriptedUpstream();
  const room = engineRoom(upstream.url);
  Object.assign(room.deps, {
    loadMedia: async () => await Promise.resolve(mediaFiles(readSample)),
  });
  await room.mint(key);
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => void answer(Buffer.concat(pieces)));
    const answer = async (body: Buffer): Promise<void> => {
      const { route, path } = routeAt(request.url ?? '');
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      try {
        const { wire } = route;
        const dialect = async () => await Promise.resolve(route.dialect);
        const input = { wire, dialect, headers, ...(path === undefined ? {} : { path }) };
        const told = await room.send(body, input);
        response.writeHead(told.status, told.headers);
        if (told.body instanceof Uint8Array) response.end(told.body);
        else Readable.from(told.body).pipe(response);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        response.writeHead(error.status, {
          'content-type': 'application/json',
          'x-should-retry': String(error.retryable),
        });
        response.end(JSON.stringify(errorBody(route.errors, error, 'req_test')));
      }
    };
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    room,
    upstream,
    say: (spoken) => {
      upstream.script = speakAt(spoken);
    },
    asked: () => record(upstream.requests.at(-1)?.body),
    stop: () => {
      server.close();
      server.closeAllConnections();
      upstream.stop();
    },
  };
};

/** An answer in the words of whichever wire is asked. */
export const speakAt =
  (spoken: Spoken) =>
  (json: string, path: string): Script => {
    const { model } = record(JSON.parse(json));
    return speak(wireAt(path), typeof model === 'string' ? model : 'gemini', spoken);
  };

const wireAt = (path: string): WireName => {
  if (path.includes(':streamGenerateContent')) return 'gemini';
  if (path.endsWith('/converse-stream')) return 'bedrock-converse';
  return path.endsWith('/messages') ? 'anthropic-messages' : 'openai-chat';
};

const record = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
