import * as z from 'zod';

/** A month of traffic. */
export const trafficSchema = z.object({
  calls: z.coerce.number().min(0),
  inputTokens: z.coerce.number().min(0),
  outputTokens: z.coerce.number().min(0),
  streamSeconds: z.coerce.number().min(0).max(900),
  keys: z.coerce.number().min(1),
  /** Turns of threads, each a model call too, beside `calls`. */
  turns: z.coerce.number().min(0),
  turnTokens: z.coerce.number().min(0),
  turnSeconds: z.coerce.number().min(0.1).max(900),
  /** Readers of a turn's stream beside the one who asked: resumes, other tabs. */
  turnReaders: z.coerce.number().min(0),
  /** Share of turns that wait for the one before, and run in `run-turn`. */
  queuedShare: z.coerce.number().min(0).max(1),
  /** Minutes that WebSocket connections are open, all together. */
  socketMinutes: z.coerce.number().min(0),
  /** Connections that watch a turn. */
  socketViewers: z.coerce.number().min(0),
  /** Busiest second over the mean. */
  peak: z.coerce.number().min(1),
});
export type Traffic = z.infer<typeof trafficSchema>;

export const DEFAULT_TRAFFIC: Traffic = {
  calls: 1_000_000,
  inputTokens: 1_000,
  outputTokens: 500,
  streamSeconds: 10,
  keys: 1_000,
  turns: 100_000,
  turnTokens: 1_000,
  turnSeconds: 10,
  turnReaders: 0.2,
  queuedShare: 0.05,
  socketMinutes: 1_000_000,
  socketViewers: 1,
  peak: 10,
};
