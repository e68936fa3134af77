import { lookup as lookUp } from 'node:dns/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { isIP, type LookupFunction } from 'node:net';
import { pipeline, Readable, type Transform } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import {
  hostOf,
  isLoopbackAddress,
  isLoopbackHost,
  isPublicAddress,
  urlProblem,
} from '../shared/public-address.ts';
import { nodeHttps } from './node-https.ts';

export interface HostAddress {
  readonly address: string;
  readonly family: number;
}

export interface OutboundDeps {
  /** true on a laptop alone: http to this machine is let through. */
  readonly isLoopbackAllowed: boolean;
  readonly resolve: (host: string) => Promise<readonly HostAddress[]>;
}

export interface OutboundRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** null: none. */
  readonly body: string | Uint8Array | null;
}

/** An answer at its headers; who does not read `body` destroys it. */
export interface OutboundAnswer {
  readonly status: number;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded, whatever its server made of it. Of a coding that nobody here reads, reading it throws AnswerRefused. */
  readonly body: Readable;
}

/** A request that was not let out: nobody received it. */
export class OutboundRefused extends Error {
  override readonly name = 'OutboundRefused';
}

/** A connection that was made and broke: the request may have been received. */
export class ConnectionBroke extends Error {
  override readonly name = 'ConnectionBroke';
  readonly code: string;

  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : 'the connection broke', { cause });
    this.code =
      cause instanceof Error && 'code' in cause && typeof cause.code === 'string'
        ? cause.code
        : this.name;
  }
}

/** An answer that was not let in: the request was received, and what its status says of it holds. */
export class AnswerRefused extends Error {
  override readonly name = 'AnswerRefused';
}

/** Sends a request to an address that somebody else chose. */
export type SendOutbound = (
  request: OutboundRequest,
  signal: AbortSignal,
) => Promise<OutboundAnswer>;

/**
 * Requests to addresses that a project's admin typed. Each name is resolved once, every address of it must be public,
 * and the connection goes to these addresses and no other, so that a name which changes its mind between the check and
 * the call gains nothing. Redirects are answers, not followed. No connection is shared or kept.
 */
export const outbound =
  (deps: OutboundDeps): SendOutbound =>
  async (request, signal) => {
    const problem = urlProblem(request.url, deps.isLoopbackAllowed);
    if (problem !== null) throw new OutboundRefused(`the address ${problem}`);
    const url = new URL(request.url);
    const addresses = await unlessAborted(checkedAddresses(deps, hostOf(url)), signal);
    return await send(url, request, pinned(addresses), signal);
  };

export const systemResolve: OutboundDeps['resolve'] = async (host) =>
  await lookUp(host, { all: true });

/** The whole body as text. Throws AnswerRefused when it is larger. */
export const boundedText = async (body: Readable, bytesMax: number): Promise<string> =>
  (await boundedBytes(body, bytesMax)).toString('utf8');

/** The whole body. Throws AnswerRefused when it is larger. */
export const boundedBytes = async (body: Readable, bytesMax: number): Promise<Buffer> => {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    const chunk = Buffer.from(part);
    bytes += chunk.length;
    // Leaving the loop destroys the connection.
    if (bytes > bytesMax) throw new AnswerRefused(`the answer is larger than ${bytesMax} bytes`);
    parts.push(chunk);
  }
  return Buffer.concat(parts);
};

const checkedAddresses = async (
  deps: OutboundDeps,
  host: string,
): Promise<readonly [HostAddress, ...HostAddress[]]> => {
  const family = isIP(host);
  const isLocal = deps.isLoopbackAllowed && isLoopbackHost(host);
  const found = family === 0 ? await deps.resolve(host) : [{ address: host, family }];
  const [first, ...rest] = found;
  if (first === undefined) throw new OutboundRefused('the name has no address');
  for (const { address } of found)
    if (!isPublicAddress(address) && !(isLocal && isLoopbackAddress(address)))
      throw new OutboundRefused('the name leads to an address that is not public');
  return [first, ...rest];
};

/** A resolver may take its time whatever the caller has: its answer is not waited for then. */
const unlessAborted = async <T>(answer: Promise<T>, signal: AbortSignal): Promise<T> => {
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    signal.throwIfAborted();
    return await Promise.race([answer, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
    void answer.catch(() => undefined);
  }
};

/** Answers with the addresses that were checked, whoever asks. */
const pinned =
  (addresses: readonly [HostAddress, ...HostAddress[]]): LookupFunction =>
  (_host, options, callback) => {
    const [first] = addresses;
    if (options.all === true) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };

const send = async (
  url: URL,
  { method, headers, body }: OutboundRequest,
  lookup: LookupFunction,
  signal: AbortSignal,
): Promise<OutboundAnswer> => {
  const make = url.protocol === 'https:' ? nodeHttps().request : httpRequest;
  return await new Promise((resolve, reject) => {
    const request = make(url, {
      method,
      headers: { 'accept-encoding': 'identity', ...headers },
      agent: false,
      lookup,
      signal,
    });
    let isMade = false;
    request.on('error', (error) =>
      reject(isMade && !signal.aborted ? new ConnectionBroke(error) : error),
    );
    // Whoever changes the protocol sends neither an answer nor an error.
    request.on('close', () => reject(new ConnectionBroke(new Error(NO_ANSWER))));
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        isMade = true;
      });
    });
    request.on('response', (answer) => {
      const coding = (answer.headers['content-encoding'] ?? '').trim().toLowerCase();
      const decoded = decodedBody(answer, coding);
      resolve({
        status: answer.statusCode ?? 0,
        headers: Object.fromEntries(
          Object.entries(answer.headers)
            .filter(([name]) => decoded === answer || !CODED.has(name))
            .map(([name, value]) => [name, String(value ?? '')]),
        ),
        body: decoded,
      });
    });
    request.end(body ?? undefined);
  });
};

const NO_ANSWER = 'the connection was closed without an answer';

/** They speak of the bytes that came. */
const CODED: ReadonlySet<string> = new Set(['content-encoding', 'content-length']);

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
  ['zstd', createZstdDecompress],
]);

/** Piece by piece, so that whoever bounds an answer bounds what it becomes. */
const decodedBody = (answer: IncomingMessage, coding: string): Readable => {
  if (coding === '' || coding === 'identity') return answer;
  const decoder = DECODERS.get(coding)?.();
  if (decoder === undefined) {
    answer.destroy();
    return unreadable(coding);
  }
  // Its error is the decoder's too, and leaving the decoder early ends the answer.
  pipeline(answer, decoder, () => undefined);
  return decoder;
};

const unreadable = (coding: string): Readable =>
  new Readable({
    read() {
      this.destroy(
        new AnswerRefused(`the answer is coded as ${JSON.stringify(coding.slice(0, 40))}`),
      );
    },
  });
