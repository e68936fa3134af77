import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import * as z from 'zod';
import type { E2e } from './e2e.ts';
import { eventually } from './stack.ts';

const ticketAnswer = z.object({ ticket: z.string(), url: z.string(), expires_at: z.number() });
const eventsFrame = z.object({
  type: z.literal('events'),
  thread_id: z.string(),
  run_id: z.string(),
  cursor: z.string(),
  events: z
    .array(z.object({ cursor: z.string(), event: z.looseObject({ type: z.string() }) }))
    .optional(),
  reference: z.string().optional(),
});
const otherFrame = z.looseObject({ type: z.string() });
export type Told = z.infer<typeof otherFrame>;

export interface SocketEvent {
  readonly runId: string;
  readonly cursor: string;
  readonly event: Told;
}

export const ticketFor = async (e2e: E2e, secret: string) => {
  const answer = await e2e.api('POST', '/v1/realtime/tickets', secret);
  expect(answer.status).toBe(201);
  return ticketAnswer.parse(await answer.json());
};

/** Where the stack takes sockets. */
export const socketUrl = async (e2e: E2e, secret: string): Promise<string> =>
  (await ticketFor(e2e, secret)).url.split('?')[0] ?? '';

const TRIES_MAX = 4;
/** What is answered by these changes nothing when it is said twice. */
const REPEATABLE: ReadonlySet<string> = new Set(['pong', 'error']);
/** The protocol's 15 seconds. */
const SILENT_LOOKS_MAX = 300;
const LOOK_MS = 50;

type Address = ConstructorParameters<typeof WebSocket>;

/** A tab, written from docs/protocol-threads.md alone. */
export class SocketTab {
  /** Frames that are no events, in the order in which they came. */
  readonly told: Told[] = [];
  readonly events: SocketEvent[] = [];
  readonly references: { readonly cursor: string; readonly reference: string }[] = [];
  /** Events that it had already. */
  doubles = 0;
  closeCode: number | null = null;
  /** Sockets that were closed under it, and that it replaced by another one. */
  comebacks = 0;
  private socket: WebSocket;
  private readonly address: () => Promise<Address>;
  private readonly latest = new Map<string, string>();

  private constructor(address: () => Promise<Address>, first: Address) {
    this.address = address;
    this.socket = this.connect(first);
  }

  private static async open(address: () => Promise<Address>): Promise<SocketTab> {
    const tab = new SocketTab(address, await address());
    await once(tab.socket, 'open');
    return tab;
  }

  private connect(address: Address): WebSocket {
    const socket = new WebSocket(...address);
    socket.on('message', (data: Buffer) => this.receive(data.toString()));
    socket.on('close', (code) => (this.closeCode = code));
    socket.on('error', () => undefined);
    return socket;
  }

  /** A socket that cannot be posted to in time is cut, as on a busy machine: its client comes back on another one. */
  private async comeBack(): Promise<void> {
    const address = await this.address();
    this.closeCode = null;
    this.comebacks++;
    this.socket = this.connect(address);
    await once(this.socket, 'open');
  }

  static async withKey(e2e: E2e, secret: string): Promise<SocketTab> {
    const url = await socketUrl(e2e, secret);
    return await SocketTab.open(async () =>
      Promise.resolve([url, ['sluice.v1', `bearer.${secret}`]]),
    );
  }

  /** A ticket opens one socket, so each comeback asks for another one. */
  static async withTicket(e2e: E2e, secret: string): Promise<SocketTab> {
    return await SocketTab.open(async () => [(await ticketFor(e2e, secret)).url]);
  }

  get protocol(): string {
    return this.socket.protocol;
  }

  say(message: object | string): void {
    this.socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  }

  /** The next frame of this type that nobody has taken yet. */
  async next(type: string): Promise<Told> {
    let found: Told | undefined;
    await eventually(async () => {
      const place = this.told.findIndex((frame) => frame.type === type);
      const seen = `${type} in ${JSON.stringify(this.told)}, closed by ${this.closeCode}`;
      expect(await Promise.resolve(place), seen).not.toBe(-1);
      [found] = this.told.splice(place, 1);
    });
    return otherFrame.parse(found);
  }

  async ask(message: object | string, answer: string): Promise<Told> {
    if (REPEATABLE.has(answer)) return await this.askAgain(message, answer);
    this.say(message);
    return await this.next(answer);
  }

  /** Its answer may be lost, or the socket cut, as on a busy machine. */
  private async askAgain(message: object | string, answer: string): Promise<Told> {
    for (let tries = 1; tries < TRIES_MAX; tries++) {
      if (this.closeCode !== null) await this.comeBack();
      this.say(message);
      for (let looks = 0; looks < SILENT_LOOKS_MAX; looks++) {
        if (this.told.some(({ type }) => type === answer)) return await this.next(answer);
        await sleep(LOOK_MS);
      }
    }
    return await this.next(answer);
  }

  /** The answer to a message after which the same socket answers a ping; a busy machine may cut one or another. */
  async askAndGoOn(message: object | string, answer: string): Promise<Told> {
    for (let tries = 1; ; tries++) {
      const told = await this.ask(message, answer);
      const opened = this.comebacks;
      await this.ask({ type: 'ping' }, 'pong');
      if (this.comebacks === opened) return told;
      expect(tries, `closed after ${answer}`).toBeLessThan(TRIES_MAX);
    }
  }

  async subscribe(threadId: string, after?: string): Promise<Told> {
    const rest = after === undefined ? {} : { after };
    const message = { type: 'subscribe', thread_id: threadId, ...rest };
    // A post may be lost, so the protocol has a client that hears nothing subscribe again, which replaces.
    for (let tries = 1; tries < TRIES_MAX; tries++) {
      if (tries > 1 && this.closeCode !== null) await this.comeBack();
      this.say(message);
      for (let looks = 0; looks < SILENT_LOOKS_MAX; looks++) {
        if (this.told.length > 0) return await this.next('subscribed');
        await sleep(LOOK_MS);
      }
    }
    return await this.ask(message, 'subscribed');
  }

  /** Events of a run, up to its terminal one. */
  async whole(runId: string): Promise<readonly SocketEvent[]> {
    await this.has(({ runId: id, event }) => id === runId && /^run\.(?!res)/.test(event.type));
    return this.of(runId);
  }

  async has(isWanted: (event: SocketEvent) => boolean): Promise<void> {
    await eventually(async () =>
      expect(await Promise.resolve(this.events.some(isWanted))).toBe(true),
    );
  }

  of(runId: string): readonly SocketEvent[] {
    return this.events.filter((event) => event.runId === runId);
  }

  async closed(): Promise<number> {
    await eventually(async () => expect(await Promise.resolve(this.closeCode)).not.toBe(null));
    return this.closeCode ?? 0;
  }

  cut(): void {
    this.socket.terminate();
  }

  private receive(text: string): void {
    const frame = otherFrame.parse(JSON.parse(text));
    if (frame.type !== 'events') {
      this.told.push(frame);
      return;
    }
    const { run_id: runId, cursor, events = [], reference } = eventsFrame.parse(frame);
    if (reference !== undefined) this.references.push({ cursor, reference });
    for (const entry of events) {
      if (entry.cursor <= (this.latest.get(runId) ?? '')) {
        this.doubles += 1;
        continue;
      }
      this.latest.set(runId, entry.cursor);
      this.events.push({ runId, ...entry });
    }
    if (reference !== undefined) this.latest.set(runId, cursor);
  }
}

/** Words of a run as a tab heard them. */
export const wordsOf = (events: readonly SocketEvent[]): string =>
  events
    .map(
      ({ event }) =>
        z.looseObject({ delta: z.looseObject({ text: z.string() }) }).safeParse(event).data?.delta
          .text ?? '',
    )
    .join('');

/** A message that posts a turn. */
export const said = (thread: string, content: string, requestId: string, fields: object = {}) => ({
  type: 'send',
  thread_id: thread,
  request_id: requestId,
  model: 'gpt-4o-mini',
  max_tokens: 100,
  content,
  ...fields,
});
