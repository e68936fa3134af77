import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import * as z from 'zod';
import { runSeeds } from '../test/simulation/run-seeds.ts';

const SIMULATION = z.enum(['ledger', 'caps', 'threads', 'windows', 'incidents', 'tickets']);

const { seeds, from, caps, threads, windows, incidents, tickets } = z
  .object({
    seeds: z.coerce.number().int().min(1),
    from: z.coerce.number().int().min(1),
    caps: z.boolean(),
    threads: z.boolean(),
    windows: z.boolean(),
    incidents: z.boolean(),
    tickets: z.boolean(),
  })
  .parse(
    new Command('npm run simulate --')
      .option('--seeds <count>', 'how many runs', '10000')
      .option('--from <seed>', 'the first seed', '1')
      .option('--caps', 'the cap of a project, not of one key', false)
      .option('--threads', 'threads, not the ledger', false)
      .option('--windows', 'windows of the SRE, not the ledger', false)
      .option('--incidents', 'incidents of the SRE, not the ledger', false)
      .option('--tickets', 'tickets at destinations, not the ledger', false)
      .parse()
      .opts(),
  );

const bar = new SingleBar({ format: 'seeds {bar} {value}/{total}' });
bar.start(seeds, 0);
try {
  const chosen = Object.entries({ caps, threads, windows, incidents, tickets }).find(
    ([, isChosen]) => isChosen,
  );
  const simulation = SIMULATION.parse(chosen?.[0] ?? 'ledger');
  await runSeeds({ simulation, from, count: seeds, onRan: (count) => bar.increment(count) });
  bar.stop();
  console.log(`${seeds} seeds from ${from}: every invariant holds`);
} catch (error) {
  bar.stop();
  console.error(error);
  process.exitCode = 1;
}
