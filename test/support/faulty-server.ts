import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { crc32 } from 'node:zlib';
import { listenHere } from '../../local/http/listen-here.ts';

/** One request as it came. */
export interface SeenRequest {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the server does with one request. */
export type Fault = (response: ServerResponse, request: SeenRequest) => void;

export interface FaultyServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** What it does with the next requests, one after the other; the last one goes on. */
  script(...faults: readonly [Fault, ...Fault[]]): void;
  stop(): void;
}

/** A real HTTP server that answers as badly as it is told to. */
export const startFaultyServer = async (): Promise<FaultyServer> => {
  const seen: SeenRequest[] = [];
  let faults: readonly Fault[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('error', () => undefined);
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const fault = faults[Math.min(seen.length, faults.length - 1)];
      seen.push({ headers: request.headers, body: Buffer.concat(parts).toString('utf8') });
      fault?.(response, seen.at(-1) ?? { headers: {}, body: '' });
    });
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    script: (...next) => {
      faults = next;
      seen.length = 0;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};

export interface Answer {
  readonly status?: number;
  readonly body: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer as DynamoDB gives it, with its checksum. */
export const answers =
  ({ status = 200, body, headers = {} }: Answer): Fault =>
  (response) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.0',
      'x-amzn-requestid': 'REQUEST1',
      'x-amz-crc32': String(crc32(text)),
      'content-length': Buffer.byteLength(text),
      ...headers,
    });
    response.end(text);
  };

/** A refusal by its name. */
export const refuses = (name: string, more: Partial<Answer> & { members?: object } = {}): Fault =>
  answers({
    status: 400,
    ...more,
    body: {
      __type: `com.amazonaws.dynamodb.v20120810#${name}`,
      message: `it is ${name}`,
      ...more.members,
    },
  });

/** The connection is reset before a byte came back: whether the request was carried out, nobody can tell. */
export const resets: Fault = (response) => response.socket?.resetAndDestroy();

/** Half of the bytes that were announced, then the connection ends. */
export const cuts =
  (body: object): Fault =>
  (response) => {
    const text = JSON.stringify(body);
    response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
    response.write(text.slice(0, text.length / 2));
    setImmediate(() => response.socket?.destroy());
  };

/** Half of the bytes, and no more: the connection stays. */
export const stalls =
  (body: object): Fault =>
  (response) => {
    const text = JSON.stringify(body);
    response.writeHead(200, { 'content-length': Buffer.byteLength(text) });
    response.write(text.slice(0, text.length / 2));
  };

/** All bytes, one by one. */
export const drips =
  (body: object): Fault =>
  (response) => {
    const text = JSON.stringify(body);
    response.writeHead(200, {
      'content-length': Buffer.byteLength(text),
      'x-amz-crc32': String(crc32(text)),
    });
    const letters = text.split('');
    const next = (): void => {
      const letter = letters.shift();
      if (letter === undefined) response.end();
      else response.write(letter, () => setImmediate(next));
    };
    next();
  };

/** Says nothing. */
export const silence: Fault = () => undefined;
