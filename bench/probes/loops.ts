/** What the probes of every build share: how often, in which order, and what is counted. */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { median } from '../kit/figures.ts';

export const writesPlan = z.object({
  root: z.string(),
  /** One hold on each at a time. */
  secrets: z.array(z.string()).min(1),
  warmUps: z.int(),
  batches: z.int(),
});
export type WritesPlan = z.infer<typeof writesPlan>;

export const framesPlan = z.object({
  root: z.string(),
  /** The bytes of one stream, a frame each. */
  streams: z.object({ openai: z.array(z.string()), anthropic: z.array(z.string()) }),
  rounds: z.int(),
});
export type FramesPlan = z.infer<typeof framesPlan>;

export const planOf = <T>(schema: z.ZodType<T>): T =>
  schema.parse(JSON.parse(readFileSync(0, 'utf8')));

/** To end before everything is taken would cut the answer. */
export const answer = (result: object): void =>
  void process.stdout.write(JSON.stringify(result), () => process.exit(0));

/** Processor time in blocks, so that what an operation leaves behind is in it, and the time of each one. */
const stopwatch = () => {
  let cpuMs = 0;
  const tookMs: number[] = [];
  return {
    block: async <T>(operations: readonly (() => Promise<T>)[]): Promise<readonly T[]> => {
      const done: T[] = [];
      const before = process.cpuUsage();
      for (const operation of operations) {
        const beganMs = performance.now();
        done.push(await operation());
        tookMs.push(performance.now() - beganMs);
      }
      const used = process.cpuUsage(before);
      cpuMs += (used.user + used.system) / 1_000;
      return done;
    },
    figures: () => ({ cpuMs: cpuMs / tookMs.length, p50Ms: median(tookMs) }),
  };
};

export interface Writes<Held> {
  hold(secret: string): Promise<Held>;
  settle(held: Held): Promise<unknown>;
  put(index: number): Promise<unknown>;
}

/** One write after the other, as an instance of Lambda makes them. */
export const measureWrites = async <Held>(plan: WritesPlan, writes: Writes<Held>) => {
  const { secrets, warmUps, batches } = plan;
  const run = async (count: number) => {
    const [hold, settle, put] = [stopwatch(), stopwatch(), stopwatch()];
    for (let batch = 0; batch < count; batch++) {
      const held = await hold.block(secrets.map((secret) => async () => await writes.hold(secret)));
      await settle.block(held.map((one) => async () => await writes.settle(one)));
      const firstIndex = batch * secrets.length;
      await put.block(secrets.map((_, index) => async () => await writes.put(firstIndex + index)));
    }
    return { hold: hold.figures(), settle: settle.figures(), put: put.figures() };
  };
  await run(warmUps);
  return await run(batches);
};

/** Reads one stream to its end; returns how many frames it had. */
export type ReadStream = (stream: AsyncIterable<Uint8Array>) => Promise<number>;

/** Processor time a frame, in microseconds. */
export const measureFrames = async (
  { streams, rounds }: FramesPlan,
  readers: Readonly<
    Record<string, { readonly stream: keyof FramesPlan['streams']; readonly read: ReadStream }>
  >,
) => {
  const found: Record<string, number> = {};
  for (const [name, { stream, read }] of Object.entries(readers)) {
    const frames = streams[stream].map((frame) => Buffer.from(frame));
    found[name] = (await cpuOf(frames, read, rounds)) - (await cpuOf(frames, countChunks, rounds));
  }
  return found;
};

/** Processor time that each frame takes, in microseconds. */
const cpuOf = async (
  frames: readonly Uint8Array[],
  read: ReadStream,
  rounds: number,
): Promise<number> => {
  const run = async (count: number): Promise<number> => {
    let seen = 0;
    for (let round = 0; round < count; round++) seen += await read(source(frames));
    return seen;
  };
  await run(Math.ceil(rounds / 5));
  const before = process.cpuUsage();
  const seen = await run(rounds);
  const used = process.cpuUsage(before);
  return (used.user + used.system) / seen;
};

/** What the bytes cost on their way to whoever reads them. */
const countChunks: ReadStream = async (stream) => {
  let seen = 0;
  for await (const _ of stream) seen += 1;
  return seen;
};

async function* source(frames: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const frame of frames) yield await Promise.resolve(frame);
}
