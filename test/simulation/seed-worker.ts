import { parentPort, workerData } from 'node:worker_threads';
import * as z from 'zod';
import type { Ran } from './run-seeds.ts';
import { simulateDeliveries } from './simulate-deliveries.ts';
import { simulateIncidents } from './simulate-incidents.ts';
import { simulateLedger } from './simulate-ledger.ts';
import { simulateProjectCaps } from './simulate-project-caps.ts';
import { simulateThreads } from './simulate-threads.ts';
import { simulateWindows } from './simulate-windows.ts';

const SIMULATIONS = {
  ledger: simulateLedger,
  caps: simulateProjectCaps,
  threads: simulateThreads,
  windows: simulateWindows,
  incidents: simulateIncidents,
  tickets: simulateDeliveries,
};
/** So many seeds are taken at once. */
const SEEDS_AT_ONCE = 20;

const { simulation, until, next } = z
  .object({
    simulation: z.enum(['ledger', 'caps', 'threads', 'windows', 'incidents', 'tickets']),
    until: z.number(),
    next: z.instanceof(Int32Array),
  })
  .parse(workerData);
const simulate = SIMULATIONS[simulation];
const tell = (ran: Ran): void => parentPort?.postMessage(ran);

/** The counter is shared: whoever is free takes what comes next. */
for (
  let from = Atomics.add(next, 0, SEEDS_AT_ONCE);
  from < until;
  from = Atomics.add(next, 0, SEEDS_AT_ONCE)
) {
  const end = Math.min(from + SEEDS_AT_ONCE, until);
  for (let seed = from; seed < end; seed++)
    await simulate(seed).catch((error: unknown) => tell({ kind: 'failed', seed, error }));
  tell({ kind: 'ran', count: end - from });
}
