import { createServer } from 'node:http';
import { listenHere } from '../../local/http/listen-here.ts';

export interface Heard {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface ToolServer {
  readonly url: string;
  readonly heard: Heard[];
  /** One after the other; the last one again and again. */
  readonly answers: readonly (
    | {
        readonly status: number;
        readonly body: string | Uint8Array;
        readonly headers?: Readonly<Record<string, string>>;
      }
    | 'silence'
  )[];
  stop(): void;
}

/** Somebody's webhook, over real HTTP. */
export const startToolServer = async (
  answers: ToolServer['answers'],
  onHeard: (heard: Heard) => Promise<void> = async () => undefined,
): Promise<ToolServer> => {
  const heard: Heard[] = [];
  const server = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const said = { headers: request.headers, body: Buffer.concat(parts).toString('utf8') };
      const next = answers[Math.min(heard.length, answers.length - 1)];
      heard.push(said);
      const reply = async (): Promise<void> => {
        await onHeard(said);
        if (next === undefined || next === 'silence') return;
        answer.writeHead(next.status, {
          'content-type': 'application/json',
          location: '/again',
          ...next.headers,
        });
        answer.end(next.body);
      };
      void reply();
    });
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}/`,
    heard,
    answers,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
