import { createServer, type ServerResponse } from 'node:http';
import { chatDialect } from '../../../lambdas/inference/dialects/openai-chat/dialect.ts';
import { messagesDialect } from '../../../lambdas/inference/dialects/anthropic-messages/dialect.ts';
import { listenHere } from '../../../local/http/listen-here.ts';
import { textOf, type engineRoom } from '../engine-room.ts';

type Room = Pick<ReturnType<typeof engineRoom>, 'call'>;
export type Part = Readonly<Record<string, unknown>>;
export type FileServer = Awaited<ReturnType<typeof startFileServer>>;

/** Somebody's server, where files stand; `asked` has the paths that it was asked for. */
export const startFileServer = async (
  answer: (path: string, response: ServerResponse) => void | Promise<void>,
) => {
  const asked: string[] = [];
  const server = createServer(({ url = '' }, response) => {
    asked.push(url);
    void answer(url, response);
  });
  const port = await listenHere(server);
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${port}`, asked, stop };
};

export const BY_CHAT = { dialect: async () => await Promise.resolve(chatDialect) };
export const BY_MESSAGES = {
  wire: 'anthropic-messages',
  dialect: async () => await Promise.resolve(messagesDialect),
} as const;

const saying = (parts: readonly Part[]) => [
  { role: 'user', content: [{ type: 'text', text: 'see' }, ...parts] },
];

/** The answer to a message with these parts, by the route of chat completions. */
export const chatWith = async (
  room: Room,
  model: string,
  parts: readonly Part[],
  input: Parameters<Room['call']>[1] = {},
): Promise<string> =>
  await textOf(await room.call({ model, messages: saying(parts) }, { ...BY_CHAT, ...input }));

/** The same by the route of messages. */
export const messagesWith = async (room: Room, model: string, part: Part): Promise<string> =>
  await textOf(await room.call({ model, max_tokens: 99, messages: saying([part]) }, BY_MESSAGES));
