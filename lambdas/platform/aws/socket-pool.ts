import { connect, isIP, type Socket } from 'node:net';
import { answerReader, type AnswerReader, type ReadAnswer } from './answer-reader.ts';

export interface PoolLimits {
  readonly socketsMax: number;
  readonly connectTimeoutMs: number;
}

/** One request and whoever waits for its answer. */
export interface Exchange {
  readonly method: string;
  /** Head and body, as they are written. */
  readonly text: string;
  readonly done: (answer: ReadAnswer) => void;
  readonly fail: (error: Error) => void;
}

/** Connections to one endpoint that are kept alive. */
export interface SocketPool {
  /** Sends a request on the connection that rested last, on a new one, or when one is free. */
  start(exchange: Exchange): void;
  /** Closes the connection that carries it; its `fail` hears why. */
  abandon(exchange: Exchange, error: Error): void;
}

/**
 * HTTP/1.1 with one request at a time on a connection. Node's own client makes a request, an answer and a stream of each
 * exchange and takes two thirds of a small one's time for that; here it is one write and one read.
 */
export const socketPool = (
  endpoint: URL,
  limits: PoolLimits,
  timeout: (what: string) => Error,
): SocketPool => {
  const open = opener(endpoint);
  const resting: Connection[] = [];
  const waiting: Exchange[] = [];
  const carrying = new Map<Exchange, Connection>();
  let count = 0;

  const connected = (): Connection => {
    count += 1;
    const connection = new Connection(open(), {
      onFree: (one, restMs) => {
        const next = waiting.shift();
        if (next !== undefined) carry(one, next);
        else one.rest(restMs, resting);
      },
      onEnded: (exchange) => void (exchange !== null && carrying.delete(exchange)),
      onClosed: (one) => {
        count -= 1;
        const at = resting.indexOf(one);
        if (at !== -1) resting.splice(at, 1);
        const next = waiting.shift();
        if (next !== undefined) carry(connected(), next);
      },
    });
    connection.opensWithin(limits.connectTimeoutMs, timeout);
    return connection;
  };
  const carry = (connection: Connection, exchange: Exchange): void => {
    carrying.set(exchange, connection);
    connection.carry(exchange);
  };
  const rested = (): Connection | null => {
    for (let one = resting.pop(); one !== undefined; one = resting.pop()) {
      if (one.isFresh()) return one;
      one.close();
    }
    return null;
  };
  return {
    start: (exchange) => {
      const connection = rested();
      if (connection !== null) carry(connection, exchange);
      else if (count < limits.socketsMax) carry(connected(), exchange);
      else waiting.push(exchange);
    },
    abandon: (exchange, error) => {
      const connection = carrying.get(exchange);
      if (connection !== undefined) return connection.die(error);
      const at = waiting.indexOf(exchange);
      if (at !== -1) waiting.splice(at, 1);
      exchange.fail(error);
    },
  };
};

interface Events {
  readonly onFree: (connection: Connection, restMs: number) => void;
  /** It carries that one no more. */
  readonly onEnded: (exchange: Exchange | null) => void;
  readonly onClosed: (connection: Connection) => void;
}

class Connection {
  private readonly socket: Opened;
  private readonly events: Events;
  private exchange: Exchange | null = null;
  private reader: AnswerReader | null = null;
  private freshUntilMs = Infinity;

  constructor(socket: Opened, events: Events) {
    this.socket = socket;
    this.events = events;
    socket.on('data', (bytes: Buffer) => this.read(bytes));
    socket.on('end', () => this.ended());
    socket.on('error', (error) => this.die(error));
    socket.on('close', () => {
      this.die(hangUp());
      events.onClosed(this);
    });
  }

  opensWithin(ms: number, timeout: (what: string) => Error): void {
    const timer = setTimeout(() => this.die(timeout(`no connection within ${ms} ms`)), ms);
    const stop = (): void => clearTimeout(timer);
    this.socket.once(this.socket.openEvent, stop);
    this.socket.once('close', stop);
  }

  carry(exchange: Exchange): void {
    this.exchange = exchange;
    this.reader = answerReader(exchange.method);
    this.socket.ref();
    this.socket.write(exchange.text);
  }

  /** Waits for the next request, and keeps no process alive meanwhile. */
  rest(ms: number, resting: Connection[]): void {
    this.freshUntilMs = ms === Infinity ? Infinity : performance.now() + ms;
    this.socket.unref();
    resting.push(this);
  }

  isFresh(): boolean {
    return !this.socket.destroyed && performance.now() < this.freshUntilMs;
  }

  close(): void {
    this.socket.destroy();
  }

  die(error: Error): void {
    const exchange = this.leave();
    this.socket.destroy();
    exchange?.fail(error);
  }

  private read(bytes: Buffer): void {
    try {
      const answer = this.reader?.push(bytes);
      if (answer === null) return;
      // Nobody asked for what it says.
      if (answer === undefined) this.close();
      else this.answered(answer);
    } catch (error) {
      this.die(error instanceof Error ? error : new Error(String(error)));
    }
  }

  private ended(): void {
    const answer = this.reader?.end() ?? null;
    if (answer !== null) this.answered({ ...answer, restMs: null });
    else this.die(hangUp());
  }

  private answered(answer: ReadAnswer): void {
    const exchange = this.leave();
    const isSent = this.socket.writableLength === 0 && !this.socket.destroyed;
    if (answer.restMs !== null && isSent) this.events.onFree(this, answer.restMs);
    else this.close();
    exchange?.done(answer);
  }

  private leave(): Exchange | null {
    const { exchange } = this;
    this.exchange = null;
    this.reader = null;
    this.events.onEnded(exchange);
    return exchange;
  }
}

/** As Node names it. */
const hangUp = (): Error => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

type Opened = Socket & { readonly openEvent: 'connect' | 'secureConnect' };

const KEEP_ALIVE_PROBE_MS = 1_000;

const opener = (endpoint: URL): (() => Opened) => {
  const isSecure = endpoint.protocol === 'https:';
  const { hostname } = endpoint;
  // An address in brackets is one of IPv6.
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const port = Number(endpoint.port) || (isSecure ? 443 : 80);
  const address = {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
  };
  if (!isSecure) return () => Object.assign(connect(address), { openEvent: 'connect' as const });
  /** A session that is resumed saves the certificates of each further handshake. */
  let session: Buffer | undefined;
  return () => {
    // Loaded by who first speaks it: nobody on a laptop, where it is 4 MB of each thread.
    const socket = process.getBuiltinModule('node:tls').connect({
      ...address,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['http/1.1'],
      ...(session === undefined ? {} : { session }),
    });
    socket.on('session', (fresh) => void (session = fresh));
    return Object.assign(socket, { openEvent: 'secureConnect' as const });
  };
};
