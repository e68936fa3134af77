import * as z from 'zod';
import { NOW, type Figures, type Group } from '../kit/compare.ts';
import { runProgram } from '../kit/processes.ts';

const MEMORY_MB_MAX = 64;
const LARGE_BYTES = 20_000_000;
/** The largest file that an event of AWS brings: 6 MB in base64. */
const LARGEST_BYTES = 4_400_000;
const measured = z.object({ aboveMb: z.number() });

/** One event in memory, as the function's runtime hands it over, to the end of its answer; each row in a process of its own. */
export const multipart: Group = {
  name: 'multipart',
  about: 'memory that a file to be written down takes above idle',
  mode: 'functions',
  rounds: 3,
  rows: [
    {
      key: 'one',
      what: 'a transcription of 20 MB, its event included, memory above idle, MB',
      digits: 0,
      goals: [{ max: MEMORY_MB_MAX }],
    },
    { key: 'row', what: 'five of them, one after the other, MB', digits: 0 },
    {
      key: 'largest',
      what: 'the largest file that an event brings, five one after the other, MB',
      digits: 0,
      goals: [{ max: MEMORY_MB_MAX }],
    },
    {
      key: 'ten',
      what: 'ten of that at once, three times, which a function of AWS never has, MB',
      digits: 0,
    },
  ],
  contenders: async ({ upstream }) => {
    const above = async (fileBytes: number, calls: number, atOnce = 1): Promise<number> => {
      const plan = { upstream, fileBytes, calls, atOnce };
      return measured.parse(await runProgram('bench/probes/multipart.ts', plan)).aboveMb;
    };
    const measure = async (): Promise<Figures> => ({
      one: await above(LARGE_BYTES, 1),
      row: await above(LARGE_BYTES, 5),
      largest: await above(LARGEST_BYTES, 5),
      ten: await above(LARGEST_BYTES, 3, 10),
    });
    const events = async (): Promise<Figures> => {
      const [large, largest] = [eventMb(LARGE_BYTES), eventMb(LARGEST_BYTES)];
      return await Promise.resolve({ one: large, row: large, largest, ten: largest });
    };
    return await Promise.resolve([
      { name: NOW, measure },
      { name: 'the body of the event', measure: events },
    ]);
  },
};

/** In base64. */
const eventMb = (fileBytes: number): number => (fileBytes * 4) / 3 / 1_048_576;
