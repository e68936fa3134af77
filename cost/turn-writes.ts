import {
  FIRST_SECOND_MS,
  FIRST_WINDOW_MS,
  FRAME_PAUSE_MS,
  LATER_WINDOW_MS,
  LEASE_RENEW_MS,
} from '../lambdas/threads/domain/limits.ts';
import { KB } from './call-writes.ts';

/**
 * What one turn of a thread writes, as the adapters do it: bytes are of items of ours with a long model name, an end
 * user and a feature. test/contract/turn-units.test.ts runs the adapters on an engine and compares what it counts.
 */
export interface TurnWrite {
  readonly name: string;
  /** How often a turn does it. */
  readonly times: number;
  /** A transaction costs every unit twice. */
  readonly isTransaction: boolean;
  readonly bytes: number;
  /** Units of indexes: an entry that moves is taken out and put in. */
  readonly indexUnits: number;
}

export interface TurnShape {
  readonly tokens: number;
  readonly seconds: number;
}

export const REQUEST_BYTES = 450;
export const THREAD_BYTES = 500;
export const QUESTION_BYTES = 900;
const RUN_BYTES = 1_000;
/** A run that ended has its settlement too. */
const ENDED_RUN_BYTES = 1_500;
/** Of an answer's row and of its packed log, before its words. */
const ANSWER_BYTES = 700;
const LOG_BYTES = 600;
const CHUNK_BYTES = 400;
/** A token is some 4.5 letters, its events' compressed log half of that. */
const BYTES_A_TOKEN = 4.5;
const LOG_BYTES_A_TOKEN = 2.5;
/** Puts beside the windows: the beginning of a block and its end. */
const EDGES = 2;

/** Puts of a log: one in each window as long as the model speaks, or one for each token of a slow one. */
export const chunkPuts = (shape: TurnShape): number => timesOf(shape, FIRST_WINDOW_MS);

/** Frames to one socket: one for each put, less often in the first second. */
export const socketFrames = (shape: TurnShape): number => timesOf(shape, FRAME_PAUSE_MS);

const timesOf = ({ tokens, seconds }: TurnShape, firstPauseMs: number): number => {
  const ms = seconds * 1_000;
  const early = Math.min(ms, FIRST_SECOND_MS) / firstPauseMs;
  const late = Math.max(0, ms - FIRST_SECOND_MS) / LATER_WINDOW_MS;
  return Math.ceil(Math.min(tokens, early + late)) + EDGES;
};

export const turnWrites = (shape: TurnShape): readonly TurnWrite[] => {
  const words = shape.tokens * BYTES_A_TOKEN;
  const write = (
    name: string,
    bytes: number,
    rest: Partial<Pick<TurnWrite, 'times' | 'isTransaction' | 'indexUnits'>> = {},
  ): TurnWrite => ({ name, bytes, times: 1, isTransaction: false, indexUnits: 0, ...rest });
  const together = { isTransaction: true };
  return [
    write('request', REQUEST_BYTES, together),
    write('thread, at the start', THREAD_BYTES, { ...together, indexUnits: 2 }),
    write('question', QUESTION_BYTES, together),
    write('run', RUN_BYTES, { ...together, indexUnits: 1 }),
    write('events', CHUNK_BYTES + words / chunkPuts(shape), { times: chunkPuts(shape) }),
    write('lease', RUN_BYTES, { times: Math.floor((shape.seconds * 1_000) / LEASE_RENEW_MS) }),
    write('run, at the end', ENDED_RUN_BYTES, { ...together, indexUnits: 2 }),
    write('last events', CHUNK_BYTES, together),
    write('answer', ANSWER_BYTES + words, together),
    write('thread, at the end', THREAD_BYTES, { ...together, indexUnits: 2 }),
    write('packed log', LOG_BYTES + shape.tokens * LOG_BYTES_A_TOKEN, together),
    write('settled', ENDED_RUN_BYTES, { indexUnits: 1 }),
  ];
};

export const turnUnits = (write: TurnWrite): number =>
  write.times * (write.isTransaction ? 2 : 1) * (Math.ceil(write.bytes / KB) + write.indexUnits);
