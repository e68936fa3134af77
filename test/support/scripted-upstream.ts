import { createServer } from 'node:http';
import { listenHere } from '../../local/http/listen-here.ts';
import { isRefused } from './strict/refuse.ts';

/** What the provider does with the next calls. */
export interface Script {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly chunks?: readonly (string | Uint8Array)[];
  /** `silent` never answers, `gone` hangs up, `hang` stops in mid-answer, `cut` breaks the connection there. */
  readonly ending?: 'end' | 'cut' | 'hang' | 'silent' | 'gone';
}

export interface ScriptedUpstream {
  readonly url: string;
  /** One for every call, or one that a call's body makes. */
  script: Script | ((json: string, path: string) => Script);
  readonly requests: { readonly path: string; readonly headers: object; readonly body: unknown }[];
  stop(): void;
}

/** A provider over real HTTP that sends the bytes it is told to, to whoever asks as its documents say. */
export const startScriptedUpstream = async (): Promise<ScriptedUpstream> => {
  const requests: ScriptedUpstream['requests'] = [];
  const upstream = {
    url: '',
    script: {} as const satisfies Script,
    requests,
    stop: () => undefined,
  };
  const state: { upstream: ScriptedUpstream } = { upstream };
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString('utf8');
      const path = request.url ?? '';
      const body: unknown = JSON.parse(text);
      requests.push({ path, headers: request.headers, body });
      if (isRefused(response, path, request.headers, text)) return;
      const { script } = state.upstream;
      const {
        status = 200,
        type = 'text/event-stream',
        ending = 'end',
        ...rest
      } = typeof script === 'function' ? script(text, path) : script;
      if (ending === 'silent') return;
      if (ending === 'gone') return void response.destroy();
      response.writeHead(status, { 'content-type': type, ...rest.headers });
      for (const chunk of rest.chunks ?? []) response.write(chunk);
      response.flushHeaders();
      if (ending === 'end') response.end();
      if (ending === 'cut') setImmediate(() => response.destroy());
    });
  });
  const port = await listenHere(server);
  state.upstream = {
    ...upstream,
    url: `http://127.0.0.1:${port}`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
  return state.upstream;
};
