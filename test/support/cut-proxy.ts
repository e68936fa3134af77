import { connect, createServer, type Socket } from 'node:net';
import { listenHere } from '../../local/http/listen-here.ts';

/** Where a connection breaks: behind so many bytes of what the server says, or behind the first such text in it. */
export type Cut = { readonly bytes: number } | { readonly text: string; readonly more: number };

export interface CutProxy {
  readonly url: string;
  /** Bytes that the server said on each connection so far. */
  readonly heardBytes: number[];
  /** Resolves when the first connection broke. */
  readonly wasCut: Promise<void>;
  /** Lets the connections in that came since; before that they wait. */
  release(): void;
  stop(): void;
}

/**
 * A wire that breaks at an exact byte, as a train does in a tunnel. `cutOf` tells where the connection of this number (0
 * is the first one) breaks; null: nowhere. With `holds` every connection behind the first waits for `release`. With
 * `isSilent` nothing comes after that byte, and the connection stays open.
 */
export const cutProxy = async (
  target: string,
  cutOf: (connection: number) => Cut | null,
  {
    holds = false,
    isSilent = false,
  }: { readonly holds?: boolean; readonly isSilent?: boolean } = {},
): Promise<CutProxy> => {
  const { hostname, port } = new URL(target);
  const cut = Promise.withResolvers<undefined>();
  const released = Promise.withResolvers<undefined>();
  const sockets = new Set<Socket>();
  const heardBytes: number[] = [];
  const server = createServer((near) => {
    const number = heardBytes.push(0) - 1;
    sockets.add(near);
    near.on('error', () => near.destroy());
    const open = (): void => {
      const far = connect(Number(port), hostname);
      sockets.add(far);
      far.on('error', () => near.destroy());
      near.on('close', () => far.destroy());
      near.pipe(far);
      const rest = restOf(cutOf(number));
      far.on('data', (bytes: Buffer) => {
        const passed = rest(bytes);
        heardBytes[number] = (heardBytes[number] ?? 0) + passed.length;
        near.write(passed);
        if (passed.length === bytes.length || isSilent) return;
        // What was written still arrives; the end of the stream's own framing does not.
        near.destroySoon();
        far.destroy();
        cut.resolve(undefined);
      });
      far.on('close', () => near.destroySoon());
    };
    if (holds && number > 0) void released.promise.then(open);
    else open();
  });
  const own = await listenHere(server);
  return {
    url: `http://127.0.0.1:${own}`,
    heardBytes,
    wasCut: cut.promise,
    release: () => released.resolve(undefined),
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
};

/** What of each piece still passes. */
const restOf = (cut: Cut | null): ((bytes: Buffer) => Buffer) => {
  let before = '';
  let passed = 0;
  return (bytes) => {
    const end =
      cut === null
        ? null
        : 'bytes' in cut
          ? cut.bytes
          : endOf((before += bytes.toString('latin1')), cut);
    const rest = end === null ? bytes : bytes.subarray(0, Math.max(0, end - passed));
    passed += rest.length;
    return rest;
  };
};

const endOf = (text: string, cut: { readonly text: string; readonly more: number }) => {
  const place = text.indexOf(cut.text);
  return place === -1 ? null : place + cut.text.length + cut.more;
};
