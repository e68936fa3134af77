/** A tenant of so many services, evaluated every ten seconds in one process: what that takes of memory and processor. */
import { tableSummaryLog, stampKeys } from '../../lambdas/sre/adapters/table-summary-log.ts';
import { tableWindowStore } from '../../lambdas/sre/adapters/table-window-store.ts';
import { BUCKET_MS, type Entry } from '../../lambdas/sre/domain/summary.ts';
import { summaryText } from '../../lambdas/sre/domain/summary-text.ts';
import { evaluate } from '../../lambdas/sre/usecases/evaluate.ts';
import { MemoryTables } from '../../test/support/memory-tables.ts';
import { poisson } from '../../test/support/poisson.ts';
import { seeded } from '../../test/simulation/seeded.ts';
import {
  blockAt,
  entryAt,
  SHAPE,
  START_MS,
  usualSettings,
} from '../../test/support/sre/entries.ts';

const TENANT = 'tenant';
/** Of every service in ten seconds. */
const BATCHES_A_BUCKET = 1;
/** What the index still shows of what was evaluated. */
const SHOWN_MS = 60_000;
const MEGABYTE = 1_048_576;

const [services = 1_000, buckets = 60] = process.argv.slice(2).map(Number);
const random = seeded(1);
const tables = new MemoryTables();
const names = Array.from({ length: services }, (_, index) => `team-${index % 40}-service-${index}`);

const entryOf = (service: string, timeMs: number): Entry => {
  const failing = poisson(random, 0.3);
  return entryAt(service, timeMs, {
    records: 20 + failing,
    failing,
    requests: 10,
    latencies: [
      [4, 8],
      [7, 2],
    ],
    shapes: failing > 0 ? [{ ...SHAPE, signals: [], count: failing, samples: [1] }] : [],
  });
};

/** A batch of every service, as the log keeps it; older ones are gone from what an evaluation reads. */
const send = (timeMs: number): void => {
  for (const [name, item] of tables.items.logs)
    if (Number(item['stamp_ms']) < timeMs - SHOWN_MS) tables.items.logs.delete(name);
  for (const service of names)
    for (let batch = 0; batch < BATCHES_A_BUCKET; batch++) {
      const stampMs = timeMs + random.below(BUCKET_MS - 1);
      const { block, summary } = blockAt(stampMs, entryOf(service, timeMs));
      tables.place('logs', {
        pk: `LOG#${block.slice(0, 2)}`,
        sk: block,
        stamp_ms: stampMs,
        ...stampKeys(TENANT, block, stampMs),
        summary: summaryText(summary),
      });
    }
};

let nowMs = START_MS;
const deps = {
  log: tableSummaryLog({ tables }),
  windows: tableWindowStore({ tables }),
  clock: { nowMs: () => nowMs },
  settings: async () => await Promise.resolve(usualSettings),
  templates: async () => await Promise.resolve(() => null),
};
const cpuMs: number[] = [];
let anomalies = 0;
for (let bucket = 0; bucket < buckets; bucket++) {
  send(nowMs);
  nowMs += BUCKET_MS;
  const before = process.cpuUsage();
  const { changes } = await evaluate(deps, { tenant: TENANT });
  const { user, system } = process.cpuUsage(before);
  anomalies += changes.length;
  cpuMs.push((user + system) / 1_000);
}
const packed = [...tables.items.sre.values()].map((item) => item['packed']);
const bytes = packed.map((one) => (one instanceof Uint8Array ? one.length : 0));
console.log(
  JSON.stringify({
    cpuMs: cpuMs.toSorted((left, right) => left - right)[Math.floor(cpuMs.length / 2)],
    // Of the whole process, the log and the state of the memory twin included.
    peakMb: process.resourceUsage().maxRSS / 1_024,
    heapMb: process.memoryUsage().heapUsed / MEGABYTE,
    partBytesMax: Math.max(...bytes),
    stateBytes: bytes.reduce((sum, one) => sum + one, 0),
    anomalies,
  }),
);
