import { setTimeout as wait } from 'node:timers/promises';
import type { Timers } from '../shared/deps.ts';

export const timers: Timers = {
  nowMs: () => Date.now(),
  sleep: async (ms, signal) => {
    await wait(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  },
};
