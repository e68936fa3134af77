import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import * as z from 'zod';
import { simulateLedger } from '../test/simulation/simulate-ledger.ts';

const { seeds, from } = z
  .object({ seeds: z.coerce.number().int().min(1), from: z.coerce.number().int().min(1) })
  .parse(
    new Command('npm run simulate --')
      .option('--seeds <count>', 'how many runs', '10000')
      .option('--from <seed>', 'the first seed', '1')
      .parse()
      .opts(),
  );

const bar = new SingleBar({ format: 'seeds {bar} {value}/{total}' });
bar.start(seeds, 0);
for (let seed = from; seed < from + seeds; seed++) {
  try {
    await simulateLedger(seed);
  } catch (error) {
    bar.stop();
    console.error(`seed ${seed} fails; again: npm run simulate -- --from ${seed} --seeds 1`);
    console.error(error);
    process.exit(1);
  }
  bar.increment();
}
bar.stop();
console.log(`${seeds} seeds from ${from}: every invariant holds`);
