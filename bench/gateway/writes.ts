import * as z from 'zod';
import { BEFORE, ofBuilds, type Group } from '../kit/compare.ts';
import type { Side } from '../kit/side.ts';

/** Of 16 writes each, on 16 keys. */
const BATCHES = 50;
const WARM_UPS = 20;
const HALVED = [{ max: 0.45, of: BEFORE }];

export const writes: Group = {
  name: 'writes',
  about: 'hold, settle and the put of a chunk, alone, one after the other',
  mode: 'functions',
  rounds: 5,
  rows: [
    { key: 'holdCpu', what: 'hold, CPU, ms', goals: HALVED },
    { key: 'settleCpu', what: 'settle, CPU, ms', goals: HALVED },
    { key: 'putCpu', what: 'chunk put, CPU, ms', goals: HALVED },
    { key: 'holdP50', what: 'hold, p50, ms' },
    { key: 'settleP50', what: 'settle, p50, ms' },
    { key: 'putP50', what: 'chunk put, p50, ms' },
  ],
  contenders: ofBuilds(async (side, { isQuick }) => {
    const { hold, settle, put } = await measureWrites(side, isQuick ? 5 : BATCHES);
    return {
      holdCpu: hold.cpuMs,
      settleCpu: settle.cpuMs,
      putCpu: put.cpuMs,
      holdP50: hold.p50Ms,
      settleP50: settle.p50Ms,
      putP50: put.p50Ms,
    };
  }),
};

const write = z.object({ cpuMs: z.number(), p50Ms: z.number() });
const result = z.object({ hold: write, settle: write, put: write });

export const measureWrites = async (
  side: Side,
  batches: number,
  { secrets = side.keys, warmUps = WARM_UPS } = {},
) => {
  return result.parse(
    await side.inside('writes', {
      secrets,
      warmUps,
      batches,
    }),
  );
};
