/** `npm run cost`: what a stage costs, and which quota it meets first, by its own templates. */
import { Command } from 'commander';
import { writeFileSync } from 'node:fs';
import * as z from 'zod';
import { documentOf } from './document.ts';
import { readInventory } from './inventory.ts';
import { reportOf } from './report.ts';
import { synthesize } from './synthesize.ts';
import { DEFAULT_TRAFFIC, trafficSchema } from './traffic.ts';

const DOCUMENT = 'docs/cost.md';
const text = (value: number): string => String(value);
const pairs = (pair: string, before: readonly string[]): readonly string[] => [...before, pair];

const command = new Command('npm run cost --')
  .description('the monthly bill of a stage, and the first quota that it meets')
  .option('--calls <count>', 'calls a month', text(DEFAULT_TRAFFIC.calls))
  .option('--input-tokens <count>', 'of a call', text(DEFAULT_TRAFFIC.inputTokens))
  .option('--output-tokens <count>', 'of a call', text(DEFAULT_TRAFFIC.outputTokens))
  .option('--stream-seconds <count>', 'of a call', text(DEFAULT_TRAFFIC.streamSeconds))
  .option('--keys <count>', 'keys in use', text(DEFAULT_TRAFFIC.keys))
  .option('--turns <count>', 'turns of threads a month', text(DEFAULT_TRAFFIC.turns))
  .option('--turn-tokens <count>', 'of an answer', text(DEFAULT_TRAFFIC.turnTokens))
  .option('--turn-seconds <count>', 'of an answer', text(DEFAULT_TRAFFIC.turnSeconds))
  .option('--turn-readers <count>', 'more readers of a turn', text(DEFAULT_TRAFFIC.turnReaders))
  .option('--queued-share <share>', 'turns that wait in line', text(DEFAULT_TRAFFIC.queuedShare))
  .option('--socket-minutes <count>', 'of connections', text(DEFAULT_TRAFFIC.socketMinutes))
  .option('--socket-viewers <count>', 'sockets on a turn', text(DEFAULT_TRAFFIC.socketViewers))
  .option('--peak <times>', 'busiest second over the mean', text(DEFAULT_TRAFFIC.peak))
  .option('--context <setting=value>', 'a setting of the stage; may repeat', pairs, [])
  .option('--assembly <folder>', 'templates that are there already, in place of a synth')
  .option('--json', 'answer one JSON document')
  .option('--write', `write ${DOCUMENT}: a default stage in default traffic`)
  .parse();

const options = z
  .object({
    context: z.array(z.string().regex(/^\w+=/)),
    assembly: z.string().optional(),
    json: z.boolean().default(false),
    write: z.boolean().default(false),
  })
  .parse(command.opts());

try {
  const settings = options.write ? [] : options.context;
  const inventory =
    options.assembly === undefined || options.write
      ? synthesize(
          Object.fromEntries(
            settings.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]),
          ),
        )
      : readInventory(options.assembly);
  const traffic = options.write ? DEFAULT_TRAFFIC : trafficSchema.parse(command.opts());
  const report = reportOf(inventory, traffic);
  if (options.write) writeFileSync(DOCUMENT, documentOf(report));
  console.log(options.json ? JSON.stringify(report, null, 2) : documentOf(report));
} catch (error) {
  console.error(error instanceof z.ZodError ? z.prettifyError(error) : String(error));
  process.exitCode = 2;
}
