import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import * as z from 'zod';
import { simulateLedger } from '../test/simulation/simulate-ledger.ts';
import { simulateThreads } from '../test/simulation/simulate-threads.ts';

const { seeds, from, threads } = z
  .object({
    seeds: z.coerce.number().int().min(1),
    from: z.coerce.number().int().min(1),
    threads: z.boolean(),
  })
  .parse(
    new Command('npm run simulate --')
      .option('--seeds <count>', 'how many runs', '10000')
      .option('--from <seed>', 'the first seed', '1')
      .option('--threads', 'threads, not the ledger', false)
      .parse()
      .opts(),
  );

const bar = new SingleBar({ format: 'seeds {bar} {value}/{total}' });
bar.start(seeds, 0);
for (let seed = from; seed < from + seeds; seed++) {
  try {
    await (threads ? simulateThreads(seed) : simulateLedger(seed));
  } catch (error) {
    bar.stop();
    const again = `npm run simulate -- ${threads ? '--threads ' : ''}--from ${seed} --seeds 1`;
    console.error(`seed ${seed} fails; again: ${again}`);
    console.error(error);
    process.exit(1);
  }
  bar.increment();
}
bar.stop();
console.log(`${seeds} seeds from ${from}: every invariant holds`);
